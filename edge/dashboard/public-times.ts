/** How long a preview may be made public for, as choices. */
import { defaultPublicS } from '../api/public-rules.ts';
import { spell } from './times.ts';

const hourS = 3600;
const dayS = 24 * hourS;
const usualS = [hourS, 2 * hourS, 8 * hourS, dayS, 3 * dayS, 7 * dayS, 30 * dayS];

export interface PublicTime {
  seconds: number;
  text: string;
  isDefault: boolean;
}

/** Up to what the organisation allows, which is a choice itself. */
export function publicTimes(longestS: number): PublicTime[] {
  const choices = [...usualS.filter((seconds) => seconds < longestS), longestS];
  const wanted = Math.min(defaultPublicS, longestS);
  return choices.map((seconds) => ({
    seconds,
    text: textOf(seconds),
    isDefault: seconds === wanted,
  }));
}

function textOf(seconds: number): string {
  if (seconds === hourS) return '1 hour';
  if (seconds === dayS) return '1 day';
  if (seconds % dayS === 0) return `${seconds / dayS} days`;
  return seconds % hourS === 0 ? `${seconds / hourS} hours` : spell(seconds * 1000);
}
