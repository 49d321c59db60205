/** Times as people read them, in English and UTC; a script may show them in the zone of the reader. */
import { html, type Html } from '../login/page.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** `2 d 3 h`, `5 h 12 min`, `3 min`: the two largest units. Rounded down, but never to nothing. */
export function spell(ms: number): string {
  if (ms < minuteMs) return 'less than a minute';
  const [days, hours, minutes] = [
    Math.floor(ms / dayMs),
    Math.floor((ms % dayMs) / hourMs),
    Math.floor((ms % hourMs) / minuteMs),
  ];
  const units =
    days > 0
      ? [`${days} d`, hours && `${hours} h`]
      : [hours && `${hours} h`, minutes && `${minutes} min`];
  return units.filter(Boolean).join(' ');
}

/** `2026-01-31 12:00 UTC` */
export function instant(ms: number): Html {
  const iso = new Date(ms).toISOString();
  return html`<time datetime="${iso}">${`${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`}</time>`;
}

/** How much is left; a script counts it down. */
export function timeLeft(untilMs: number, nowMs: number): Html {
  const iso = new Date(untilMs).toISOString();
  return html`<time datetime="${iso}" data-left title="until ${iso}"
    >${spell(untilMs - nowMs)}</time
  >`;
}
