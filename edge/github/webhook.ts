/**
 * Deliveries of the app's webhook: told from forgeries before anything is parsed. The signature covers
 * the body only, so `event` and `delivery`, which are headers, are hints and prove nothing.
 */
import { hex } from '#protocol/bytes.ts';

/** Refused beyond it. Deliveries that the gate acts on have a few KB; GitHub sends up to 25 MB. */
export const maxWebhookBytes = 1024 * 1024;

/** HMAC-SHA-256 as GitHub writes it. */
const signaturePattern = /^sha256=([0-9a-f]{64})$/i;
/** What a header that is kept or logged may hold. */
const wordPattern = /^[A-Za-z0-9_.-]{1,100}$/;

export interface Delivery {
  kind: 'verified';
  /** Unsigned: `X-GitHub-Event`. */
  event: string;
  /** Unsigned: `X-GitHub-Delivery`, the same again when GitHub redelivers. */
  delivery: string;
  payload: Readonly<Record<string, unknown>>;
  /** SHA-256 of the body, hex: what a replay under another delivery id cannot change. */
  bodyHash: string;
}

export type WebhookFault =
  | 'too-large'
  | 'missing-header'
  | 'missing-signature'
  | 'wrong-signature'
  | 'not-json';

/** `status`: what to answer. */
export interface WebhookRefusal {
  kind: 'refused';
  reason: WebhookFault;
  status: 400 | 401 | 413;
}

/**
 * `body` is what came, byte for byte; a signature by any of `secrets` is good. Stop reading a body at
 * `maxWebhookBytes` + 1: it is refused here before it costs anything.
 */
export async function verifyWebhook(
  body: Uint8Array<ArrayBuffer>,
  headers: { get(name: string): string | null },
  secrets: readonly string[],
): Promise<Delivery | WebhookRefusal> {
  if (body.byteLength > maxWebhookBytes) return refused('too-large', 413);
  const [, signature] = signaturePattern.exec(headers.get('x-hub-signature-256') ?? '') ?? [];
  if (signature === undefined) return refused('missing-signature', 401);
  if (!(await signedByAny(body, bytesOf(signature), secrets))) {
    return refused('wrong-signature', 401);
  }
  const event = headers.get('x-github-event') ?? '';
  const delivery = headers.get('x-github-delivery') ?? '';
  if (!wordPattern.test(event) || !wordPattern.test(delivery)) {
    return refused('missing-header', 400);
  }
  const payload = objectOf(body);
  if (!payload) return refused('not-json', 400);
  const hash = await crypto.subtle.digest('SHA-256', body);
  return { kind: 'verified', event, delivery, payload, bodyHash: hex(new Uint8Array(hash)) };
}

function refused(reason: WebhookFault, status: WebhookRefusal['status']): WebhookRefusal {
  return { kind: 'refused', reason, status };
}

/** All secrets are tried, whichever is good: the time tells nothing. `verify` compares in constant time. */
async function signedByAny(
  body: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
  secrets: readonly string[],
): Promise<boolean> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const verdicts = await Promise.all(
    // Web Crypto knows no empty keys, and nobody means to have one.
    secrets.filter(Boolean).map(async (secret) => {
      const bytes = new TextEncoder().encode(secret);
      const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['verify']);
      return crypto.subtle.verify('HMAC', key, signature, body);
    }),
  );
  return verdicts.includes(true);
}

/** undefined: no UTF-8, no JSON or no object. */
function objectOf(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(body);
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return value as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

function bytesOf(hexText: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hexText.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
