/** `/dashboard/audit.csv` and `.jsonl`: the audit log as files. For owners of the organisation. */
import { utf8 } from '#protocol/bytes.ts';
import type { Page } from '#protocol/pages.ts';
import { valueOf } from '../api/failure.ts';
import { adminOnly } from '../api/principal.ts';
import { maxAuditPage, type AuditEntry } from '../objects/stores/audit.ts';
import { filterOf, filterTextOf } from './audit-filter.ts';
import type { Session } from './entry.ts';
import type { DashboardServices } from './services.ts';

/** A row has at most some 3 KB, and the file is put together in memory. */
export const maxExportRows = 10_000;

export type ExportType = 'csv' | 'jsonl';

/** @throws ApiError */
export async function auditExport(
  { objects }: DashboardServices,
  { person, organisation }: Session,
  query: URLSearchParams,
  type: ExportType,
): Promise<Page> {
  adminOnly(person);
  const filter = filterOf(filterTextOf(query));
  const org = objects.org(organisation.id);
  const lines: string[] = type === 'csv' ? [csvLine(columns)] : [];
  let cursor: string | undefined;
  for (let rows = 0; rows < maxExportRows;) {
    const limit = Math.min(maxAuditPage, maxExportRows - rows);
    const page = valueOf(await org.audit({ ...filter, limit, cursor }), 'BW-5002');
    rows += page.entries.length;
    lines.push(...page.entries.map((entry) => (type === 'csv' ? csvOf(entry) : jsonOf(entry))));
    cursor = page.next;
    if (cursor === undefined) break;
  }
  const body = utf8(lines.join(''));
  return {
    status: 200,
    reason: 'OK',
    fields: [
      'Content-Type',
      type === 'csv'
        ? 'text/csv; charset=utf-8; header=present'
        : 'application/jsonl; charset=utf-8',
      'Content-Length',
      String(body.length),
      'Content-Disposition',
      `attachment; filename="audit-${organisation.id}.${type}"`,
      ...['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'; sandbox"],
      ...['X-Frame-Options', 'DENY', 'Cross-Origin-Opener-Policy', 'same-origin'],
      ...['Cross-Origin-Resource-Policy', 'same-origin'],
      ...['Cache-Control', 'no-store', 'X-Content-Type-Options', 'nosniff'],
    ],
    body,
  };
}

const columns = ['at', 'actor', 'action', 'subject', 'details', 'id'];

function csvOf({ atMs, actor, action, subject, details, id }: AuditEntry): string {
  const at = new Date(atMs).toISOString();
  return csvLine([at, actor, action, subject, JSON.stringify(details), id]);
}

/** RFC 4180, every field in quotes. */
function csvLine(fields: readonly string[]): string {
  return `${fields.map((field) => `"${inert(field).replaceAll('"', '""')}"`).join(',')}\r\n`;
}

/**
 * Spreadsheets run a cell that begins like this as a formula, some after blanks and in the wide forms
 * of East Asian keyboards too. An apostrophe in front makes it text.
 */
export function inert(field: string): string {
  return /^[\s\p{C}]*[=+\-@|%\t\r＝＋－＠]/u.test(field) ? `'${field}` : field;
}

function jsonOf({ atMs, ...rest }: AuditEntry): string {
  return `${JSON.stringify({ ...rest, at: new Date(atMs).toISOString() })}\n`;
}
