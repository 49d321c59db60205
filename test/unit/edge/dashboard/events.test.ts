/** The live feed: who hears it, what it says, when it ends. */
import { beforeEach, describe, expect, it } from 'vitest';
import { maxStreamsPerPerson, streamLifeMs } from '#edge/dashboard/events.ts';
import { acme, alice, bob, carol, others } from '../api/fake-edge.ts';
import { FakeDashboard, type Browser } from './fake-dashboard.ts';

const byEventSource = {
  accept: 'text/event-stream',
  'sec-fetch-mode': 'cors',
  'sec-fetch-dest': 'empty',
  'sec-fetch-site': 'same-origin',
};

let edge: FakeDashboard;
let key: string;
let asAlice: Browser;
/** Streams that wait for the next tick. */
let waiting: (() => void)[];

beforeEach(async () => {
  waiting = [];
  edge = await new FakeDashboard().start({
    pause: () => new Promise((resolve) => waiting.push(resolve)),
  });
  key = await edge.newCluster();
  const member = { kind: 'member', role: 'member' } as const;
  edge.org(acme.id).members.set(alice.id, member).set(bob.id, member);
  edge.org(others.id).members.set(bob.id, member);
  asAlice = edge.browser(alice);
  await asAlice.get('/dashboard');
});

/** Two seconds, or more, later. */
function tick(ms = 2000): void {
  edge.nowMs += ms;
  for (const each of waiting.splice(0)) each();
}

class Listener {
  readonly response: Response;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(response: Response) {
    this.response = response;
    this.#reader = response.body!.getReader();
  }

  static async of(browser: Browser, path = '/dashboard/events'): Promise<Listener> {
    const listener = new Listener(await browser.raw(path, { headers: byEventSource }));
    expect(listener.response.status).toBe(200);
    expect(await listener.next()).toBe('retry: 2000\n\n');
    return listener;
  }

  /** undefined: it has ended. */
  async next(): Promise<string | undefined> {
    const { value } = await this.#reader.read();
    return value && new TextDecoder().decode(value);
  }

  stop(): Promise<void> {
    return this.#reader.cancel();
  }
}

/** Until a stream waits again. */
async function settled(count = 1): Promise<void> {
  while (waiting.length < count) await new Promise((resolve) => setImmediate(resolve));
}

it('says what there is, then each change, and nothing in between', async () => {
  const listener = await Listener.of(asAlice);
  expect(listener.response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  const first = await listener.next();
  expect(first).toMatch(
    /^event: lists\ndata: \{"previews":"[\w-]{16}","clusters":"[\w-]{16}"\}\n\n$/,
  );
  await settled();
  tick();
  await settled();
  await edge.newPreview(key, alice);
  tick();
  const second = await listener.next();
  expect(second).toMatch(/^event: lists/);
  expect(second).not.toBe(first);
  const { text } = await asAlice.get('/dashboard');
  const shown = /data-now="([^"]+)"/.exec(text)?.[1] ?? 'none';
  expect(second).toContain(`"previews":"${shown}"`);
  await listener.stop();
});

it('sends a heartbeat when nothing changes for 15 s', async () => {
  const listener = await Listener.of(asAlice);
  await listener.next();
  for (let seconds = 0; seconds < 16; seconds += 2) {
    await settled();
    tick();
  }
  expect(await listener.next()).toBe(': \n\n');
  await listener.stop();
});

it('asks the objects once for all that listen to one organisation', async () => {
  const asBob = edge.browser(bob);
  await asBob.get('/dashboard');
  const org = edge.org(acme.id);
  let asked = 0;
  const clusters = org.clusters.bind(org);
  org.clusters = () => {
    asked += 1;
    return clusters();
  };
  const listeners = [];
  for (const each of [asAlice, asAlice, asBob]) {
    listeners.push(await Listener.of(each));
    await listeners.at(-1)?.next();
  }
  await settled(3);
  expect(asked).toBe(1);
  tick();
  await settled(3);
  expect(asked).toBe(2);
  for (const each of listeners) await each.stop();
});

it.each([
  ['the login', () => edge.logins.clear()],
  ['the membership', () => edge.org(acme.id).members.delete(alice.id)],
])('ends when %s ends (threats 32 and 42)', async (_name, end) => {
  const listener = await Listener.of(asAlice);
  await listener.next();
  await settled();
  end();
  tick(4000);
  expect(await listener.next()).toBe('event: over\ndata: -\n\n');
  expect(await listener.next()).toBeUndefined();
});

it('ends by itself after a while, and the browser connects anew', async () => {
  const listener = await Listener.of(asAlice);
  await listener.next();
  await settled();
  tick(streamLifeMs);
  expect(await listener.next()).toBeUndefined();
});

it('goes on when an object does not answer once', async () => {
  const listener = await Listener.of(asAlice);
  await listener.next();
  await settled();
  const org = edge.org(acme.id);
  const clusters = org.clusters.bind(org);
  org.clusters = () => Promise.reject(new Error('away'));
  tick();
  await settled();
  org.clusters = clusters;
  await edge.newPreview(key, alice);
  tick();
  expect(await listener.next()).toMatch(/^event: lists/);
  await listener.stop();
});

it('is open twenty times for one person, and not once more (threat 60)', async () => {
  const listeners = [];
  for (let index = 0; index < maxStreamsPerPerson; index += 1) {
    listeners.push(await Listener.of(asAlice));
  }
  const more = await asAlice.raw('/dashboard/events', { headers: byEventSource });
  expect(more.status).toBe(429);
  const asBob = edge.browser(bob);
  await asBob.get('/dashboard');
  listeners.push(await Listener.of(asBob));
  await listeners[0]?.stop();
  listeners.push(await Listener.of(asAlice));
  for (const each of listeners) await each.stop();
});

it('does not begin for HEAD, whose stream nobody would end', async () => {
  for (let index = 0; index <= maxStreamsPerPerson; index += 1) {
    const answer = await asAlice.raw('/dashboard/events', {
      method: 'HEAD',
      headers: byEventSource,
    });
    expect(answer.status).toBe(405);
  }
  await (await Listener.of(asAlice)).stop();
});

describe('threat 42: the feed is for pages of ours', () => {
  it.each([
    ['a foreign Origin', { origin: 'https://evil.example' }],
    ['a preview’s Origin', { origin: 'https://amber-otter.preview.example.dev' }],
    ['null', { origin: 'null' }],
    ['another site by its own word', { 'sec-fetch-site': 'cross-site' }],
    ['a sibling by its own word', { 'sec-fetch-site': 'same-site' }],
    ['an address that was typed', { 'sec-fetch-site': 'none' }],
  ])('is refused: %s (threat 42)', async (_name, headers) => {
    const sent = { ...byEventSource, ...(headers as Record<string, string>) };
    const response = await asAlice.raw('/dashboard/events', { headers: sent });
    expect(response.status).toBe(403);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('is refused without the Strict cookie, which no other site’s request brings (threat 42)', async () => {
    asAlice.cookies.delete('__Host-byway_dash');
    const response = await asAlice.raw('/dashboard/events', { headers: byEventSource });
    expect(response.status).toBe(403);
  });

  it('is 401 without a login, and no login begins (threat 42)', async () => {
    const response = await edge.stranger().raw('/dashboard/events', { headers: byEventSource });
    expect(response.status).toBe(401);
    expect(response.headers.get('set-cookie')).toBeNull();
  });

  it('is of the login’s own organisation, whichever is asked for (threats 36 and 42)', async () => {
    for (const organisation of ['others', '88', 'no-such']) {
      const path = `/dashboard/events?organisation=${organisation}`;
      expect((await asAlice.raw(path, { headers: byEventSource })).status).toBe(404);
    }
    const asBob = edge.browser(bob, [others]);
    await asBob.get('/dashboard');
    const listener = await Listener.of(asBob);
    await listener.next();
    await settled();
    await edge.newPreview(key, carol);
    tick();
    await settled();
    tick(15_000);
    expect(await listener.next()).toBe(': \n\n');
    await listener.stop();
  });
});
