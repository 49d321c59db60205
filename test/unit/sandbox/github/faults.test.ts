/** docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FaultSeed } from '#sandbox/github/faults.ts';
import { useGitHub } from './client.ts';
import { Receiver } from './receiver.ts';

const client = useGitHub();
const arm = (...faults: FaultSeed[]) =>
  client.fetch('/_sandbox/faults', { method: 'POST', body: JSON.stringify(faults) });

describe('a request that goes wrong', () => {
  it.each<[string, FaultSeed['fault'], number, Record<string, string | null>]>([
    ['500', { kind: 'status', status: 500 }, 500, { 'retry-after': null }],
    ['502', { kind: 'status', status: 502 }, 502, {}],
    [
      'rate limit',
      { kind: 'rate_limit', retry_after: 7 },
      429,
      { 'retry-after': '7', 'x-ratelimit-remaining': '0' },
    ],
    ['secondary limit', { kind: 'secondary_limit' }, 403, { 'retry-after': '60' }],
  ])('%s: as often as asked, then all is well', async (_what, fault, status, headers) => {
    await arm({ fault, times: 2 });
    for (const expected of [status, status, 200]) {
      const answer = await client.api('/users/alice');
      expect(answer.status).toBe(expected);
      if (expected === 200) continue;
      for (const [name, value] of Object.entries(headers))
        expect(answer.headers.get(name)).toBe(value);
    }
  });

  it('only where it is wanted', async () => {
    await arm({
      match: { method: 'get', path: '^/api/v3/users/bob$' },
      fault: { kind: 'status', status: 503 },
    });
    expect((await client.api('/users/alice')).status).toBe(200);
    expect((await client.api('/users/bob')).status).toBe(503);
    expect((await client.api('/users/bob')).status).toBe(200);
  });

  it('slowly: the right answer, later', async () => {
    await arm({ match: { path: 'alice' }, fault: { kind: 'slow', ms: 600_000 } });
    const late = client.api('/users/alice').then(
      () => 'answered',
      () => 'cut',
    );
    const order = await Promise.race([late, client.api('/users/bob').then(() => 'bob first')]);
    expect(order).toBe('bob first');
    await arm({ fault: { kind: 'slow', ms: 1 } });
    expect((await client.api('/users/alice')).body.id).toBe(1001);
  });

  it('without an answer', async () => {
    await arm({ fault: { kind: 'cut' } });
    await expect(client.api('/users/alice')).rejects.toThrow();
    expect((await client.api('/users/alice')).status).toBe(200);
  });

  it('while signing in as well', async () => {
    await arm({
      match: { path: '/login/oauth/access_token' },
      fault: { kind: 'status', status: 500 },
    });
    expect((await client.exchange({ code: 'x' })).status).toBe(500);
    expect((await client.exchange({ code: 'x' })).body.error).toBe('bad_verification_code');
  });

  it('says what is wrong with a fault', async () => {
    for (const bad of [
      {},
      { fault: { kind: 'gremlin' } },
      { fault: { kind: 'cut' }, match: { path: '(' } },
    ]) {
      const { status, body } = await arm(bad as FaultSeed);
      expect([status, body.message]).toEqual([400, expect.stringContaining('no such fault')]);
    }
    expect((await client.fetch('/_sandbox/faults')).body).toEqual([]);
  });
});

describe('an event that goes wrong', () => {
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await Receiver.start();
  });
  beforeEach(() => {
    receiver.heard.length = 0;
    client.app.webhook_url = receiver.url;
  });
  afterAll(() => receiver.stop());

  const remove = async (login: string) => {
    client.github.actions.act({ action: 'remove_member', org: 'sandbox', login });
    await client.github.webhooks.settled();
  };

  it('is lost, and the log has it as failed', async () => {
    await arm({
      match: { event: 'organization', action: 'member_removed' },
      fault: { kind: 'drop_webhook' },
    });
    await remove('bob');
    expect(receiver.heard).toEqual([]);
    const { body } = await client.api('/app/hook/deliveries?status=failure', { as: client.jwt() });
    expect(body).toMatchObject([{ event: 'organization', status_code: 502 }]);
  });

  it('comes twice under one GUID', async () => {
    await arm({ fault: { kind: 'duplicate_webhook' } });
    await remove('bob');
    const guids = receiver.heard.map(({ headers }) => headers['x-github-delivery']);
    expect(guids).toHaveLength(2);
    expect(new Set(guids).size).toBe(1);
  });

  it('is overtaken', async () => {
    await arm({ match: { event: 'membership' }, fault: { kind: 'delay_webhook', ms: 1_000 } });
    client.github.actions.act({ action: 'join_team', org: 'sandbox', login: 'bob' });
    await remove('bob');
    const events = receiver.heard.map(({ headers }) => headers['x-github-event']);
    expect(events).toEqual(['organization', 'membership']);
  });

  const join = (team: string) =>
    client.github.actions.act({ action: 'join_team', org: 'sandbox', login: 'bob', team });
  const teams = () => receiver.heard.map(({ payload }) => payload.team.name);

  it.each([
    [1, ['two', 'one', 'three']],
    [2, ['two', 'three', 'one']],
    // Nothing comes any more that it could wait for.
    [3, ['two', 'three', 'one']],
  ])('is %i behind: in another order, none lost', async (behind, order) => {
    await arm({ fault: { kind: 'reorder_webhook', behind } });
    join('one');
    for (const team of ['two', 'three']) {
      join(team);
      const count = team === 'two' ? 1 + Number(behind === 1) : 0;
      if (count > 0) await expect.poll(teams).toHaveLength(count);
    }
    await client.github.webhooks.settled();
    expect(teams()).toEqual(order);
  });
});
