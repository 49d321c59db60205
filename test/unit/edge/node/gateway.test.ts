import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Gateway, type Way } from '#edge/node/gateway.ts';
import { connect, interceptId, ScratchEdge } from '../scratch-edge.ts';

const domain = 'preview.example.dev';
const edge = new ScratchEdge();
let gateway: Gateway;
const labels: Record<string, string> = {};

beforeAll(async () => {
  await edge.open();
  gateway = new Gateway({ appHost: 'byway.example.com', previewDomain: domain }, edge.directory);
  const { key } = await edge.cluster();
  const made = async (digit: string, access: string): Promise<string> =>
    (await edge.preview(key, { access, intercept: { id: interceptId(digit), name: 'web' } })).body
      .label;
  labels.public = await made('1', 'public');
  labels.private = await made('2', 'private');
  labels.ended = await made('3', 'public');
  await edge.call('DELETE', `/api/v1/previews/${labels.ended}`);
  labels.withdrawn = await made('4', 'public');
  await edge.call('PATCH', `/api/v1/previews/${labels.withdrawn}`, { access: 'private' });
  // Rightly formed, of the same cluster, never issued.
  labels.unknown = labels.public.slice(0, -20) + 'a'.repeat(20);
  labels.guessed = `amber-otter-aaaaaaaaa-${'a'.repeat(20)}`;
  labels.malformed = 'x';
  const gone = await edge.cluster('gone');
  labels.removed = (await edge.preview(gone.key, { access: 'public' })).body.label;
  await edge.call('DELETE', `/api/v1/clusters/${gone.key}`);
});
afterAll(() => edge.stop());

function ask(host: string, fields: string[] = [], method = 'GET', target = '/'): Way {
  return gateway.way(method, target, ['Host', host, ...fields], [host]);
}

function bytesOf(way: Way): string {
  if (way.kind !== 'page') throw new Error(`${way.kind} instead of a page`);
  const { status, reason, fields, body } = way.page;
  return JSON.stringify([status, reason, fields, new TextDecoder().decode(body)]);
}

const closed = ['private', 'ended', 'withdrawn', 'guessed', 'malformed', 'removed'];
const askers: [string, string[], string, string][] = [
  ['a person', ['Accept', 'text/html'], 'GET', '/'],
  ['a program', [], 'GET', '/'],
  ['a preflight', ['Origin', 'https://evil.test'], 'OPTIONS', '/api'],
  ['a poster', ['Accept', '*/*'], 'POST', '/api?x=1'],
  ['one after the gateway’s own paths', [], 'GET', '/.byway/status'],
];

describe.each(askers)('%s', (_who, fields, method, target) => {
  it.each(closed)('gets for a label that is %s the bytes of an unknown one: 401', (which) => {
    const unknown = ask(`${labels.unknown}.${domain}`, fields, method, target);
    expect(bytesOf(unknown)).toMatch(/^\[401,/);
    expect(bytesOf(ask(`${labels[which]}.${domain}`, fields, method, target))).toBe(
      bytesOf(unknown),
    );
  });
});

describe('the verdict', () => {
  it('is the same whatever a client claims in path, query and headers', () => {
    const claims: [string[], string][] = [
      [['X-Forwarded-Host', `${labels.public}.${domain}`], '/'],
      [['X-Forwarded-Uri', '/public'], '/'],
      [['X-Original-Url', '/public'], '/'],
      [['Authorization', 'Bearer x'], '/'],
      [['User-Agent', 'kube-probe/1.30'], '/healthz'],
      [['X-HTTP-Method-Override', 'OPTIONS'], '/'],
      [[], '/?access=public'],
      [[], '/%2e%2e/public%23'],
      [[], '/robots.txt'],
      [[], '/.well-known/acme-challenge/x'],
    ];
    for (const [fields, target] of claims) {
      expect(bytesOf(ask(`${labels.private}.${domain}`, fields, 'GET', target))).toMatch(/^\[401,/);
    }
  });

  it('sets no cookie', () => {
    expect(bytesOf(ask(`${labels.private}.${domain}`))).not.toMatch(/set-cookie/i);
  });

  it('holds for the next request', async () => {
    const host = `${labels.public}.${domain}`;
    const path = `/api/v1/previews/${labels.public}`;
    expect(bytesOf(ask(host))).toContain('BW-2001');
    await edge.call('PATCH', path, { access: 'private' });
    expect(bytesOf(ask(host))).toContain('BW-1001');
    await edge.call('PATCH', path, { access: 'public' });
    expect(bytesOf(ask(host))).toContain('BW-2001');
  });

  it('relays a public preview through its tunnel, host in any form', async () => {
    const cluster = edge.object(labels.public!);
    const { session, closed: over } = await connect(cluster, { unroute: () => ({}) });
    for (const host of [
      `${labels.public}.${domain}`,
      `${labels.public!.toUpperCase()}.${domain}.`,
      `${labels.public}.${domain}:8443`,
    ]) {
      expect(ask(host)).toEqual({ kind: 'relay', session: cluster.session, label: labels.public });
    }
    session.close(1000, 'done');
    await over;
  });
});

describe('requests that are none', () => {
  it.each([
    ['an unknown host', ['evil.test'], 'GET', '/', 'BW-1002'],
    ['two hosts', ['a.test', 'b.test'], 'GET', '/', 'BW-1003'],
    ['no host', [], 'GET', '/', 'BW-1003'],
    ['CONNECT', [`x.${domain}`], 'CONNECT', 'x:1', 'BW-1004'],
    ['TRACE', [`x.${domain}`], 'TRACE', '/', 'BW-1004'],
    ['absolute form', [`x.${domain}`], 'GET', 'http://x/', 'BW-1003'],
    ['a fragment', [`x.${domain}`], 'GET', '/#x', 'BW-1003'],
    ['* without OPTIONS', [`x.${domain}`], 'GET', '*', 'BW-1003'],
    ['a target that is too long', [`x.${domain}`], 'GET', `/${'x'.repeat(32 * 1024)}`, 'BW-1003'],
  ])('%s', (_what, hosts, method, target, code) => {
    expect(bytesOf(gateway.way(method, target, [], hosts))).toContain(code);
  });
});
