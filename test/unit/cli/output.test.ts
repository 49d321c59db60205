import { describe, expect, it } from 'vitest';
import { headerLines, interceptBlock, shellQuote, type InterceptView } from '#cli/output.ts';
import { listText, type Workload } from '#cli/commands/list.ts';
import { statusText, type DaemonStatus } from '#cli/commands/session.ts';
import type { Held } from '#cli/commands/held.ts';

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
    expect(listText([away], [], [ending])).toMatch(
      /\nIntercept web: ended by carol through the edge\n$/,
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

describe('status', () => {
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
    const text = statusText({
      ...status,
      connected: false,
      reason: 'refused',
      edge: { connected: false, reason: '401', cluster: null },
      tunnel: { ...status.tunnel, byway_held_bytes: 7, byway_credit_whole: 0 },
      ending_previews: 2,
      ended: [ending],
    });
    expect(text).toContain('  Ended:         web: ended by carol through the edge\n');
    expect(text).toContain('Not connected: refused\n');
    expect(text).toContain('  Edge:          not connected: 401\n');
    expect(text).toContain('7 bytes held\n');
    expect(text).toContain('  Previews:      2 still to be ended at the edge\n');
  });
});
