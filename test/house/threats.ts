/**
 * The threats that Byway is built against. A test that holds one says so in its title: `threat 5: …`,
 * `threats 54 and 60: …`, `threats 3–6: …`. `docs/security.md` shows rows and tests side by side.
 */

/** Number, who does what, what stops it: Markdown, a line each. */
export type Threat = readonly [number: number, threat: string, defence: string];

export interface ThreatGroup {
  readonly title: string;
  readonly threats: readonly Threat[];
}

/** No test yet, but soon. Take a number out as soon as its row has a test. */
export const open: readonly number[] = [];

/** No test, because there is nothing to test yet. */
export const later: Readonly<Record<number, string>> = {};

/** Tested, but for a part that does not exist yet. */
export const partly: Readonly<Record<number, string>> = {};

export const threatGroups: readonly ThreatGroup[] = [
  {
    title: 'Login',
    threats: [
      [
        1,
        'A link makes the login end on a site of its author',
        'The way back is a path on the same preview; whatever a browser could read as another host becomes `/`',
      ],
      [
        2,
        'The code of a login is sent to a host that only looks like a preview',
        'The host comes from the record of the preview, never from a parameter; what travels is signed and short-lived',
      ],
      [
        3,
        'Somebody is signed in as the attacker, by a callback that they did not begin',
        'State, PKCE and a cookie of that one login, each good once',
      ],
      [
        4,
        'A login of the CLI goes without proof, with a weak one, or back to a foreign address',
        'S256 and a verifier are required; the address is checked when the login begins and again when the code is redeemed',
      ],
      [
        5,
        'A code is redeemed a second time',
        'It is consumed in one step and lives 60 s; a second use ends what the first one opened',
      ],
      [
        6,
        'The previewed app catches a code: by service worker, referrer or log',
        'A code is worth nothing without the nonce in the cookie of the browser that began',
      ],
      [
        7,
        'A login secret is planted in a browser before its owner signs in',
        'Every login has a new secret; the one that the browser brought is dead',
      ],
      [
        8,
        'Many tabs sign in at once, lose one another’s login or pile up cookies',
        'A cookie for each login, three at most; a good session wins over a stale login',
      ],
      [
        9,
        'A script or WebSocket gets a login page where it expects data',
        'Only page loads of a tab are redirected; everything else gets 401 in JSON and no cookie',
      ],
      [
        10,
        'Text from GitHub or from a URL becomes markup on a page of the gateway',
        'Everything is escaped, a policy forbids scripts, and pages on preview hosts hold no secret',
      ],
    ],
  },
  {
    title: 'Cookies and hosts',
    threats: [
      [
        11,
        'A sibling preview plants cookies with the gateway’s names',
        '`__Host-` names, matched to the byte; a name that is there twice counts as absent',
      ],
      [
        12,
        'A sibling preview fills the cookie jar, so that nobody can sign in',
        'Logins live on another site; a head that is too large gets a page that says how to recover',
      ],
      [
        13,
        'The session of one preview is used on another',
        'A session names one origin and one label, and is good there only',
      ],
      [
        14,
        'The previewed app reads the viewer’s session',
        'Cookies and tokens of the gateway are taken out before a request leaves the edge, upgrades included',
      ],
      [
        15,
        'The previewed app sets cookies of the gateway, or cookies for all previews',
        'Reserved names are dropped and a `Domain` that reaches beyond the preview is removed',
      ],
      [
        16,
        'A script on the preview overwrites the session of its own host',
        'What is not signed counts as absent: one clean login follows, no loop',
      ],
      [
        17,
        'A new preview inherits what a former one left in browsers',
        'A label has 100 random bits and is never issued twice, not even after its preview ended',
      ],
      [
        18,
        'Another spelling of a host is taken for another preview, or for the app host',
        'The host is brought into one form once and matched as a whole; anything else is a 400',
      ],
      [
        19,
        'Labels are tried until one exists',
        'Unknown, ended and private look the same to a stranger; search engines are kept out',
      ],
    ],
  },
  {
    title: 'What passes through',
    threats: [
      [
        20,
        'A client sends fields that only the gateway may set, in other spellings or twice',
        'They are removed in any case and with `_` for `-`, then set once',
      ],
      [
        21,
        'Forwarding fields of a client steer the decision',
        'No decision reads them, and the app gets the gateway’s own',
      ],
      [
        22,
        'Some path, query, method or user agent goes around the check',
        'One function decides, and it sees the record of the preview and the verified viewer, nothing else',
      ],
      [
        23,
        'A path is read as the gateway’s own by one part and as the app’s by another',
        'It is read once; only the exact segment `.byway` is the gateway’s, no encoded form',
      ],
      [
        24,
        'Something malformed, damaged or missing opens what it should close',
        'No is the default: what cannot be verified counts as absent, what cannot be asked is a 503',
      ],
      [
        25,
        'Two parts disagree where a request ends, and a second one hides in the first',
        'Heads and bodies travel in frames and are written anew; ambiguous lengths and line breaks are refused',
      ],
      [
        26,
        '`Connection` names a field of the gateway, so that the next hop drops it',
        'Own fields are set after such names were obeyed, and some cannot be named',
      ],
      [
        27,
        'The app’s own `Authorization` is taken for a credential of the gateway',
        'On preview hosts the gateway never reads that field; it reaches the app as it came',
      ],
      [
        28,
        'A cache keeps a private answer and gives it to somebody else',
        'Answers of private previews are `private, no-store`, whatever the app says, for shared caches too',
      ],
      [
        29,
        'A preflight reaches the app without a credential, or never succeeds',
        'On private previews the gateway answers it itself, never with `*` and credentials',
      ],
      [
        30,
        'A foreign site opens a WebSocket with the viewer’s cookie',
        '`Origin` must be the preview’s own; it may be absent only with a token',
      ],
      [
        31,
        'Somebody whose access ended keeps a WebSocket or event stream',
        'The cluster’s object knows what is open for whom and closes it; nothing stays open over 8 h',
      ],
    ],
  },
  {
    title: 'Who may',
    threats: [
      [
        32,
        'Somebody leaves the organisation and keeps the session',
        'A webhook ends it within 10 s; without webhooks the membership is asked again after 5 min, and after 15 min without GitHub nobody is believed',
      ],
      [
        33,
        'Somebody is only invited, or a collaborator from outside',
        'The membership must be active, the role member or admin',
      ],
      [
        34,
        'Somebody takes over a name that a member or an organisation gave up',
        'People and organisations are numbers; the number in every answer is compared',
      ],
      [
        35,
        'Somebody is a member, but has no session at the organisation’s single sign-on',
        'The person’s own token must reach the organisation at login',
      ],
      [
        36,
        'An admin of one organisation names things of another',
        'Everything is looked up inside the caller’s organisation; what is elsewhere does not exist',
      ],
      [
        37,
        'A preview that was made private is still served as public',
        'The answer is read where the switch is written, with no cache between',
      ],
      [
        38,
        'Somebody makes a preview public and forgets it',
        'Public is for a time, a day by default; an organisation can forbid it; every switch is in the audit log',
      ],
    ],
  },
  {
    title: 'Pages and API of the app host',
    threats: [
      [
        39,
        'A foreign page makes the browser send a form or a change',
        'The exact `Origin` is required on everything that changes something',
      ],
      [
        40,
        'A foreign page frames one of ours and steals a click',
        'No page of the gateway can be framed',
      ],
      [
        41,
        'A link preview or a crawler changes something by looking at it',
        'Reading methods change nothing',
      ],
      [
        42,
        'A foreign page listens to live updates, or asks for another organisation’s',
        'The origin is checked; the organisation comes from the login, not from the request',
      ],
    ],
  },
  {
    title: 'Webhooks and comments',
    threats: [
      [
        43,
        'Somebody sends a forged webhook, or a huge one',
        'Size first, then HMAC-SHA-256 over the bytes as they came, before anything is parsed',
      ],
      [
        44,
        'A signed body is sent again under another id or event',
        'Id and body are remembered; what is signed decides what it means, unsigned fields do not',
      ],
      [
        45,
        'An old command to make a preview public arrives after the one that made it private',
        'A command is applied only if it is newer than the last one',
      ],
      [
        46,
        'A passer-by comments on a pull request',
        'GitHub is asked whether the author may write and is an active member',
      ],
      [
        47,
        'Somebody else’s edit, a bot or a quotation is taken for a command',
        'Only the first line of a new comment that its sender wrote themselves',
      ],
      [
        48,
        'A fork pushes other code after its preview was made public',
        'Public holds for the commit that was named; a push makes it private',
      ],
      [
        49,
        'An event of one installation changes another organisation',
        'Installation and organisation must belong together',
      ],
    ],
  },
  {
    title: 'Tokens, CLI, connector',
    threats: [
      [
        50,
        'The database leaks and its tokens are used',
        'It holds keyed hashes only; the key is elsewhere',
      ],
      [
        51,
        'A token is forged, or one of another kind is passed off',
        'One algorithm; kind, issuer, audience, age and every claim are checked',
      ],
      [
        52,
        'A key is replaced: everybody is signed out, or the old one stays good',
        'The newest key signs, all listed ones verify; who is seen in the overlap is carried over',
      ],
      [
        53,
        'Another program or page answers the CLI’s login first',
        'Loopback only, a random port and path, state and PKCE, no token in a URL',
      ],
      [
        54,
        'Somebody is talked into entering the attacker’s device code',
        'A page says who asks and from where; nothing happens without a click; tries are counted, tokens are given once',
      ],
      [
        55,
        'A bad token is made good by a cookie that came with it',
        'Where a token is present only the token counts',
      ],
      [
        56,
        'An ingress address leads the connector to what it should not reach',
        'The connector’s own list; names are resolved once and what was checked is dialled; no redirects are followed',
      ],
      [
        57,
        'A connector’s token is stolen',
        'It serves the tunnel of one cluster, is refused by the API, and a second tunnel closes the first',
      ],
      [
        58,
        'A hostile connector floods the edge with heads, frames or bodies',
        'Every limit is enforced by the receiver; the viewer gets a 502',
      ],
      [
        59,
        'A public preview is used for phishing',
        'Strangers see a notice first, with a way to report; requests and bytes have quotas',
      ],
      [
        60,
        'Somebody guesses codes and tokens, or floods the login',
        'Rates by address and by person; cheap checks come first',
      ],
      [
        61,
        'Secrets end up in logs, errors or addresses',
        'They are written nowhere; GitHub’s tokens of people are not kept',
      ],
    ],
  },
];
