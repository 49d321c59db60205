/**
 * The line at the bottom of a preview's pages: whose it is, who may see it, for how long. Without script,
 * so no policy of the page against scripts matters; in a shadow tree (declarative, HTML §4.12.3.1), so the
 * page's style and ours do not meet. It stands after the end of the document, where parsers put it last
 * into the body (HTML §13.2.6.4.19) and nothing before it has to wait.
 */
import { utf8 } from '#protocol/bytes.ts';
import { html, type Html } from '../login/page.ts';
import type { BannerStyle } from './policy.ts';

export interface BannerFacts {
  owner: string;
  organisation: string | undefined;
  /** Until when everybody may see it; undefined: members only. Milliseconds since 1970. */
  publicUntilMs: number | undefined;
  /** When it ends by itself. */
  endsMs: number | undefined;
  hits: number;
  /** False: the page comes from a cluster whose connector is about to leave. */
  isConnected: boolean;
  dashboardUrl: string;
  nowMs: number;
}

export function bannerBytes(facts: BannerFacts, style: BannerStyle): Uint8Array {
  return utf8((style === 'styled' ? styled(facts) : plain(facts)).text);
}

function styled(facts: BannerFacts): Html {
  return html`
    <byway-preview
      ><template shadowrootmode="open"
        ><style>
          :host {
            all: initial;
            position: fixed;
            inset: auto 0 0 0;
            z-index: 2147483647;
            pointer-events: none;
            font:
              13px/1.5 system-ui,
              sans-serif;
            color-scheme: light dark;
          }
          details {
            pointer-events: auto;
            width: fit-content;
            max-width: calc(100% - 16px);
            margin: 0 auto 8px;
            border-radius: 8px;
            background: #1d2430;
            color: #f2f4f7;
            box-shadow: 0 2px 12px rgb(0 0 0 / 0.3);
          }
          details:not([open]) {
            margin-left: 8px;
            opacity: 0.8;
          }
          summary {
            cursor: pointer;
            list-style: none;
            padding: 6px 12px;
            display: flex;
            flex-wrap: wrap;
            gap: 2px 12px;
            align-items: baseline;
          }
          summary::-webkit-details-marker {
            display: none;
          }
          details:not([open]) .more {
            display: none;
          }
          b {
            font-weight: 600;
          }
          .open {
            color: #ffd479;
          }
          a {
            color: #9ec5ff;
            display: inline-block;
            padding: 0 12px 6px;
          }
          summary:focus-visible,
          a:focus-visible {
            outline: 2px solid #9ec5ff;
            outline-offset: 2px;
            border-radius: 6px;
          }
          @media print {
            :host {
              display: none;
            }
          }
        </style
        ><details open aria-label="About this preview">
          <summary title="Show less or more">
            <b>Byway preview</b
            >${pieces(facts).map((each) => html`<span class="${each.kind}">${each.text}</span>`)}
          </summary>
          <a href="${facts.dashboardUrl}" rel="noreferrer">Manage this preview</a>
        </details></template
      ></byway-preview
    >
  `;
}

function plain(facts: BannerFacts): Html {
  const text = pieces(facts)
    .map((each) => each.text)
    .join(' · ');
  return html`
    <hr />
    <p>
      <small
        >Byway preview: ${text} ·
        <a href="${facts.dashboardUrl}" rel="noreferrer">Manage this preview</a></small
      >
    </p>
  `;
}

function pieces(facts: BannerFacts): { kind: string; text: string }[] {
  const { owner, organisation, publicUntilMs, endsMs, hits, isConnected, nowMs } = facts;
  const shared = organisation === undefined ? owner : `${owner} (${organisation})`;
  const access =
    publicUntilMs === undefined
      ? { kind: 'more', text: 'members only' }
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
