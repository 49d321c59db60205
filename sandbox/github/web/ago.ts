/** Times as people say them. */
import { html, type Html } from './page.ts';

const units: readonly [name: string, seconds: number, below: number][] = [
  ['minute', 60, 3600],
  ['hour', 3600, 86_400],
  ['day', 86_400, 30 * 86_400],
];

/** `3 minutes ago`, or the day when that is long ago; the whole time when one points at it. */
export function ago(timestamp: string, nowMs: number): Html {
  const whole = `${timestamp.slice(0, 16).replace('T', ' ')} UTC`;
  return html`<time datetime="${timestamp}" title="${whole}">${inWords(timestamp, nowMs)}</time>`;
}

function inWords(timestamp: string, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - Date.parse(timestamp)) / 1000));
  if (seconds < 60) return 'just now';
  const unit = units.find(([, , below]) => seconds < below);
  if (unit === undefined) return `on ${timestamp.slice(0, 10)}`;
  const [name, length] = unit;
  const count = Math.floor(seconds / length);
  return `${count} ${name}${count === 1 ? '' : 's'} ago`;
}
