import { describe, expect, it } from 'vitest';
import { headerLines, interceptBlock, shellQuote, type InterceptView } from '#cli/output.ts';
import { listText, type Workload } from '#cli/commands/list.ts';
import { statusText, type DaemonStatus } from '#cli/commands/session.ts';
import { viewOf, type Held } from '#cli/commands/held.ts';
import type { PreviewNow } from '#cli/preview-now.ts';
import { timeText } from '#cli/time-text.ts';

const id = '0123456789abcdef0123456789abcdef';
const personal: InterceptView = {
  name: 'example-service',
  state: 'ACTIVE',
  destination: '127.0.0.1:8080',
  portName: 'http',
  headers: [{ name: 'x-telepresence-intercept-id', value: `${id}:example-service` }],
  mechanism: 'http',
  previewUrl: 'https://amber-otter.preview.example.dev',
  l5: 'dev-environment.example.com',
};

const ending = {
  name: 'web',
  workload: 'web',
  namespace: 'test',
  reason: 'ended by carol through the edge',
  by: 'carol',
  atMs: 0,
};

describe('the block of an intercept', () => {
  it('with a preview URL', () => {
    expect(interceptBlock(personal)).toBe(
      `    Intercept name   : example-service
    State            : ACTIVE
    Destination      : 127.0.0.1:8080
    Service Port Name: http
    Intercepting     : HTTP requests that match all of:
      header("x-telepresence-intercept-id") ~= regexp("${id}:example-service")
    Preview URL      : https://amber-otter.preview.example.dev
    Layer 5 Hostname : dev-environment.example.com
`,
    );
  });

  it('without a preview and without a name of the port: the colons move together', () => {
    const view = { ...personal, portName: '', previewUrl: undefined, l5: undefined };
    expect(interceptBlock(view)).toBe(
      `    Intercept name: example-service
    State         : ACTIVE
    Destination   : 127.0.0.1:8080
    Intercepting  : HTTP requests that match all of:
      header("x-telepresence-intercept-id") ~= regexp("${id}:example-service")
`,
    );
  });

  it('with several headers, each on its own line', () => {
    const headers = [
      { name: 'x-me', value: 'a' },
      { name: 'x-two', value: 'b "c"' },
    ];
    expect(interceptBlock({ ...personal, headers })).toContain(
      `HTTP requests that match all of:
      header("x-me") ~= regexp("a")
      header("x-two") ~= regexp("b \\"c\\"")
`,
    );
  });

  it('of all connections', () => {
    const view = {
      ...personal,
      headers: [],
      mechanism: 'tcp' as const,
      portName: '',
      previewUrl: undefined,
      l5: undefined,
    };
    expect(interceptBlock(view)).toBe(
      `    Intercept name: example-service
    State         : ACTIVE
    Destination   : 127.0.0.1:8080
    Intercepting  : all TCP connections
`,
    );
  });
});

describe('the lines to paste', () => {
  const ingress = { host: 'ingress.kube', port: 443, tls: true, l5: 'shop.example.com' };

  it('are the header and a curl command to the ingress', () => {
    expect(headerLines([{ name: 'x-me', value: "it's" }], ingress)).toBe(
      `
Requests with this header reach your laptop:
    x-me: it's
    curl -H 'x-me: it'\\''s' 'https://shop.example.com/'
`,
    );
  });

  it('name the port where it is not the usual one', () => {
    const headers = [{ name: 'x-me', value: 'a' }];
    expect(headerLines(headers, { ...ingress, port: 8443 })).toContain(
      "'https://shop.example.com:8443/'",
    );
    expect(headerLines(headers, { ...ingress, tls: false, port: 80 })).toContain(
      "'http://shop.example.com/'",
    );
  });

  it('are absent where no header is needed', () => {
    expect(headerLines([], ingress)).toBe('');
  });

  it('quote for a shell', () => {
    expect(shellQuote('a\'b $HOME `x` "')).toBe(`'a'\\''b $HOME \`x\` "'`);
  });
});

const workload: Workload = {
  name: 'web',
  namespace: 'shop',
  ports: [{ name: 'http', number: 80, agents: 1, protocol: 'http' }],
  intercepts: [],
};
const held: Held = {
  id,
  name: 'mine',
  workload: 'web',
  namespace: 'shop',
  client: 'my-laptop',
  destination: '127.0.0.1:8080',
  port: { name: 'http', number: 80 },
  mechanism: 'tcp',
  headers: [],
  preview: null,
  preview_url: null,
};

describe('list', () => {
  it('says what can be intercepted and what cannot', () => {
    const away = { ...workload, name: 'db', ports: [{ ...workload.ports[0]!, agents: 0 }] };
    expect(listText([workload, away], [])).toBe(
      'web: ready to intercept (traffic-agent already installed)\n' +
        'db: not interceptable (traffic-agent not connected): is “byway agent” running there?\n',
    );
    expect(listText([], [])).toBe('No workloads that can be intercepted\n');
    expect(listText([away], [], [{ ...ending, atMs: Date.now() - 5.5 * 60_000 }])).toMatch(
      /\nIntercept web: ended by carol through the edge, 5 min ago\n$/,
    );
  });

  it('is ready where one of several ports has its agent', () => {
    const ports = [{ ...workload.ports[0]!, agents: 0 }, workload.ports[0]!];
    expect(listText([{ ...workload, ports }], [])).toContain('web: ready to intercept');
  });

  it('shows own intercepts in full and other people’s without their headers', () => {
    const port = held.port;
    const intercepts = [
      {
        id,
        name: 'mine',
        owner: 'alice',
        mine: true,
        port,
        mechanism: 'tcp',
        state: 'WAITING',
        laptop: 'my-laptop',
      },
      {
        id: 'x',
        name: 'other',
        owner: 'bob',
        mine: false,
        port,
        mechanism: 'http',
        state: 'ACTIVE',
        laptop: 'bobs',
      },
    ];
    expect(listText([{ ...workload, intercepts }], [held])).toBe(
      `web: intercepted
    Intercept name   : mine
    State            : WAITING
    Destination      : 127.0.0.1:8080
    Service Port Name: http
    Intercepting     : all TCP connections
    Intercept name   : other
    State            : ACTIVE
    Owner            : bob (bobs)
    Service Port Name: http
    Intercepting     : HTTP requests of its owner
`,
    );
  });

  it('names the namespace where there are several', () => {
    const other = { ...workload, namespace: 'test' };
    expect(listText([workload, other], [])).toMatch(/^web\.shop: ready .*\nweb\.test: ready /);
  });
});

const status: DaemonStatus = {
  connected: true,
  reason: '',
  context: 'http://connector:7000',
  laptop: 'my-laptop',
  version: '1.0.0',
  edge: { connected: true, reason: '', cluster: 'abcdefgh' },
  tunnel: {
    byway_streams: 2,
    byway_queued_bytes: 10,
    byway_held_bytes: 0,
    byway_credit_whole: 1,
  },
  ending_previews: 0,
  ended: [],
  intercepts: [held],
};

describe('status', () => {
  it('has the block of the specification, then tunnel and edge', () => {
    expect(statusText(status)).toBe(
      `Connected
  Context:       http://connector:7000
  Proxy:         OFF (networking to the cluster is not enabled)
  Intercepts:    1 total
    mine: my-laptop
  Edge:          connected
  Tunnel:        2 streams, 10 bytes queued, credit whole
`,
    );
  });

  it('says why something is not connected, what is held, and what is still to be ended', () => {
    const text = statusText(
      {
        ...status,
        connected: false,
        reason: 'refused',
        edge: { connected: false, reason: '401', cluster: null },
        tunnel: { ...status.tunnel, byway_held_bytes: 7, byway_credit_whole: 0 },
        ending_previews: 2,
        ended: [ending],
      },
      3 * 3_600_000,
    );
    expect(text).toContain('  Ended:         web: ended by carol through the edge, 3 h ago\n');
    expect(text).toContain('Not connected: refused\n');
    expect(text).toContain('  Edge:          not connected: 401\n');
    expect(text).toContain('7 bytes held\n');
    expect(text).toContain('  Previews:      2 still to be ended at the edge\n');
  });
});

describe('a preview as it is now', () => {
  const nowMs = Date.UTC(2030, 0, 1);
  const iso = (hours: number): string => new Date(nowMs + hours * 3_600_000).toISOString();
  const where = {
    label: 'l',
    url: 'https://l.preview.example.dev',
    ingress: { host: 'h', port: 80, tls: false, l5: 'shop' },
  };
  const live = {
    state: 'live' as const,
    access: 'private',
    public_until: null,
    expires_at: iso(14 * 24),
    idle_expires_at: iso(3 * 24),
    hits: 12,
    last_used_at: iso(-2),
  };
  const shown = (now: PreviewNow): string => {
    const own = { ...held, preview: { ...where, ...now }, preview_url: where.url };
    const { preview = [] } = viewOf(own, 'ACTIVE', nowMs);
    return preview.map((row) => row.join(': ')).join('; ');
  };

  it('says who may see it, when it ends, and how much it was used', () => {
    expect(shown(live)).toBe(
      'Access: private; Ends: in 3 d unless somebody uses it, in 14 d at the latest; Requests: 12, the last one 2 h ago',
    );
    const open = { ...live, access: 'public', public_until: iso(5), hits: 0, last_used_at: null };
    expect(shown({ ...open, expires_at: iso(20) })).toBe('Access: public for 5 h; Ends: in 20 h');
    expect(shown({ ...open, expires_at: null })).toBe('Access: public for 5 h');
    expect(shown({ ...live, gate: 'repo', expires_at: null, hits: 0 })).toBe(
      'Access: private, for readers of the repository',
    );
  });

  it.each([
    ['removed', 'carol', 'carol has removed it'],
    ['removed', null, 'it was removed'],
    ['left', 'carol', 'carol has ended its intercept'],
    ['left', null, 'its intercept was ended'],
    ['expired', null, 'its time was up'],
    ['idle', null, 'nobody had used it for a while'],
    ['pull-request', null, 'its pull request was closed'],
    ['eclipse', 'carol', 'eclipse, by carol'],
  ])('says that it has ended: %s by %s', (reason, by, words) => {
    expect(shown({ state: 'ended', reason, ended_by: by, ended_at: iso(-3) })).toBe(
      `State: ended 3 h ago: ${words}; for a new one leave and intercept again`,
    );
  });

  it('says what is not known', () => {
    expect(shown({ state: 'ended', reason: null, ended_by: null, ended_at: null })).toContain(
      'why is not known',
    );
    expect(shown({ state: 'unknown', problem: 'the edge is away' })).toBe(
      'State: not known: the edge is away',
    );
    expect(shown({ state: 'unknown', problem: '' })).toBe('');
  });

  it('stands below its intercept in status, and at the end of the block', () => {
    const own = { ...held, preview: { ...where, ...live, hits: 0 }, preview_url: where.url };
    expect(interceptBlock(viewOf(own, 'ACTIVE', nowMs))).toMatch(
      /Layer 5 Hostname : shop\n {4}Preview Access {3}: private\n {4}Preview Ends {5}: in 3 d/,
    );
    const text = statusText({ ...status, intercepts: [own] }, nowMs);
    expect(text).toContain(`    mine: my-laptop
      Preview URL: https://l.preview.example.dev
      Access     : private
      Ends       : in 3 d unless somebody uses it, in 14 d at the latest
  Edge: `);
  });
});

it.each([
  [-5, 'less than a minute'],
  [59_999, 'less than a minute'],
  [60_000, '1 min'],
  [3_599_999, '59 min'],
  [3_600_000, '1 h'],
  [5.99 * 3_600_000, '5 h 59 min'],
  [86_400_000, '1 d'],
  [13.99 * 86_400_000, '13 d 23 h'],
])('says %d ms as %s', (ms, text) => expect(timeText(ms)).toBe(text));
