/** Telling our comments from those in which somebody pasted our marker. */
import type { Comment } from './ports.ts';

/**
 * Written by the app itself: a comment that a person writes through an app carries the app too, but has
 * the person as its author. The marker must be its first line.
 */
export function isOurs(
  { body, authorType, appId }: Comment,
  marker: string,
  ours: number,
): boolean {
  return appId === ours && authorType === 'Bot' && /^[^\r\n]*/.exec(body)?.[0] === marker;
}
