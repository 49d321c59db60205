/** The only place where access is decided. No exception by path, method, query or header. */
import type { Preview } from '../objects/calls.ts';

/** Whose a verified credential is. */
export type Holder = { kind: 'person'; id: number; login: string } | { kind: 'token'; id: string };

/** Somebody with a verified credential. */
export interface Viewer {
  holder: Holder;
  /** Whether the organisation that owns the preview says so, at this moment. */
  admitted: boolean;
}

/**
 * `login`: unknown, ended and private look the same to a stranger. `deny`: with the reason, and nothing
 * about the preview. `ended`: only members are told.
 */
export type Verdict = 'relay' | 'login' | 'deny' | 'ended';

/** `viewer` undefined: a stranger, or a credential that is good for nothing. */
export function decide(
  preview: Preview | undefined,
  viewer: Viewer | undefined,
  nowMs: number,
): Verdict {
  if (preview && isPublic(preview, nowMs)) return 'relay';
  if (!viewer) return 'login';
  if (!viewer.admitted) return 'deny';
  return preview ? 'relay' : 'ended';
}

/** Public is for a time, and over at that time whether or not anybody has noticed. */
export function isPublic(
  { access, publicUntilMs }: Pick<Preview, 'access' | 'publicUntilMs'>,
  nowMs: number,
): boolean {
  return access === 'public' && nowMs < publicUntilMs;
}
