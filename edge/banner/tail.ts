/** Whether an answer gets the banner, and what becomes of its head. */
import { fieldOf } from '#protocol/head.ts';
import type { Answer } from '../relay/response-head.ts';
import { bannerBytes, type BannerFacts } from './banner.ts';
import { formsAllowedBy, styleAllowedBy, type BannerStyle } from './policy.ts';

/** Makes the facts, for those pages only that get them. */
export type BannerSource = () => BannerFacts;

/** Told for each page of a person that might have had one. */
export type BannerCount = (outcome: BannerStyle | 'none') => void;

export interface Banner {
  facts: BannerSource;
  count: BannerCount;
}

/** Fields that would no longer be true of a longer body. */
const digests = ['content-md5', 'digest', 'content-digest', 'repr-digest'];

/**
 * What comes after the body, or undefined. The head's `Content-Length` is mended in place. A body that is
 * coded, in parts or signed stays as it is.
 */
export function bannerTail(banner: Banner | undefined, answer: Answer): Uint8Array | undefined {
  if (!banner) return undefined;
  const { status, fields } = answer;
  const type = fieldOf(fields, 'content-type') ?? '';
  if (!/^\s*text\/html\s*(?:;|$)/i.test(type)) return undefined;
  const coding = fieldOf(fields, 'content-encoding');
  const isWhole = status !== 206 && status !== 204 && status !== 304 && status >= 200;
  const isOurs = coding === undefined || coding.trim().toLowerCase() === 'identity';
  if (!isWhole || !isOurs || digests.some((name) => fieldOf(fields, name) !== undefined)) {
    banner.count('none');
    return undefined;
  }
  const style = styleAllowedBy(fields);
  const bytes = bannerBytes(banner.facts(), style, formsAllowedBy(fields));
  for (let index = 0; index < fields.length; index += 2) {
    if ((fields[index] ?? '').toLowerCase() !== 'content-length') continue;
    const length = fields[index + 1] ?? '';
    if (/^\d{1,15}$/.test(length)) fields[index + 1] = String(Number(length) + bytes.length);
  }
  banner.count(style);
  return bytes;
}
