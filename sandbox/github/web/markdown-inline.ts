/** Words of Markdown: what may stand within a line. */
import { Html, html } from './page.ts';

/** Every part is bounded, so that no text takes long. */
const token = new RegExp(
  [
    /\\(?<escaped>[\\`*_{}[\]()#+.!|<>~@-])/,
    /(?<ticks>`{1,3})(?<code>[^`]{1,2000})\k<ticks>/,
    /<!--(?<hidden>.{0,4000}?)-->/,
    /<(?<tag>sub|sup|kbd|b|strong|em|i)>(?<inside>.{0,2000}?)<\/\k<tag>>/,
    /(?<line><br ?\/?>)/,
    /!\[(?<alt>[^\]]{0,500})\]\((?<image>[^()\s]{1,2000})\)/,
    /\[(?<label>[^[\]]{1,1000})\]\((?<target>[^()\s]{0,2000})(?: +"[^"]{0,200}")?\)/,
    /<?(?<address>https?:\/\/[^\s<>"')\]|]{1,2000})>?/,
    /\*\*(?<bold>[^*\s](?:[^*]{0,1000}[^*\s])?)\*\*/,
    /~~(?<gone>[^~]{1,1000})~~/,
    /(?<![\w*])[*_](?<leaning>[^*_\s](?:[^*_]{0,1000}[^*_\s])?)[*_](?!\w)/,
    /:(?<shortcode>[a-z0-9_+-]{1,30}):/,
    /(?<![\w/])@(?<login>[A-Za-z0-9][A-Za-z0-9-]{0,38})/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gs',
);

/** The most used; others stay as they are written. */
const shortcodes = new Map([
  ['+1', '👍'],
  ['-1', '👎'],
  ['eyes', '👀'],
  ['heart', '❤️'],
  ['lock', '🔒'],
  ['rocket', '🚀'],
  ['smile', '😄'],
  ['tada', '🎉'],
  ['thinking', '🤔'],
  ['warning', '⚠️'],
  ['white_check_mark', '✅'],
  ['x', '❌'],
]);

export function inline(text: string): Html {
  const pieces: Html[] = [];
  let from = 0;
  for (const match of text.matchAll(token)) {
    pieces.push(html`${text.slice(from, match.index)}`);
    pieces.push(rendered(match.groups ?? {}, match[0]));
    from = match.index + match[0].length;
  }
  pieces.push(html`${text.slice(from)}`);
  return new Html(pieces.map((piece) => piece.text).join(''));
}

function rendered(groups: Partial<Record<string, string>>, whole: string): Html {
  const { escaped, code, hidden, tag, inside, line, alt, image, label, target } = groups;
  if (escaped !== undefined) return html`${escaped}`;
  if (code !== undefined) return html`<code>${code.trim()}</code>`;
  if (hidden !== undefined) return html``;
  if (tag !== undefined) return wrapped(tag, inside ?? '');
  if (line !== undefined) return html`<br />`;
  // Nothing is loaded from elsewhere.
  if (image !== undefined) return link(image, html`${alt === '' ? 'image' : (alt ?? 'image')}`);
  if (label !== undefined) return link(target ?? '', inline(label));
  const { address, bold, gone, leaning, shortcode, login } = groups;
  if (address !== undefined) return bareLink(address);
  if (bold !== undefined) return wrapped('strong', bold);
  if (gone !== undefined) return wrapped('del', gone);
  if (leaning !== undefined) return wrapped('em', leaning);
  if (shortcode !== undefined) return html`${shortcodes.get(shortcode) ?? whole}`;
  return login === undefined ? html`${whole}` : html`<strong>@${login}</strong>`;
}

/** @param tag one of ours, never one of the text's */
function wrapped(tag: string, text: string): Html {
  return new Html(`<${tag}>${inline(text).text}</${tag}>`);
}

/** The full stop behind an address is not part of it. */
function bareLink(address: string): Html {
  const target = address.replace(/[.,:;!?]+$/, '');
  return html`${link(target, html`${target}`)}${address.slice(target.length)}`;
}

/** Only where a person can be sent: `javascript:` and the like stay text. */
function link(target: string, label: Html): Html {
  if (!/^(?:https?:\/\/|\/(?![/\\])|#)/i.test(target)) return label;
  return html`<a href="${target}" rel="nofollow noopener">${label}</a>`;
}
