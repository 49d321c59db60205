/** The only place where access is decided. No exception by path, method, query or header. */
import type { Preview } from '../objects/calls.ts';

/** A verified member; nobody is one until login exists. */
export interface Viewer {
  id: number;
  login: string;
}

/** `closed`: unknown, ended and private look the same to an anonymous caller (401, BW-1001). */
export type Verdict = 'relay' | 'closed';

/** `nowMs`: public is for a time, and over at that time whether or not anybody has noticed. */
export function decide(
  preview: Preview | undefined,
  _viewer: Viewer | undefined,
  nowMs: number,
): Verdict {
  return preview?.access === 'public' && nowMs < preview.publicUntilMs ? 'relay' : 'closed';
}
