/** Whom the API takes a bearer for, and what becomes of one that it does not know. */
import { describe, expect, it } from 'vitest';
import { failedRate } from '#edge/api/guesses.ts';
import { makeToken } from '#edge/gate/token.ts';
import type { Membership } from '#edge/github/membership.ts';
import { acme, alice, formerOperatorToken, operatorToken, random } from './fake-edge.ts';
import {
  asAdmin,
  asAlice,
  edge,
  key,
  label,
  me,
  tokenOf,
  useTwoOrganisations,
} from './two-organisations.ts';

useTwoOrganisations();

describe('a bearer is', () => {
  it('the operator, with the token of now and the one that is being replaced (threat 52)', async () => {
    for (const bearer of [operatorToken, formerOperatorToken]) {
      const { status, body } = await edge.call('GET', me, bearer);
      expect(status).toBe(200);
      const scopes = ['view', 'intercept'];
      expect(body).toEqual({ kind: 'operator', user: null, organisation: null, scopes });
    }
  });

  it('a person by a login, for one organisation', async () => {
    expect((await edge.call('GET', me, asAlice)).body).toEqual({
      kind: 'person',
      user: alice,
      organisation: acme,
      scopes: ['view', 'intercept'],
    });
  });

  it('a person by a personal token', async () => {
    const { token } = await tokenOf(asAlice, { kind: 'personal', name: 'ci', scopes: ['view'] });
    expect((await edge.call('GET', me, token)).body).toEqual({
      kind: 'person',
      user: alice,
      organisation: acme,
      scopes: ['view'],
    });
  });

  it('a service', async () => {
    const { token } = await tokenOf(asAdmin, { kind: 'service', name: 'e2e' });
    expect((await edge.call('GET', me, token)).body).toEqual({
      kind: 'service',
      user: null,
      organisation: acme,
      scopes: ['view'],
    });
  });

  it('threat 57: never a connector, which is told so', async () => {
    const { token } = await tokenOf(asAdmin, { kind: 'connector', name: 'c', cluster: key });
    for (const bearer of [token, `bwc_${key}_${'0'.repeat(64)}`]) {
      const { status, body } = await edge.call('GET', me, bearer);
      expect([status, body.error.code]).toEqual([403, 'BW-5008']);
    }
  });

  it('threat 50: nobody by a token that was revoked, has expired or was disabled', async () => {
    const made = await tokenOf(asAlice, { kind: 'personal', name: 'a', expires_in_s: 3600 });
    const service = await tokenOf(asAdmin, { kind: 'service', name: 'b' });
    edge.org(77).tokenStore.setDisabled(service.id, true);
    edge.nowMs += 3_600_000;
    for (const [token, word] of [
      [made.token, 'expired'],
      [service.token, 'disabled'],
    ] as const) {
      const { status, body } = await edge.call('GET', me, token);
      expect([status, body.error.code]).toEqual([401, 'BW-5009']);
      expect(body.error.detail).toContain(word);
    }
    const gone = await tokenOf(asAlice, { kind: 'personal', name: 'c' });
    await edge.call('DELETE', `/api/v1/tokens/${gone.id}`, asAlice);
    expect((await edge.call('GET', me, gone.token)).body.error.code).toBe('BW-5001');
  });
});

describe('threat 32: a person who is no member any more', () => {
  it.each<[Membership, number, string]>([
    [{ kind: 'none' }, 404, 'BW-6002'],
    [{ kind: 'pending' }, 403, 'BW-6003'],
    [{ kind: 'not-installed' }, 403, 'BW-6004'],
    [{ kind: 'suspended' }, 403, 'BW-6005'],
    [{ kind: 'no-permission' }, 403, 'BW-6006'],
    [{ kind: 'saml' }, 403, 'BW-6007'],
    [{ kind: 'unavailable', retryAfterMs: 7000 }, 503, 'BW-6008'],
  ])('is refused and told why: %j', async (membership, status, code) => {
    const { token } = await tokenOf(asAlice, { kind: 'personal', name: 'a' });
    edge.org(77).members.set(alice.id, membership);
    edge.changes.length = 0;
    for (const bearer of [asAlice, token]) {
      for (const [method, path] of [
        ['GET', me],
        ['GET', `/api/v1/previews/${label}`],
        ['DELETE', `/api/v1/previews/${label}`],
      ] as const) {
        const answer = await edge.call(method, path, bearer);
        expect([answer.status, answer.body.error.code]).toEqual([status, code]);
        expect(answer.headers.get('retry-after')).toBe(status === 503 ? '7' : null);
        expect(answer.headers.get('cache-control')).toBe('no-store');
      }
    }
    expect(edge.changes).toEqual([]);
  });
});

describe('threat 60: guesses', () => {
  it('that cannot be tokens are refused before anything is asked', async () => {
    const { token } = makeToken('bwu', random);
    const last = token.endsWith('0') ? '1' : '0';
    for (const bearer of ['x', 'bwu_x', token.slice(0, -1), token.slice(0, -1) + last]) {
      for (let count = 0; count < failedRate.burst + 1; count += 1) {
        expect((await edge.call('GET', me, bearer)).status).toBe(401);
      }
    }
    expect(edge.calls).toEqual([]);
    expect(edge.paces.size).toBe(0);
  });

  it('are limited by address, and then nothing is looked up for a while', async () => {
    const guess = (): Promise<{ status: number; headers: Headers }> =>
      edge.call('GET', me, makeToken('bws', random).token);
    for (let count = 0; count < failedRate.burst; count += 1) {
      expect((await guess()).status).toBe(401);
    }
    const over = await guess();
    expect([over.status, over.headers.get('retry-after')]).toEqual([429, '2']);
    const asked = edge.calls.length;
    expect((await guess()).status).toBe(429);
    expect(edge.calls.length).toBe(asked);
    // The operator is never locked out, nor is anybody elsewhere.
    expect((await edge.call('GET', me, operatorToken)).status).toBe(200);
    edge.address = '192.0.2.2';
    expect((await edge.call('GET', me, asAlice)).status).toBe(200);
    edge.address = '192.0.2.1';
    edge.nowMs += 2000;
    expect((await edge.call('GET', me, asAlice)).status).toBe(200);
  });
});

it('threat 61: no bearer gets into a log line, an answer or the audit log', async () => {
  const made = await tokenOf(asAlice, { kind: 'personal', name: 'a' });
  const guess = makeToken('bws', random).token;
  const bearers = [operatorToken, asAlice, made.token, guess, 'bwc_x'];
  const texts: string[] = [];
  for (const bearer of bearers) {
    for (const path of ['me', 'tokens?organisation=77', 'audit?organisation=77', 'nothing']) {
      texts.push((await edge.call('GET', `/api/v1/${path}`, bearer)).text);
    }
  }
  texts.push(JSON.stringify([edge.logged, edge.audited(), edge.faults.map(String)]));
  for (const bearer of bearers) expect(texts.join('\n')).not.toContain(bearer);
});
