/** The gateway's own paths on a preview host; the same for every label, whether it exists or not. */
import { fieldOf } from '#protocol/head.ts';
import { renderPage, type Page } from '#protocol/pages.ts';
import { bannerPath, chooseBanner } from '../banner/hide.ts';
import { denialPage } from '../login/denials.ts';
import type { Cluster } from '../objects/cluster.ts';
import type { Credentials } from './credentials.ts';
import { acceptFirstVisit } from './first-visit.ts';
import { previewHost, type Gate } from './gate.ts';
import { finishLogin, leave, openSession, type Exchange } from './preview-login.ts';
import type { Asked } from './way.ts';

/** Of a token's session; its cookie lives no longer than any other. */
const tokenSessionMs = 12 * 3_600_000;
const maxFormBytes = 16 * 1024;

export async function gatewayPage(
  gate: Gate,
  cluster: Cluster | undefined,
  asked: Asked,
  credentials: Credentials,
): Promise<Page> {
  const { label, method, target, fields } = asked;
  const accept = fieldOf(fields, 'accept');
  const host = previewHost(gate, label);
  const { origin } = host;
  const originField = fieldOf(fields, 'origin');
  const [path = ''] = target.split('?', 1);
  switch (path) {
    case '/.byway/callback': {
      const signedIn = await isSignedIn(cluster, label, credentials);
      const { cookies } = credentials;
      const identity = gate.objects.identity();
      return finishLogin(host, { method, target, cookies, accept, signedIn }, (hash) =>
        identity.consumeCode(hash),
      );
    }
    case '/.byway/session': {
      const { token } = credentials;
      const text = typeof token === 'object' ? token.text : undefined;
      return openSession(host, { method, token: text, accept }, exchange(gate, cluster, label));
    }
    case '/.byway/logout':
      return leave(host, { method, originField, accept });
    case '/.byway/seen': {
      const form = method === 'POST' ? await asked.text(maxFormBytes) : '';
      if (form === undefined) {
        const parameters = { reason: 'the form is too large' };
        return denialPage({ kind: 'bad-request', parameters }, accept);
      }
      return acceptFirstVisit({ method, originField, accept, origin, form });
    }
    case bannerPath: {
      const form = (method === 'POST' ? await asked.text(maxFormBytes) : undefined) ?? '';
      return chooseBanner({ method, head: fields, cookies: credentials.cookies, origin, form });
    }
    default:
      return renderPage('BW-1005', { path: target.slice(0, 200) }, accept);
  }
}

/** Whether the request has a session whose login, epoch and membership hold now. */
async function isSignedIn(
  cluster: Cluster | undefined,
  label: string,
  { cookies, session }: Credentials,
): Promise<boolean> {
  const viewer = await cluster?.visits.viewerOf(label, { cookies, session, token: undefined });
  return viewer?.admitted === true;
}

/** What a token is worth as a session: as long as the token itself lives, on this preview. */
function exchange(gate: Gate, cluster: Cluster | undefined, label: string): Exchange {
  return async (text) => {
    const cookies = { values: new Map<string, string>(), names: new Set<string>() };
    const organisationId = cluster?.previews.organisationId;
    const preview = cluster?.previews.find(label);
    if (!cluster || organisationId === undefined || !preview) return undefined;
    const verified = await gate.objects.org(organisationId).verifyToken(text, 'service');
    if (verified.kind !== 'valid') return undefined;
    const { id, expiresMs = Infinity } = verified.record;
    const viewer = await cluster.visits.viewerOf(label, {
      cookies,
      session: undefined,
      token: { text, id },
    });
    if (!viewer?.admitted) return undefined;
    const untilMs = Math.min(expiresMs, gate.clock.nowMs() + tokenSessionMs);
    return { viewer: viewer.holder, organisationId, sid: '-', epoch: preview.epoch, untilMs };
  };
}
