/** One person is let into a preview by the API: who may say so, for how long, and what is written down. */
import { beforeEach, describe, expect, it } from 'vitest';
import { alice, bob, operatorToken, others, type Answer } from './fake-edge.ts';
import { asAdmin, asAlice, asBob, edge, label, useTwoOrganisations } from './two-organisations.ts';

const mallory = { id: 1004, login: 'mallory' };

useTwoOrganisations();
beforeEach(() => edge.clusterOfLabel(label)?.askFor(label, mallory));

const allow = (bearer: string, body: object = { user_id: mallory.id }): Promise<Answer> =>
  edge.call('POST', `/api/v1/previews/${label}/guests`, bearer, body);
const disallow = (bearer: string, id: number | string = mallory.id): Promise<Answer> =>
  edge.call('DELETE', `/api/v1/previews/${label}/guests/${id}`, bearer);
const lastRow = () => edge.audited().at(-1);

describe('somebody who asks', () => {
  it.each([
    ['the owner of the preview', () => asAlice],
    ['an owner of the organisation', () => asAdmin],
    ['the operator', () => operatorToken],
  ])('is let in by %s, and out again', async (_who, bearer) => {
    const { status, body } = await allow(bearer());
    expect([status, body.askers]).toEqual([200, []]);
    expect(body.allowed).toEqual([{ user: mallory, until: '2026-01-01T04:00:00.000Z' }]);
    expect(lastRow()).toMatchObject({
      action: 'preview.allow',
      subject: label,
      details: { user: mallory.id, user_login: 'mallory', until: '2026-01-01T04:00:00.000Z' },
    });
    expect((await disallow(bearer())).status).toBe(204);
    const seen = await edge.call('GET', `/api/v1/previews/${label}`, bearer());
    expect(seen.body.allowed).toEqual([]);
    expect(lastRow()).toMatchObject({
      action: 'preview.disallow',
      details: { user: mallory.id, user_login: 'mallory' },
    });
    expect((await disallow(bearer())).status).toBe(404);
  });

  it('is let in by no other member, nor by a token without the scope (threat 36)', async () => {
    for (const answer of [await allow(asBob), await disallow(asBob)]) {
      expect([answer.status, answer.body.error.code]).toEqual([403, 'BW-5007']);
    }
    const viewOnly = edge.login(alice, undefined, { scopes: ['view'] });
    expect([(await allow(viewOnly)).status, (await disallow(viewOnly)).status]).toEqual([403, 403]);
    edge.org(others.id).members.set(bob.id, { kind: 'member', role: 'admin' });
    const elsewhere = edge.login(bob, others);
    expect([(await allow(elsewhere)).status, (await disallow(elsewhere)).status]).toEqual([
      404, 404,
    ]);
    expect(edge.changes).toEqual([]);
  });

  it('stays for a minute to 30 days, and for longer or shorter by another word', async () => {
    for (const for_s of [60, 30 * 86_400]) {
      const { status, body } = await allow(asAlice, { user_id: mallory.id, for_s });
      const until = new Date(edge.nowMs + for_s * 1000).toISOString();
      expect([status, body.allowed]).toEqual([200, [{ user: mallory, until }]]);
    }
    for (const for_s of [59, 30 * 86_400 + 1, 61.5, '60', -1]) {
      const { status, body } = await allow(asAlice, { user_id: mallory.id, for_s });
      expect([status, body.error.code]).toEqual([400, 'BW-5002']);
    }
  });

  it('is known by GitHub’s word: whoever has not asked is not let in (threat 34)', async () => {
    for (const user_id of [bob.id, 999_999]) {
      const { status, body } = await allow(asAlice, { user_id });
      expect([status, body.error.detail]).toEqual([404, expect.stringContaining('has asked')]);
    }
    expect((await allow(asAlice, { user_id: mallory.id, login: 'alice' })).status).toBe(400);
    expect((await disallow(asAlice, 'x')).status).toBe(404);
    expect(edge.changes).toEqual([]);
  });

  it('is told of when there are as many guests as may be', async () => {
    edge.maxGuests = 0;
    const { status, body } = await allow(asAlice);
    expect([status, body.error.code]).toEqual([409, 'BW-5004']);
    expect(edge.audited().map(({ action }) => action)).not.toContain('preview.allow');
  });
});
