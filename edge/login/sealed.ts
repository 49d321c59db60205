/**
 * What a login leaves with the browser while it is at GitHub, encrypted: state and verifier in a cookie,
 * so that nobody who reads a cookie jar can finish the login elsewhere; the goal in the state, so that
 * cookies stay small and a tab whose cookie is gone still knows where to go. Compact JWE (RFC 7516), `dir` with
 * A256GCM.
 */
import { CompactEncrypt, compactDecrypt } from 'jose';
import { z } from 'zod';
import { utf8 } from '#protocol/bytes.ts';
import type { Account } from '../github/shapes.ts';

/** Where the person goes afterwards: on with a preview's login, or to a page of the app host. */
export type Goal = { kind: 'preview'; tx: string } | { kind: 'path'; path: string };

export interface GitHubTransaction {
  /** SHA-256 of the whole state. */
  stateHash: string;
  verifier: string;
  /** When the state has no place for it. */
  goal: Goal | undefined;
  /** SHA-256 of the login cookie that the browser had when it began. */
  ssoHash: string | undefined;
  expiresMs: number;
}

/** Somebody who was denied may ask for that preview. */
export interface Ask {
  label: string;
  user: Account;
  expiresMs: number;
}

const types = {
  transaction: 'byway-gh-tx+jwe',
  goal: 'byway-goal+jwe',
  ask: 'byway-ask+jwe',
  setup: 'byway-setup+jwe',
} as const;

const packedAsk = z.strictObject({ l: z.string(), u: z.int(), n: z.string(), x: z.int() });

const packedGoal = z.strictObject({
  /** Header, payload in clear, signature: base64 in base64 would outgrow a cookie. */
  t: z.tuple([z.string(), z.string(), z.string()]).optional(),
  p: z.string().optional(),
});

const packedTransaction = packedGoal.extend({
  s: z.string(),
  v: z.string(),
  h: z.string().optional(),
  x: z.int(),
});

type Keys = readonly Uint8Array[];

/** The value of the cookie. */
export function seal(keys: Keys, transaction: GitHubTransaction): Promise<string> {
  const { stateHash, verifier, goal, ssoHash, expiresMs } = transaction;
  const rest = { s: stateHash, v: verifier, h: ssoHash, x: expiresMs };
  return encrypt(keys, types.transaction, { ...rest, ...(goal && pack(goal)) });
}

/** undefined: not ours, changed, or expired. Never throws (threat 24). */
export async function unseal(
  keys: Keys,
  text: string,
  nowMs: number,
): Promise<GitHubTransaction | undefined> {
  const read = packedTransaction.safeParse(await decrypt(keys, types.transaction, text));
  if (!read.success || read.data.x <= nowMs) return undefined;
  const { s, v, h, x } = read.data;
  return { stateHash: s, verifier: v, ssoHash: h, expiresMs: x, goal: unpack(read.data) };
}

/** For the second part of a state. It gives no right to anything. */
export function sealGoal(keys: Keys, goal: Goal): Promise<string> {
  return encrypt(keys, types.goal, pack(goal));
}

export async function unsealGoal(keys: Keys, text: string): Promise<Goal | undefined> {
  const read = packedGoal.safeParse(await decrypt(keys, types.goal, text));
  return read.success ? unpack(read.data) : undefined;
}

export function sealAsk(keys: Keys, { label, user, expiresMs }: Ask): Promise<string> {
  return encrypt(keys, types.ask, { l: label, u: user.id, n: user.login, x: expiresMs });
}

/** undefined: not ours, changed, or expired. */
export async function unsealAsk(keys: Keys, text: string, nowMs: number): Promise<Ask | undefined> {
  const read = packedAsk.safeParse(await decrypt(keys, types.ask, text));
  if (!read.success || read.data.x <= nowMs) return undefined;
  const { l, u, n, x } = read.data;
  return { label: l, user: { id: u, login: n }, expiresMs: x };
}

/** A set-up that is under way (`edge/setup/`). */
export function sealSetup(keys: Keys, value: unknown): Promise<string> {
  return encrypt(keys, types.setup, value);
}

/** Whatever was sealed; undefined: not ours, or changed. */
export function unsealSetup(keys: Keys, text: string): Promise<unknown> {
  return decrypt(keys, types.setup, text);
}

function encrypt([key]: Keys, typ: string, value: unknown): Promise<string> {
  if (!key) throw new RangeError('there is no key to seal logins with');
  return new CompactEncrypt(utf8(JSON.stringify(value)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ })
    .encrypt(key);
}

/** undefined: with none of the keys. */
async function decrypt(keys: Keys, typ: string, text: string): Promise<unknown> {
  for (const key of keys) {
    try {
      const { plaintext, protectedHeader } = await compactDecrypt(text, key, {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
      });
      if (protectedHeader['typ'] === typ) return JSON.parse(new TextDecoder().decode(plaintext));
    } catch {
      // Another key may open it.
    }
  }
  return undefined;
}

function pack(goal: Goal): z.infer<typeof packedGoal> {
  if (goal.kind === 'path') return { p: goal.path };
  const [header = '', payload = '', signature = ''] = goal.tx.split('.');
  return { t: [header, atob(payload.replaceAll('-', '+').replaceAll('_', '/')), signature] };
}

function unpack({ t, p }: z.infer<typeof packedGoal>): Goal | undefined {
  if (t) return { kind: 'preview', tx: `${t[0]}.${base64url(t[1])}.${t[2]}` };
  return p === undefined ? undefined : { kind: 'path', path: p };
}

function base64url(text: string): string {
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
