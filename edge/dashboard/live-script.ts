/**
 * The one script of the dashboard. Everything works without it; it keeps the lists fresh, counts down,
 * copies, and shows times in the zone of the reader.
 */

import { becomeScript } from './become-script.ts';

export const scriptPath = '/dashboard/live.js';

export const liveScript = `'use strict';
const address = new URL(location.href);
const query = address.searchParams.get('organisation');
// What was done is said once, not after each reload.
if (address.searchParams.has('done')) {
  address.searchParams.delete('done');
  history.replaceState(null, '', address);
}
const feed = '/dashboard/events' + (query === null ? '' : '?organisation=' + encodeURIComponent(query));
const region = () => document.querySelector('[data-live]');
// What the reader did and what others did: the one never takes the other's place.
function say(text, tone) {
  const note = document.createElement('p');
  note.className = 'note ' + tone;
  note.textContent = text;
  document.getElementById('said').replaceChildren(note);
}
const tell = (text) => (document.getElementById('news').textContent = text);

function spell(ms) {
  const minutes = Math.floor(ms / 60000);
  if (minutes < 1) return 'less than a minute';
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor((minutes % 1440) / 60);
  const units = days > 0 ? [[days, 'd'], [hours, 'h']] : [[hours, 'h'], [minutes % 60, 'min']];
  return units.filter(([count]) => count > 0).map((unit) => unit.join(' ')).join(' ');
}

function dress(root) {
  for (const button of root.querySelectorAll('[data-copy]')) button.hidden = false;
  for (const time of root.querySelectorAll('time:not([data-left])')) {
    time.title = time.textContent;
    time.textContent = new Date(time.dateTime).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  }
}

function count() {
  for (const time of document.querySelectorAll('time[data-left]')) {
    time.textContent = spell(new Date(time.dateTime) - Date.now());
  }
}

/** What is worth saying aloud: names and states, not each request that is counted. */
function gistOf(root) {
  return [...root.querySelectorAll('strong, .badge')].map((each) => each.textContent).join();
}

${becomeScript}
/** Takes the page's list anew. */
async function refresh() {
  const response = await fetch(location.href, { headers: { accept: 'text/html' } });
  if (!response.ok) return location.reload();
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  const now = region();
  const next = page.querySelector('[data-live]');
  if (!now || !next || now.dataset.now === next.dataset.now) return;
  const gist = gistOf(now);
  const focused = now.contains(document.activeElement) && document.activeElement;
  dress(next);
  become(now, next);
  if (focused && focused !== document.activeElement) {
    (focused.isConnected ? focused : document.getElementById('main')).focus();
  }
  if (gistOf(now) !== gist) tell('The list has changed.');
}

let source;
let busy = false;
let again = false;
async function onLists({ data }) {
  const topic = region()?.dataset.live;
  if (!topic || JSON.parse(data)[topic] === region().dataset.now) return;
  if (busy) return void (again = true);
  busy = true;
  await refresh().catch(() => {});
  busy = false;
  if (again) {
    again = false;
    await onLists({ data });
  }
}

function listen() {
  if (source || !region() || document.hidden) return;
  source = new EventSource(feed);
  const light = (on) => {
    const live = document.querySelector('[data-live-light]');
    if (live) live.hidden = !on;
  };
  source.addEventListener('open', () => light(true));
  source.addEventListener('error', () => {
    light(false);
    // It connects anew by itself, unless it was refused.
    if (source?.readyState !== EventSource.CLOSED) return;
    source = undefined;
    setTimeout(listen, 15000);
  });
  source.addEventListener('lists', onLists);
  source.addEventListener('over', () => location.reload());
}

document.addEventListener('visibilitychange', () => {
  if (!document.hidden) return listen();
  source?.close();
  source = undefined;
});
document.addEventListener('click', async ({ target }) => {
  const button = target.closest?.('[data-copy]');
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    say('Copied.', 'good');
  } catch {
    say('The browser does not let it be copied. Select the text, and copy it by hand.', 'warn');
  }
});

document.getElementById('main').tabIndex = -1;
dress(document);
count();
setInterval(count, 20000);
listen();
`;
