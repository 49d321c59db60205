import { hostname } from 'node:os';
import { readFileSync, statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alive, CliWorld, cluster, RequestError, until } from './cli-world.ts';

let world: CliWorld;
beforeEach(async () => {
  world = new CliWorld();
  await world.start();
});
afterEach(() => world.stop());

const intercept = ['intercept', 'web', '--port', '8080:http'];

describe('byway intercept', () => {
  it('makes a personal intercept with a preview and prints both', async () => {
    const { code, stdout, stderr } = await world.byway(...intercept);
    const [made] = world.connector.minted;
    const [preview] = world.edge.previews;
    const header = `x-telepresence-intercept-id: ${made!.id}:web`;
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: `Using deployment web
intercepted
    Intercept name   : web
    State            : ACTIVE
    Destination      : 127.0.0.1:8080
    Service Port Name: http
    Intercepting     : HTTP requests that match all of:
      header("x-telepresence-intercept-id") ~= regexp("${made!.id}:web")
    Preview URL      : http://${preview!.label}.preview.localhost:${world.edge.port}
    Layer 5 Hostname : shop.localhost
    Preview Access   : private
    Preview Ends     : in 3 d unless somebody uses it, in 14 d at the latest

Requests with this header reach your laptop:
    ${header}
    curl -H '${header}' 'http://shop.localhost/'
`,
      stderr: 'byway: the preview is private: its URL answers 401 to everybody without access\n',
    });
    expect(preview!.body).toEqual({
      cluster,
      intercept: { id: made!.id, name: 'web' },
      owner: { id: 7, login: 'alice' },
      ingress: { host: '10.0.0.1', port: 80, tls: false, l5: 'shop.localhost' },
      access: 'private',
    });
    const methods = world.connector.asked.map(({ method }) => method);
    expect(methods.indexOf('check')).toBeLessThan(methods.indexOf('intercept'));
  });

  it('prints header and command without a preview, everything for TCP', async () => {
    const header = await world.byway(
      ...intercept,
      '--preview-url=false',
      '--http-header',
      'x-me=a b',
    );
    expect(header.stdout).toContain('      header("x-me") ~= regexp("a b")\n');
    expect(header.stdout).not.toContain('Preview URL');
    expect(header.stdout).toContain(
      `    x-me: a b\n    curl -H 'x-me: a b' 'http://shop.localhost/'\n`,
    );
    const tcp = await world.byway(...intercept, '--name', 'all', '--mechanism', 'tcp');
    expect(tcp.stdout).toBe(`Using deployment web
intercepted
    Intercept name   : all
    State            : ACTIVE
    Destination      : 127.0.0.1:8080
    Service Port Name: http
    Intercepting     : all TCP connections
`);
    expect(world.edge.previews).toEqual([]);
    expect((await world.byway('list')).code).toBe(0);
  });

  it('takes all connections when not logged in', async () => {
    world.configure({});
    const { mechanism, preview, environment } = await world.json(...intercept);
    expect({ mechanism, preview, environment }).toEqual({
      mechanism: 'tcp',
      preview: null,
      environment: { COLOUR: 'blue' },
    });
  });

  it('lists ingresses instead of guessing, and makes nothing', async () => {
    world.connector.ingresses.push({ host: '10.0.0.2', port: 443, tls: true, l5: 'b.localhost' });
    const { code, stderr, stdout } = await world.byway(...intercept);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(
      '--ingress-host 10.0.0.2 --ingress-port 443 --ingress-tls=true --ingress-l5 b.localhost',
    );
    expect(world.connector.minted).toEqual([]);
    const flags = [
      '--ingress-host',
      '10.0.0.2',
      '--ingress-port',
      '443',
      '--ingress-tls',
      '--ingress-l5',
      'b.localhost',
    ];
    const chosen = await world.byway(...intercept, ...flags);
    expect(chosen.stdout).toContain("'https://b.localhost/'");
  });

  it('asks for an ingress only when the intercept is possible', async () => {
    world.connector.ingresses = [];
    world.connector.answers.check = () => {
      throw new RequestError('conflict', 'web is intercepted by bob');
    };
    const { code, stderr } = await world.byway(...intercept);
    expect({ code, stderr }).toEqual({ code: 5, stderr: 'byway: web is intercepted by bob\n' });
  });

  it.each([
    ['refuses', 422, 5, 'the edge says: It will not do. Try another.'],
    ['does not know the token', 401, 3, 'does not take operator_token'],
    ['breaks', 503, 4, 'the edge says'],
  ])('takes everything back when the edge %s', async (_what, status, exitCode, words) => {
    world.edge.refuse = status;
    const { code, stderr } = await world.byway(...intercept);
    expect(code).toBe(exitCode);
    expect(stderr).toContain(words);
    expect(world.connector.left).toEqual([world.connector.minted[0]!.id]);
    expect(world.state).toMatchObject({ intercepts: [], ending: [], creating: [] });
  });

  it('takes everything back when nobody listens at the edge', async () => {
    await world.edge.stop();
    const { code, stderr } = await world.byway(...intercept);
    expect(code).toBe(4);
    expect(stderr).toContain(`the edge ${world.edgeUrl} cannot be reached`);
    expect(world.connector.left).toHaveLength(1);
    expect(world.state).toMatchObject({ intercepts: [], ending: [], creating: [] });
  });

  it('ends a preview whose answer was lost', async () => {
    world.edge.onCreate = (request) => request.socket.destroy();
    expect((await world.byway(...intercept)).code).toBe(4);
    expect(world.edge.previews).toEqual([]);
    expect(world.state).toMatchObject({ intercepts: [], ending: [], creating: [] });
  });

  it('is taken back when its command is ended before the answer', async () => {
    let go = (): void => {};
    world.edge.onCreate = (_request, response) => {
      const label = world.edge.previews.at(-1)!.label;
      go = () => response.writeHead(201).end(JSON.stringify({ label, url: `http://${label}` }));
    };
    const { child, ended } = world.spawn(...intercept);
    await until(() => world.edge.previews.length === 1, 'no preview');
    child.kill('SIGINT');
    await ended;
    go();
    await until(() => world.connector.left.length === 1, 'the intercept stays');
    await until(() => world.edge.previews.length === 0, 'the preview stays');
    expect(await world.json('status')).toMatchObject({ intercepts: [] });
  });
});

describe('byway leave', () => {
  it('ends the intercept and its preview', async () => {
    await world.json(...intercept);
    const { code, stdout, stderr } = await world.byway('leave', 'web');
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'Left web\n', stderr: '' });
    expect(world.connector.left).toEqual([world.connector.minted[0]!.id]);
    expect(world.edge.previews).toEqual([]);
    const again = await world.byway('leave', 'web');
    expect(again.code).toBe(5);
    expect(again.stderr).toBe('byway: you have no intercept “web”; you have: none\n');
  });

  it('says what the edge has not heard of, and the next daemon tells it', async () => {
    await world.json(...intercept);
    await world.edge.stop();
    const { code, stdout, stderr } = await world.byway('leave', 'web');
    expect({ code, stdout }).toEqual({ code: 4, stdout: 'Left web\n' });
    expect(stderr).toContain(`the edge ${world.edgeUrl} cannot be reached`);
    expect(world.connector.left).toHaveLength(1);
    expect((await world.byway('status')).stdout).toContain(
      '  Previews:      1 still to be ended at the edge\n',
    );
    await world.killDaemon();
    await world.edge.start();
    await world.byway('list');
    await until(() => world.edge.previews.length === 0, 'the preview stays');
    await until(() => world.state.ending.length === 0, 'the entry stays');
  });

  it('works without the connector, which hears of it by the next HELLO', async () => {
    await world.json(...intercept);
    await world.connector.stop();
    const { code, stderr } = await world.byway('leave', 'web');
    expect(code).toBe(4);
    expect(stderr).toContain('cannot be reached');
    expect(world.edge.previews).toEqual([]);
    await world.connector.start();
    await until(() => world.connector.abouts.length === 2, 'the daemon does not come back');
    expect(world.connector.abouts[1]!.tickets).toEqual([]);
  });
});

describe('byway status, list and quit', () => {
  it('start no daemon where none is needed', async () => {
    const status = await world.byway('status');
    expect(status.code).toBe(0);
    expect(status.stdout).toContain('Not connected: the daemon is not running');
    expect((await world.byway('quit')).stdout).toBe('The daemon is not running\n');
    expect(world.daemonPid).toBeUndefined();
  });

  it('show connection and intercepts', async () => {
    await world.json(...intercept, '--preview-url=false');
    expect((await world.byway('status')).stdout).toBe(`Connected
  Context:       http://127.0.0.1:${world.connector.port}
  Proxy:         OFF (networking to the cluster is not enabled)
  Intercepts:    1 total
    web: ${hostname()}
  Edge:          connected
  Tunnel:        0 streams, 0 bytes queued, credit whole
`);
    expect((await world.byway('list')).stdout).toBe(
      'web: ready to intercept (traffic-agent already installed)\n',
    );
    const yaml = await world.byway('list', '--output', 'yaml');
    expect(yaml.stdout).toContain('workloads:\n  - name: web\n');
  });

  it('show a preview as the edge knows it at that moment', async () => {
    const [made] = [await world.json(...intercept)];
    expect(made).toMatchObject({ preview: { state: 'live', access: 'private', hits: 0 } });
    const url = world.edge.previews.map(({ label }) => `http://${label}.preview.localhost`)[0]!;
    world.edge.facts = {
      ...world.edge.facts,
      access: 'public',
      public_until: new Date(Date.now() + 5 * 3_600_000 + 60_000).toISOString(),
      hits: 7,
      last_used_at: new Date().toISOString(),
    };
    const { stdout } = await world.byway('status');
    expect(stdout).toContain(`    web: ${hostname()}\n      Preview URL: ${url}`);
    expect(stdout).toContain(`
      Access     : public for 5 h
      Ends       : in 3 d unless somebody uses it, in 14 d at the latest
      Requests   : 7, the last one less than a minute ago
`);
    const { facts } = world.edge;
    const { intercepts } = (await world.json('status')) as { intercepts: object[] };
    expect(intercepts).toMatchObject([{ preview: { state: 'live', ...facts } }]);
  });

  it('say why a preview has ended, and that it cannot be known while the edge is away', async () => {
    await world.json(...intercept);
    world.edge.previews = [];
    const ending = { reason: 'removed', ended_by: 'carol', ended_at: new Date().toISOString() };
    world.edge.ending = ending;
    expect((await world.byway('status')).stdout).toContain(
      '      State      : ended less than a minute ago: carol has removed it; for a new one leave and intercept again\n',
    );
    const ended = (await world.json('status')) as { intercepts: object[] };
    expect(ended.intercepts).toMatchObject([{ preview: { state: 'ended', ...ending } }]);
    await world.edge.stop();
    const { code, stdout } = await world.byway('status');
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining('not known: the edge http://byway.'),
    ]);
    const away = (await world.json('status')) as { intercepts: object[] };
    expect(away.intercepts).toMatchObject([{ preview: { state: 'unknown' } }]);
    await world.edge.start();
  });

  it('wait for an edge that does not answer, but not for long', async () => {
    await world.json(...intercept);
    world.edge.isSilent = true;
    const { code, stdout } = await world.byway('status');
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining('not known: the edge has not answered within 3 s'),
    ]);
    world.edge.isSilent = false;
  }, 20_000);

  it('quit leaves everything and is over when it says so', async () => {
    await world.json(...intercept);
    const pid = world.daemonPid!;
    const { code, stdout } = await world.byway('quit');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Left web\nThe daemon has ended\n' });
    expect(alive(pid)).toBe(false);
    expect(world.file('.sock')).toBe('');
    expect(world.connector.left).toHaveLength(1);
    expect(world.edge.previews).toEqual([]);
    // At once, while the former one may still be going.
    expect((await world.byway('list')).code).toBe(0);
  });
});

describe('wrong input', () => {
  it.each([
    [2, ['intercept', 'web'], '--port'],
    [2, ['intercept', 'web', '--port', '80:a:b'], '--port 80:a:b: must be LOCAL'],
    [2, ['intercept', 'web', '--port', '80', '--mechanism', 'udp'], 'http, tcp'],
    [2, ['list', '--output', 'xml'], 'text, json, yaml'],
    [2, ['lisst'], 'Did you mean list?'],
    [2, ['leave'], 'name'],
    [3, ['list', '--config', '/nonexistent/byway.yaml'], '/nonexistent/byway.yaml does not exist'],
  ])('ends with %i: %j', async (exitCode, args, words) => {
    const { code, stdout, stderr } = await world.byway(...args);
    expect(code).toBe(exitCode);
    expect(stdout).toBe('');
    expect(stderr).toContain(words);
    expect(stderr.startsWith('byway: ')).toBe(true);
    expect(world.daemonPid).toBeUndefined();
  });

  it('names a wrong key of the configuration with its line', async () => {
    world.configure({ colour: 'red' });
    const { code, stderr } = await world.byway('list');
    expect(code).toBe(3);
    expect(stderr).toBe(
      `byway: ${world.config}:3: colour: unknown key; see docs/configuration.md\n`,
    );
  });

  it('names a connector that is away', async () => {
    await world.connector.stop();
    const { code, stderr } = await world.byway('list');
    expect(code).toBe(4);
    expect(stderr).toContain(
      `the connector http://127.0.0.1:${world.connector.port} cannot be reached`,
    );
  });

  it('does not go on with a daemon of another configuration', async () => {
    await world.byway('list');
    world.configure({});
    const { code, stderr } = await world.byway('list');
    expect(code).toBe(5);
    expect(stderr).toContain('byway quit');
    expect((await world.byway('quit')).code).toBe(0);
    expect((await world.byway('list')).code).toBe(0);
  });
});

it('keeps its log and state for itself', async () => {
  await world.byway('list');
  for (const ending of ['.json', '.log'] as const) {
    expect(statSync(world.file(ending)).mode & 0o077).toBe(0);
  }
  expect(readFileSync(world.file('.log'), 'utf8')).toContain('is ready');
});
