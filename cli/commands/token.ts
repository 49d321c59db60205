/** `byway token create|list|rotate|revoke` */
import { parseDuration } from '../arguments.ts';
import { loadEdgeConfig } from '../config.ts';
import { ExitCode, Failure } from '../failure.ts';
import { CurrentAccess } from '../login/current.ts';
import { printable } from '../login/metadata.ts';
import {
  TokensApi,
  type MadeToken,
  type NewToken,
  type TokenKind,
  type TokenRow,
} from '../login/tokens-api.ts';
import { print, remark, type Format } from '../output.ts';
import type { CommonOptions } from './session.ts';

export interface CreateOptions extends CommonOptions {
  kind: TokenKind;
  name: string;
  scope?: string;
  cluster?: string;
  preview?: string;
  expires?: string;
  organisation?: string;
}

export interface ListOptions extends CommonOptions {
  organisation?: string;
}

const scopes = ['view', 'intercept'];
const maxNameChars = 100;
const minLifeS = 60;
const maxLifeS = 366 * 86_400;
const maxGraceS = 30 * 86_400;

/** @throws Failure naming the flag that is wrong */
export function newTokenOf(options: CreateOptions): NewToken {
  const { kind, name, scope, cluster, preview, expires, organisation } = options;
  if (name.trim() === '' || name.length > maxNameChars || /\p{C}/u.test(name)) {
    throw wrong(`--name: must be 1 to ${maxNameChars} characters on one line`);
  }
  if (scope !== undefined && kind === 'connector') {
    throw wrong('--scope goes with --kind service and personal; a connector’s token has none');
  }
  if (kind === 'connector' && cluster === undefined) {
    throw wrong('--kind connector needs --cluster KEY, the cluster that the connector is of');
  }
  if (cluster !== undefined && kind === 'personal') {
    throw wrong('--cluster goes with --kind connector and service');
  }
  if (preview !== undefined && kind !== 'service') {
    throw wrong('--preview goes with --kind service');
  }
  if (preview !== undefined && cluster !== undefined) {
    throw wrong('--preview and --cluster exclude each other: a preview is in one cluster');
  }
  if (cluster !== undefined && !/^[a-z2-7]{8}$/.test(cluster)) {
    throw wrong(`--cluster ${printable(cluster)}: must be the key of a cluster, 8 characters`);
  }
  if (preview !== undefined && !/^[a-z0-9-]{1,63}$/.test(preview)) {
    throw wrong(
      `--preview ${printable(preview)}: must be the label of a preview, the first part of its host`,
    );
  }
  return {
    kind,
    name,
    ...(scope === undefined ? {} : { scopes: parseScopes(scope) }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(preview === undefined ? {} : { preview }),
    ...(expires === undefined ? {} : { expires_in_s: parseLife(expires) }),
    ...(organisation === undefined ? {} : { organisation: parseOrganisationId(organisation) }),
  };
}

export async function createToken(options: CreateOptions): Promise<void> {
  const wanted = newTokenOf(options);
  const made = await api(options).create(wanted);
  const until = made.expires_at ? `, until ${instantText(made.expires_at)}` : '';
  printSecret(options.output, made, `${wanted.kind} token “${wanted.name}”${until}`);
}

export async function listTokens({ config, output, organisation }: ListOptions): Promise<void> {
  const id = organisation === undefined ? undefined : parseOrganisationId(organisation);
  const tokens = await api({ config }).list(id);
  print(output, { tokens }, () => tokensText(tokens));
}

export async function rotateToken(
  id: string,
  options: CommonOptions & { grace?: string },
): Promise<void> {
  const { grace } = options;
  const name = parseId(id);
  const graceS = grace === undefined ? undefined : parseDuration('--grace', grace);
  if (graceS !== undefined && graceS > maxGraceS) {
    throw wrong(`--grace ${grace}: must be from 0s to 30d`);
  }
  const made = await api(options).rotate(name, graceS);
  const former =
    graceS === 0 ? 'the former one has ended' : `the former one goes on for ${grace ?? '24h'}`;
  printSecret(options.output, made, `new secret of the token; ${former}`);
}

export async function revokeToken(id: string, options: CommonOptions): Promise<void> {
  const name = parseId(id);
  await api(options).revoke(name);
  print(options.output, { revoked: id }, () => `Revoked ${id}\n`);
}

/** As text the secret is alone on standard output, to be piped. */
function printSecret(output: Format, made: MadeToken, what: string): void {
  remark(`${what}; id ${printable(made.id)}. The secret is shown this once`);
  print(output, made, () => `${made.token}\n`);
}

export function tokensText(tokens: readonly TokenRow[]): string {
  if (tokens.length === 0) return 'No tokens\n';
  const rows = tokens.map((each) => [
    each.id,
    each.kind ?? '',
    each.name ?? '',
    each.scopes?.join(',') ?? '',
    each.cluster ?? each.preview ?? '',
    each.expires_at ? instantText(each.expires_at) : 'never',
    each.last_used_at ? instantText(each.last_used_at) : 'never',
  ]);
  const table = [['ID', 'KIND', 'NAME', 'SCOPES', 'FOR', 'EXPIRES', 'LAST USED'], ...rows].map(
    (cells) => cells.map((cell) => printable(cell)),
  );
  const widths = table[0]?.map((_, column) =>
    Math.max(...table.map((cells) => cells[column]?.length ?? 0)),
  );
  return table
    .map(
      (cells) =>
        `${cells
          .map((cell, at) => cell.padEnd(widths?.[at] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function instantText(instant: string | number): string {
  const date = new Date(instant);
  return Number.isNaN(date.getTime()) ? printable(String(instant)) : date.toISOString();
}

function parseScopes(text: string): string[] {
  const given = [...new Set(text.split(','))];
  const unknown = given.find((scope) => !scopes.includes(scope));
  if (unknown === undefined) return given;
  throw wrong(
    `--scope ${printable(text)}: must be of ${scopes.join(', ')}, with commas between them`,
  );
}

function parseLife(text: string): number {
  const seconds = parseDuration('--expires', text);
  if (seconds >= minLifeS && seconds <= maxLifeS) return seconds;
  throw wrong(`--expires ${text}: must be from 60s to 366d`);
}

/** A login is for one organisation; the operator's token is not. */
function parseOrganisationId(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw wrong(
    `--organisation ${printable(text)}: must be GitHub’s numeric id, as api.github.com/orgs/LOGIN shows it`,
  );
}

/** Tokens are named by the id in them; whoever pastes the whole secret is told so without it. */
function parseId(text: string): string {
  if (/^[0-9A-Za-z]{12}$/.test(text)) return text;
  throw wrong('ID: must be the 12 characters that byway token list shows');
}

function api({ config }: Pick<CommonOptions, 'config'>): TokensApi {
  const access = new CurrentAccess(loadEdgeConfig(config)).get();
  if (access) return new TokensApi(access);
  throw new Failure(ExitCode.notConfigured, 'not logged in; log in: byway login');
}

function wrong(message: string): Failure {
  return new Failure(ExitCode.usage, message);
}
