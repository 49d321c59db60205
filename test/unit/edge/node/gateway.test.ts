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

function ask(host: string, fields: string[] = [], method = 'GET', target = '/'): Promise<Way> {
  return wayOf([host], ['Host', host, ...fields], method, target);
}

function wayOf(hosts: string[], fields: string[], method: string, target: string): Promise<Way> {
  const text = (): Promise<string> => Promise.resolve('');
  return new Promise((resolve) => {
    gateway.way({ method, target, fields, text }, hosts, resolve);
  });
}

function bytesOf(way: Way): string {
  if (way.kind !== 'page') throw new Error(`${way.kind} instead of a page`);
  const { status, reason, fields, body } = way.page;
  return JSON.stringify([status, reason, fields, new TextDecoder().decode(body)]);
}

const closed = ['private', 'ended', 'withdrawn', 'guessed', 'malformed', 'removed'];
const askers: [string, string[], string, string, number][] = [
  ['a person', ['Accept', 'text/html'], 'GET', '/', 401],
  ['a program', [], 'GET', '/', 401],
  ['a preflight', ['Origin', 'https://evil.test'], 'OPTIONS', '/api', 401],
  ['a poster', ['Accept', '*/*'], 'POST', '/api?x=1', 401],
  ['one after the gateway’s own paths', [], 'GET', '/.byway/status', 404],
];

describe.each(askers)('%s', (_who, fields, method, target, status) => {
  it.each(closed)('threat 19: gets the same bytes for a label that is %s', async (which) => {
    const unknown = await ask(`${labels.unknown}.${domain}`, fields, method, target);
    expect(bytesOf(unknown)).toContain(`[${status},`);
    const found = await ask(`${labels[which]}.${domain}`, fields, method, target);
    expect(bytesOf(found)).toBe(bytesOf(unknown));
  });
});

describe('the verdict', () => {
  it('is the same whatever a client claims in path, query and headers (threat 22)', async () => {
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
      const way = await ask(`${labels.private}.${domain}`, fields, 'GET', target);
      expect(bytesOf(way)).toMatch(/^\[401,/);
    }
  });

  it('sets no cookie', async () => {
    expect(bytesOf(await ask(`${labels.private}.${domain}`))).not.toMatch(/set-cookie/i);
  });

  it('threat 37: holds for the next request', async () => {
    const host = `${labels.public}.${domain}`;
    const path = `/api/v1/previews/${labels.public}`;
    expect(bytesOf(await ask(host))).toContain('BW-2001');
    await edge.call('PATCH', path, { access: 'private' });
    expect(bytesOf(await ask(host))).toContain('BW-1001');
    await edge.call('PATCH', path, { access: 'public' });
    expect(bytesOf(await ask(host))).toContain('BW-2001');
  });

  it('relays a public preview through its tunnel, host in any form (threat 18)', async () => {
    const cluster = edge.object(labels.public!);
    const { session, closed: over } = await connect(cluster, { unroute: () => ({}) });
    for (const host of [
      `${labels.public}.${domain}`,
      `${labels.public!.toUpperCase()}.${domain}.`,
      `${labels.public}.${domain}:8443`,
    ]) {
      expect(await ask(host)).toMatchObject({
        kind: 'relay',
        passage: { label: labels.public, keys: [], isPrivate: false },
      });
    }
    session.close(1000, 'done');
    await over;
  });
});

describe('requests that are none', () => {
  it.each([
    ['an unknown host', ['evil.test'], 'GET', '/', 'BW-1002'],
    ['another port that is none', [`x.${domain}:99999`], 'GET', '/', 'BW-1002'],
    ['a label of two parts', [`a.b.${domain}`], 'GET', '/', 'BW-1002'],
    ['a suffix that is longer', [`x.${domain}.evil.test`], 'GET', '/', 'BW-1002'],
    ['two dots at the end', [`x.${domain}..`], 'GET', '/', 'BW-1002'],
    ['the domain alone', [domain], 'GET', '/', 'BW-1002'],
    ['two hosts', ['a.test', 'b.test'], 'GET', '/', 'BW-1003'],
    ['no host', [], 'GET', '/', 'BW-1003'],
    ['CONNECT', [`x.${domain}`], 'CONNECT', 'x:1', 'BW-1004'],
    ['TRACE', [`x.${domain}`], 'TRACE', '/', 'BW-1004'],
    ['absolute form', [`x.${domain}`], 'GET', 'http://x/', 'BW-1003'],
    ['a fragment', [`x.${domain}`], 'GET', '/#x', 'BW-1003'],
    ['* without OPTIONS', [`x.${domain}`], 'GET', '*', 'BW-1003'],
    ['a target that is too long', [`x.${domain}`], 'GET', `/${'x'.repeat(32 * 1024)}`, 'BW-1003'],
  ])('%s', async (_what, hosts, method, target, code) => {
    expect(bytesOf(await wayOf(hosts, [], method, target))).toContain(code);
  });
});
