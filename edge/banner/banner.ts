/**
 * The line at the bottom of a preview's pages: whose it is, who may see it, for how long. Without script,
 * so no policy of the page against scripts matters; in a shadow tree (declarative, HTML §4.12.3.1), so the
 * page's style and ours do not meet. It stands after the end of the document, where parsers put it last
 * into the body (HTML §13.2.6.4.19) and nothing before it has to wait.
 */
import { utf8 } from '#protocol/bytes.ts';
import { html, type Html } from '../login/page.ts';
import { bannerStyle } from './style.ts';
import type { BannerStyle } from './policy.ts';

export interface BannerFacts {
  owner: string;
  organisation: string | undefined;
  /** Until when everybody may see it; undefined: members only. Milliseconds since 1970. */
  publicUntilMs: number | undefined;
  /** While it is not public: for readers of the repository, not for members. */
  forReaders: boolean;
  /** When it ends by itself. */
  endsMs: number | undefined;
  hits: number;
  /** False: the page comes from a cluster whose connector is about to leave. */
  isConnected: boolean;
  dashboardUrl: string;
  /** Of the preview's own host: there somebody hides the line for good. */
  hideUrl: string;
  nowMs: number;
}

/** `mayHaveForm`: the page's policy lets one be sent to its own origin; else a page of ours has it. */
export function bannerBytes(
  facts: BannerFacts,
  style: BannerStyle,
  mayHaveForm: boolean,
): Uint8Array {
  if (style === 'plain') return utf8(plain(facts).text);
  return utf8(styled(facts, mayHaveForm ? hideForm(facts) : hideLink(facts)).text);
}

function styled(facts: BannerFacts, hide: Html): Html {
  return html`
    <byway-preview
      ><template shadowrootmode="open"
        ><style>
          ${bannerStyle}
        </style
        ><aside aria-label="${name}">
          <details open>
            <summary title="Show less or more">
              <b>Byway preview</b
              >${pieces(facts).map((each) => html`<span class="${each.kind}">${each.text}</span>`)}
            </summary>
            <div>
              <a href="${facts.dashboardUrl}" target="_self" rel="noreferrer">Manage this preview</a
              >${hide}
            </div>
          </details>
        </aside></template
      ></byway-preview
    >
  `;
}

/** A link in any case: among the page's own elements a form might be taken for one of them. */
function plain(facts: BannerFacts): Html {
  const text = pieces(facts)
    .map((each) => each.text)
    .join(' · ');
  return html`
    <hr />
    <div role="complementary" aria-label="${name}">
      <small
        >Byway preview: ${text} ·
        <a href="${facts.dashboardUrl}" target="_self" rel="noreferrer">Manage this preview</a> ·
        ${hideLink(facts)}</small
      >
    </div>
  `;
}

/** Absolute addresses and a target of its own: the page may have a `base`. */
function hideForm({ hideUrl }: BannerFacts): Html {
  return html`<form method="post" action="${hideUrl}" target="_self">
    <button name="banner" value="hide" title="${hideTitle}">Hide this line</button>
  </form>`;
}

function hideLink({ hideUrl }: BannerFacts): Html {
  return html`<a href="${hideUrl}" target="_self" title="${hideTitle}">Hide this line</a>`;
}

/** Of the landmark. */
const name = 'About this preview';
const hideTitle = 'In this browser, on this preview, for 30 days';

function pieces(facts: BannerFacts): { kind: string; text: string }[] {
  const { owner, organisation, publicUntilMs, forReaders, endsMs, hits, isConnected, nowMs } =
    facts;
  const shared = organisation === undefined ? owner : `${owner} (${organisation})`;
  const access =
    publicUntilMs === undefined
      ? { kind: 'more', text: forReaders ? 'readers of the repository only' : 'members only' }
      : { kind: 'more open', text: `public for ${timeLeft(publicUntilMs - nowMs)}` };
  return [
    { kind: 'more', text: `by ${shared}` },
    access,
    ...(endsMs === undefined
      ? []
      : [{ kind: 'more', text: `ends in ${timeLeft(endsMs - nowMs)}` }]),
    { kind: 'more', text: hits === 1 ? '1 request' : `${hits} requests` },
    ...(isConnected ? [] : [{ kind: 'more open', text: 'cluster offline' }]),
  ];
}

const units = [
  { name: 'day', ms: 86_400_000 },
  { name: 'hour', ms: 3_600_000 },
  { name: 'minute', ms: 60_000 },
];

/** In the largest unit that there are at least two of. */
export function timeLeft(ms: number): string {
  const unit = units.find((each) => ms >= 2 * each.ms);
  if (!unit) return ms >= 60_000 ? '1 minute' : 'less than a minute';
  return `${Math.floor(ms / unit.ms)} ${unit.name}s`;
}
