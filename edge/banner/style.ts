/** How the banner looks, within its shadow tree. */
import { Html } from '../login/page.ts';

export const bannerStyle = new Html(`
:host { all: initial; position: fixed; inset: auto 0 0 0; z-index: 2147483647; pointer-events: none; font: 13px/1.5 system-ui, sans-serif; }
details { pointer-events: auto; width: fit-content; max-width: calc(100% - 16px); box-sizing: border-box; margin: 0 auto 8px; border: 1px solid #5b6675; border-radius: 8px; background: #1d2430; color: #f2f4f7; box-shadow: 0 2px 12px rgb(0 0 0 / .3); }
details:not([open]) { margin-left: 8px; opacity: .85; }
summary { cursor: pointer; list-style: none; padding: 6px 12px; display: flex; flex-wrap: wrap; gap: 2px 12px; align-items: baseline; }
summary::-webkit-details-marker { display: none; }
summary::after { content: "\\25BE"; margin-left: auto; }
details:not([open]) summary::after { content: "\\25B4"; }
details:not([open]) .more { display: none; }
b { font-weight: 600; }
.open { color: #ffd479; }
div { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: baseline; padding: 0 12px 6px; }
form { display: contents; }
a, button { font: inherit; color: #9ec5ff; text-decoration: underline; background: none; border: 0; padding: 2px 0; margin: 0; cursor: pointer; }
:focus-visible { outline: 2px solid #9ec5ff; outline-offset: 2px; border-radius: 6px; }
@media print { :host { display: none; } }
`);
