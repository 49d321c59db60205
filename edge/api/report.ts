/**
 * `/report`: anybody may say that a public preview is up to no good (threat 59). The page tells
 * nothing about any preview, not even whether there is one.
 */
import { Hono, type Context } from 'hono';
import { utf8 } from '#protocol/bytes.ts';
import type { Page } from '#protocol/pages.ts';
import type { Rate } from '../gate/rate-limit.ts';
import { denialPage, type Denial } from '../login/denials.ts';
import { html, htmlPage } from '../login/page.ts';
import { responseOf } from '../login/visit.ts';
import { bytesOf } from './body.ts';
import { ApiError } from './failure.ts';
import type { ApiServices } from './services.ts';

export const reportRate: Rate = { burst: 5, perMinute: 5 };
/** Of one preview, by anybody; what is beyond is forgotten, so that no flood fills the audit log. */
export const reportedRate: Rate = { burst: 20, perMinute: 1 };
export const maxReasonCharacters = 1000;
export const maxContactCharacters = 200;
const maxHostCharacters = 300;
const maxFormBytes = 16 * 1024;
/** Reason and contact in an audit row; the row has room for 2048 with the rest. */
const maxDetailBytes = 1600;

export function reportRoutes(services: ApiServices): Hono {
  const routes = new Hono();
  routes.get('/', (c) => responseOf(form(c.req.query('preview') ?? '')));
  routes.post('/', async (c) => responseOf(await take(c)));
  return routes;

  async function take(c: Context): Promise<Page> {
    const accept = c.req.header('accept');
    const deny = (denial: Denial): Page => denialPage(denial, accept);
    if (c.req.header('origin') !== services.appUrl()) return deny({ kind: 'foreign-form' });
    const bucket = `report:${services.addressOf(c)}`;
    const { allowed, retryAfterS } = await services.objects.identity().take(bucket, reportRate);
    if (!allowed) return deny({ kind: 'too-many', retryAfterMs: retryAfterS * 1000 });
    const fields = await fieldsOf(c);
    const fault = fields ? faultOf(fields) : 'the body is no form, or too large';
    if (!fields || fault !== undefined) {
      return deny({ kind: 'bad-request', parameters: { reason: fault ?? '' } });
    }
    await note(fields);
    return htmlPage(
      'Thank you',
      html`<p>
        The report is passed on to the people who are responsible, if there is such a page.
      </p>`,
    );
  }

  async function note({ preview, reason, contact }: Fields): Promise<void> {
    const label = labelOf(preview);
    const place = label && (await services.objects.clusterOfLabel(label)?.place(label));
    if (!label || !place) return;
    const { allowed } = await services.objects.identity().take(`reported:${label}`, reportedRate);
    if (!allowed) return;
    const { organisationId } = place;
    await services.objects.org(organisationId).note({
      actor: 'edge',
      action: 'preview.report',
      subject: label,
      details: { reason: cut(reason, maxDetailBytes - 400), contact: cut(contact, 400) },
    });
    services.log.warn({ label, organisation: organisationId }, 'a preview was reported');
  }

  /** The label of a host, or of an address, that is one of our previews. */
  function labelOf(text: string): string | undefined {
    const address = /^https?:\/\//i.test(text) ? text : `https://${text}`;
    if (!URL.canParse(address)) return undefined;
    const { hostname } = new URL(address);
    const label = hostname.split('.')[0] ?? '';
    return new URL(services.originOf(label)).hostname === hostname ? label : undefined;
  }
}

interface Fields {
  preview: string;
  reason: string;
  contact: string;
}

async function fieldsOf(c: Context): Promise<Fields | undefined> {
  const type = c.req.header('content-type') ?? '';
  if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type)) return undefined;
  try {
    const text = new TextDecoder().decode(await bytesOf(c, maxFormBytes));
    const form = new URLSearchParams(text);
    const field = (name: string): string => shown(form.get(name) ?? '');
    return { preview: field('preview'), reason: field('reason'), contact: field('contact') };
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

/** Forms write a line end as two characters; nothing else that cannot be seen is kept. */
function shown(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll(/[^\P{C}\n]/gu, ' ')
    .trim();
}

function faultOf({ preview, reason, contact }: Fields): string | undefined {
  if (preview === '' || preview.length > maxHostCharacters)
    return 'the address is missing or too long';
  if (reason === '') return 'the reason is missing';
  if (reason.length > maxReasonCharacters) {
    return `the reason has more than ${maxReasonCharacters} characters`;
  }
  if (contact.length > maxContactCharacters) {
    return `the contact has more than ${maxContactCharacters} characters`;
  }
  return undefined;
}

/** As much of the text as fits, as JSON in UTF-8. */
function cut(text: string, maxBytes: number): string {
  const characters = [...text];
  while (utf8(JSON.stringify(characters.join(''))).length > maxBytes) {
    characters.length = Math.floor(characters.length * 0.9);
  }
  return characters.join('');
}

function form(preview: string): Page {
  return htmlPage(
    'Report a preview',
    html`<p>
        Previews show work that is not finished. If one asks for passwords, pretends to be somebody
        else or breaks the law, tell us here. What you write goes to the organisation that the
        preview belongs to, and to whoever runs this gateway.
      </p>
      <form method="post" action="/report">
        <label for="preview">Address of the preview</label>
        <input
          id="preview"
          name="preview"
          required
          maxlength="${maxHostCharacters}"
          value="${preview.slice(0, maxHostCharacters)}"
        />
        <label for="reason">What is wrong with it?</label>
        <textarea
          id="reason"
          name="reason"
          required
          maxlength="${maxReasonCharacters}"
          rows="6"
          style="font: inherit; width: 100%; margin: 0 0 1rem"
        ></textarea>
        <label for="contact">How can we reach you? (optional)</label>
        <input id="contact" name="contact" maxlength="${maxContactCharacters}" />
        <button class="go">Report</button>
      </form>`,
  );
}
