/** The dashboard's CSS, after that of every page. Colours have 4.5:1 on what they stand on. */
import { Html } from '../login/page.ts';

export const light = {
  ink: '#1d2430',
  soft: '#5b6472',
  paper: '#f6f7f9',
  card: '#ffffff',
  line: '#d9dde3',
  go: '#1a56c4',
  'on-go': '#ffffff',
  good: '#17683a',
  'good-back': '#e3f4e9',
  warn: '#7a4b00',
  'warn-back': '#fdf0d5',
  bad: '#a6201b',
  'bad-back': '#fdeae8',
} as const;

export const dark: Readonly<Record<keyof typeof light, string>> = {
  ink: '#e8ebf0',
  soft: '#a0a9b8',
  paper: '#14181f',
  card: '#1b2029',
  line: '#2b323d',
  go: '#8ab4ff',
  'on-go': '#10141b',
  good: '#7fd7a2',
  'good-back': '#12301f',
  warn: '#f0c36d',
  'warn-back': '#352708',
  bad: '#ff9d96',
  'bad-back': '#3b1715',
};

function variables(colours: Readonly<Record<string, string>>): string {
  return Object.entries(colours)
    .map(([name, value]) => `--${name}: ${value};`)
    .join(' ');
}

export const style = new Html(`
:root { ${variables(light)} }
@media (prefers-color-scheme: dark) { :root { ${variables(dark)} } }
body { display: block; place-items: normal; accent-color: var(--go); }
time, .line { white-space: nowrap; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: .5rem; top: .5rem; z-index: 1; padding: .5rem 1rem; background: var(--card); }
.top { background: var(--card); border-bottom: 1px solid var(--line); }
.top > div { max-width: 80rem; margin: 0 auto; padding: .75rem 1.5rem 0; display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline; }
.brand { font-weight: 700; text-decoration: none; color: var(--ink); }
.who { margin-left: auto; color: var(--soft); font-size: .875rem; display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; }
.who form { display: flex; gap: .5rem; align-items: baseline; margin: 0; }
.top nav { flex: 1 1 100%; min-width: 0; }
.top nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 0 .25rem; margin: .25rem 0 0; padding: 0; }
.top nav a { display: block; padding: .5rem .75rem; color: var(--soft); text-decoration: none; border-bottom: 3px solid transparent; white-space: nowrap; }
.top nav a:hover { color: var(--ink); }
.top nav a[aria-current] { color: var(--ink); font-weight: 600; border-color: var(--go); }
.top nav a:focus-visible { outline-offset: -3px; }
main { max-width: 80rem; margin: 0 auto; padding: 1.5rem; }
h1 { margin: 0; }
h2 { font-size: 1.125rem; margin: 1.75rem 0 .75rem; }
.lead { color: var(--soft); margin: .25rem 0 1.25rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1.25rem; margin: 0 0 1rem; }
.card > :last-child { margin-bottom: 0; }
.card h2, .card h3 { margin: 0; }
.card :is(h2, h3) + p { margin-top: .25rem; }
.card h3 { font-size: 1.0625rem; }
.card pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .25rem 0 1rem; padding: .5rem 1rem; background: var(--paper); border: 1px solid var(--line); border-radius: .4rem; }
.card ol { padding-left: 1.25rem; }
.empty { text-align: center; padding: 2.5rem 1.25rem; }
.empty pre { display: inline-block; text-align: left; margin: 0 0 1rem; }
pre code { white-space: inherit; }
.note { padding: .75rem 1rem; border-radius: .5rem; border: 1px solid var(--line); background: var(--card); }
.note.good { color: var(--good); background: var(--good-back); border-color: var(--good); }
.note.warn { color: var(--warn); background: var(--warn-back); border-color: var(--warn); }
table { width: 100%; border-collapse: separate; border-spacing: 0; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; margin: 0 0 1rem; font-size: .9375rem; }
th, td { text-align: left; vertical-align: top; padding: .75rem .875rem; border-top: 1px solid var(--line); font-weight: 400; overflow-wrap: anywhere; min-width: 6.75rem; }
tbody th { min-width: 9.5rem; }
thead th { border-top: 0; color: var(--soft); font-size: .8125rem; padding-block: .5rem; white-space: nowrap; }
tbody th strong { display: block; }
.link { display: inline-flex; max-width: 100%; gap: .5rem; align-items: baseline; }
.link a { min-width: 0; max-width: 24rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; vertical-align: bottom; }
.link button { flex: none; }
.soft { color: var(--soft); }
td > .soft.small, tbody th > .small { display: block; }
td > .badge { margin-bottom: .125rem; }
.small { font-size: .8125rem; }
.badge { display: inline-block; white-space: nowrap; font-size: .8125rem; line-height: 1.5; padding: 0 .5rem; border-radius: 1rem; border: 1px solid currentcolor; color: var(--soft); }
.badge.good { color: var(--good); background: var(--good-back); }
.badge.warn { color: var(--warn); background: var(--warn-back); }
.badge.bad { color: var(--bad); background: var(--bad-back); }
.acts { display: flex; flex-wrap: wrap; gap: .4rem; align-items: start; }
.row { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: baseline; }
.acts form { margin: 0; }
.acts button, .acts summary, .link button, .plain { font-size: .8125rem; padding: .2rem .65rem; }
summary { cursor: pointer; border: 1px solid var(--soft); border-radius: .4rem; padding: .4rem 1rem; list-style: none; display: inline-block; }
summary::-webkit-details-marker { display: none; }
summary::after { content: ' ▾'; }
details[open] > summary::after { content: ' ▴'; }
.quiet { font-size: .8125rem; }
.quiet summary { border: 0; padding: 0; color: var(--go); text-decoration: underline; text-underline-offset: .15em; }
.quiet li .soft { display: block; }
.quiet ul { list-style: none; padding: 0; margin: .25rem 0 0; }
.acts details[open] { flex-basis: 100%; }
.acts details > form { margin: .5rem 0 .25rem; padding: .75rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--paper); display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
.acts details > form p { flex-basis: 100%; margin: 0; font-size: .8125rem; }
.acts :is(select, input) { width: auto; margin: 0; padding: .2rem .5rem; font-size: .8125rem; }
.acts label { font-size: .8125rem; margin: 0; }
:is(button, summary).stop { color: var(--bad); border-color: var(--bad); background: var(--card); }
.fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 18rem), 1fr)); gap: 0 1.25rem; align-items: end; }
.fields :is(input, select) { height: 2.75rem; }
fieldset { border: 0; padding: 0; margin: 0 0 1rem; min-width: 0; }
legend { padding: 0; margin: 0 0 .25rem; }
.check { display: flex; gap: .5rem; align-items: baseline; }
.check input { width: auto; margin: 0; }
.check label { margin: 0; }
.pair { display: flex; gap: .5rem; }
.pair input { flex: 1 1 6rem; min-width: 0; }
.pair select { flex: 0 0 auto; width: auto; }
.secret { font-family: ui-monospace, monospace; }
code, .mono { font-family: ui-monospace, monospace; font-size: .875em; }
td .mono, td .small { overflow-wrap: anywhere; }
td code { white-space: nowrap; }
.live { float: right; color: var(--soft); font-size: .8125rem; margin: -1.6rem 0 0; }
.live::before { content: '●'; color: var(--good); margin-right: .35rem; }
.title { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; justify-content: space-between; }
@media (min-width: 76.01rem) {
  .roomy { display: grid; grid-template-columns: minmax(16rem, 1fr) repeat(5, fit-content(13rem)); }
  .roomy.seven { grid-template-columns: minmax(16rem, 1fr) repeat(6, fit-content(13rem)); }
  .roomy :is(thead, tbody) { display: contents; }
  .roomy tr { display: grid; grid-template-columns: subgrid; grid-column: 1 / -1; border-top: 1px solid var(--line); }
  .roomy thead tr { border-top: 0; }
  .roomy :is(th, td) { border-top: 0; min-width: 0; }
  .roomy .acts-cell { grid-column: 1 / -1; padding-top: 0; }
  .roomy .acts-cell:empty { padding: 0; }
}
footer { max-width: none; margin-top: 2rem; }
@media (max-width: 76rem) {
  .top > div, main { padding-inline: 1rem; }
  .top nav a { padding-inline: .4rem; font-size: .875rem; }
  table.list, .list tbody, .list tr, .list td, .list tbody th { display: block; }
  .list thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table.list { border: 0; background: none; }
  .list tr { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .875rem 1rem; margin: 0 0 .75rem; }
  .list td, .list tbody th { min-width: 0; border: 0; padding: .2rem 0; }
  .list td[data-label] { display: grid; grid-template-columns: 7rem minmax(0, 1fr); gap: 0 .5rem; justify-items: start; }
  .list td[data-label] > * { grid-column: 2; }
  .list td :is(code, time, .line) { white-space: normal; }
  .list td[data-label]::before { content: attr(data-label); color: var(--soft); font-size: .8125rem; line-height: 1.9; }
  .list td.acts-cell { padding-top: .6rem; }
  .link a { max-width: calc(100vw - 10rem); }
}
`);
