import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Deliveries, maxAttemptsPerDelivery } from '#edge/github/deliveries.ts';
import { ScratchGitHub } from './scratch-github.ts';

interface Attempt {
  id: number | string;
  guid: string;
  delivered_at: string;
  status: string;
  status_code: number;
}

const route = 'GET /api/app/hook/deliveries';
const pageSize = 100;
let gitHub: ScratchGitHub;
/** Newest first, as GitHub lists them. */
let attempts: Attempt[];

beforeEach(async () => {
  gitHub = await new ScratchGitHub().start();
  attempts = [];
  gitHub.on(route, (_asked, url) => {
    expect(url.searchParams.get('per_page')).toBe(String(pageSize));
    const from = Number(url.searchParams.get('cursor') ?? 0);
    const status = url.searchParams.get('status');
    const all = attempts.filter(
      (each) => status === null || (status === 'success') === each.status_code < 300,
    );
    const query = new URLSearchParams(url.search);
    query.set('cursor', String(from + pageSize));
    const link = `<${gitHub.url}/api/app/hook/deliveries?${query}>; rel="next"`;
    const items = all.slice(from, from + pageSize);
    // An id beyond 2^53 goes over the wire as a number.
    const body = JSON.stringify(items).replaceAll(/"id":"(\d+)"/g, '"id":$1');
    return { body, headers: all.length > from + pageSize ? { link } : {} };
  });
});
afterEach(() => gitHub.stop());

const minute = 60_000;
const attempt = (id: number | string, guid: string, minutesAgo: number, status_code: number) => {
  gitHub.on(`POST /api/app/hook/deliveries/${id}/attempts`, { status: 202, body: {} });
  attempts.push({
    id,
    guid,
    delivered_at: new Date(gitHub.nowMs - minutesAgo * minute).toISOString(),
    status: status_code < 300 ? 'OK' : 'failed to connect to host',
    status_code,
  });
};
const redeliver = () =>
  new Deliveries(gitHub.config, gitHub.services).redeliverFailed(gitHub.nowMs - 60 * minute);
const redelivered = () =>
  gitHub.askedOf('/attempts').map(({ url }) => /deliveries\/(\d+)\//.exec(url)![1]);

describe('deliveries that failed', () => {
  it('cost one call when there are none', async () => {
    attempt(2, 'b', 1, 200);
    attempt(1, 'a', 2, 202);
    expect(await redeliver()).toEqual({ kind: 'redelivered', asked: 0, refused: 0, givenUp: 0 });
    expect(gitHub.asked).toHaveLength(1);
    expect(gitHub.asked[0]!.headers.authorization).toMatch(/^Bearer ey/);
  });

  it('are asked for again, each once, by their last attempt', async () => {
    attempt(9, 'c', 1, 0);
    attempt(8, 'b', 2, 500);
    attempt(7, 'a', 3, 200);
    attempt(6, 'b', 4, 502);
    expect(await redeliver()).toMatchObject({ asked: 2 });
    expect(redelivered()).toEqual(['9', '8']);
  });

  it('are left alone when a later attempt succeeded', async () => {
    attempt(9, 'a', 1, 202);
    attempt(8, 'a', 2, 500);
    expect(await redeliver()).toMatchObject({ asked: 0 });
    expect(redelivered()).toEqual([]);
  });

  it('are left alone when they are older than asked for', async () => {
    attempt(9, 'a', 59, 500);
    attempt(8, 'b', 61, 500);
    await redeliver();
    expect(redelivered()).toEqual(['9']);
  });

  it('are found on later pages, and the list is read no further than needed', async () => {
    for (let index = 0; index < 150; index += 1) attempt(1000 - index, `g${index}`, 1, 200);
    attempt(800, 'x', 30, 500);
    for (let index = 0; index < 300; index += 1) attempt(700 - index, `h${index}`, 70, 200);
    await redeliver();
    expect(redelivered()).toEqual(['800']);
    // One page of failures, then two of everything.
    expect(gitHub.askedOf(route.slice(4)).filter(({ method }) => method === 'GET')).toHaveLength(3);
  });

  it('are given up after some attempts', async () => {
    for (let index = 0; index < maxAttemptsPerDelivery; index += 1)
      attempt(20 - index, 'a', 1, 413);
    for (let index = 1; index < maxAttemptsPerDelivery; index += 1) attempt(9 - index, 'b', 2, 500);
    expect(await redeliver()).toMatchObject({ asked: 1, givenUp: 1 });
    expect(redelivered()).toEqual(['8']);
  });

  it('may have ids beyond 2^53', async () => {
    attempt('9007199254740993', 'a', 1, 500);
    await redeliver();
    expect(redelivered()).toEqual(['9007199254740993']);
  });

  it('that GitHub no longer has hinder no others', async () => {
    attempt(9, 'a', 1, 500);
    attempt(8, 'b', 2, 500);
    gitHub.on('POST /api/app/hook/deliveries/9/attempts', { status: 404, body: {} });
    expect(await redeliver()).toMatchObject({ asked: 1, refused: 1 });
  });

  it('wait when GitHub asks for a pause', async () => {
    attempt(9, 'a', 1, 500);
    attempt(8, 'b', 2, 500);
    const headers = { 'retry-after': '60' };
    gitHub.on('POST /api/app/hook/deliveries/9/attempts', { status: 429, headers });
    expect(await redeliver()).toEqual({ kind: 'unavailable', retryAfterMs: 60_000 });
    expect(redelivered()).toEqual(['9']);
  });

  it('are asked for again by themselves when GitHub stumbles', async () => {
    attempt(9, 'a', 1, 500);
    let stumbles = 1;
    gitHub.on(`POST /api/app/hook/deliveries/9/attempts`, () => ({
      status: (stumbles -= 1) < 0 ? 202 : 502,
      body: {},
    }));
    expect(await redeliver()).toMatchObject({ asked: 1 });
    expect(redelivered()).toEqual(['9', '9']);
  });

  it('cannot be listed by an app that GitHub does not know', async () => {
    gitHub.on(route, { status: 401, body: { message: 'x' } });
    expect(await redeliver()).toMatchObject({ kind: 'unavailable' });
    expect(gitHub.logged.join()).toContain('refuses to list deliveries');
  });
});
