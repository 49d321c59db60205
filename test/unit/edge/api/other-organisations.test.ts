/** What belongs to another organisation is as if it never was. */
import { describe, expect, it } from 'vitest';
import { carol, ingress, interceptId, others } from './fake-edge.ts';
import {
  asAdmin,
  asAlice,
  bobsLabel,
  edge,
  foreignKey,
  foreignLabel,
  key,
  me,
  tokenOf,
  useTwoOrganisations,
} from './two-organisations.ts';

useTwoOrganisations();

describe('threat 36: what belongs to another organisation', () => {
  const preview = (cluster: string): object => ({
    cluster,
    intercept: { id: interceptId('f'), name: 'web' },
    ingress,
  });
  const unknownKey = 'aaaaaaaa';
  const unknownLabel = (): string => `amber-otter-${key}a-${'7'.repeat(20)}`;

  it('is answered exactly as what never was, whatever the method', async () => {
    const cases: [string, (id: string) => [string, string, unknown?], string, string][] = [
      ['cluster', (id) => ['GET', `/api/v1/clusters/${id}`], foreignKey, unknownKey],
      [
        'cluster',
        (id) => ['PATCH', `/api/v1/clusters/${id}`, { shards: 2 }],
        foreignKey,
        unknownKey,
      ],
      ['cluster', (id) => ['DELETE', `/api/v1/clusters/${id}`], foreignKey, unknownKey],
      ['list', (id) => ['GET', `/api/v1/previews?cluster=${id}`], foreignKey, unknownKey],
      ['new', (id) => ['POST', '/api/v1/previews', preview(id)], foreignKey, unknownKey],
      ['preview', (id) => ['GET', `/api/v1/previews/${id}`], foreignLabel, unknownLabel()],
      [
        'preview',
        (id) => ['PATCH', `/api/v1/previews/${id}`, { access: 'public' }],
        foreignLabel,
        unknownLabel(),
      ],
      ['preview', (id) => ['DELETE', `/api/v1/previews/${id}`], foreignLabel, unknownLabel()],
      [
        'token',
        (id) => ['POST', '/api/v1/tokens', { kind: 'service', name: 'x', preview: id }],
        foreignLabel,
        unknownLabel(),
      ],
      [
        'token',
        (id) => ['POST', '/api/v1/tokens', { kind: 'connector', name: 'x', cluster: id }],
        foreignKey,
        unknownKey,
      ],
      ...(['clusters', 'tokens', 'policy', 'audit'] as const).map(
        (what) =>
          [
            what,
            (id: string) => ['GET', `/api/v1/${what}?organisation=${id}`] as [string, string],
            '88',
            '99',
          ] as [string, (id: string) => [string, string], string, string],
      ),
      [
        'policy',
        (id) => ['PATCH', `/api/v1/policy?organisation=${id}`, { public_allowed: false }],
        '88',
        '99',
      ],
      ['stop', (id) => ['POST', `/api/v1/stop-all?organisation=${id}`], '88', '99'],
      [
        'register',
        (id) => [
          'POST',
          '/api/v1/clusters',
          { name: 'x', organisation: { id: Number(id), login: 'x' } },
        ],
        '88',
        '99',
      ],
    ];
    for (const [what, request, foreign, unknown] of cases) {
      // Carol is an admin of both, but her login is for one.
      const answers = await Promise.all(
        [foreign, unknown].map(async (id) => {
          const [method, path, body] = request(id);
          const answer = await edge.call(method, path, asAdmin, body);
          return { status: answer.status, text: answer.text.replaceAll(id, 'ID') };
        }),
      );
      expect(answers[0], what).toEqual(answers[1]);
      expect(answers[0]?.status, what).toBe(404);
    }
    expect(edge.changes).toEqual([]);
  });

  it('goes for tokens by their id', async () => {
    const admin88 = edge.login(carol, others);
    const foreign = await tokenOf(admin88, { kind: 'service', name: 'theirs' });
    edge.changes.length = 0;
    for (const id of [foreign.id, 'AAAAAAAAAAAA']) {
      expect((await edge.call('DELETE', `/api/v1/tokens/${id}`, asAdmin)).status).toBe(404);
      expect((await edge.call('POST', `/api/v1/tokens/${id}/rotate`, asAdmin)).status).toBe(404);
    }
    expect(edge.changes).toEqual([]);
    expect((await edge.call('GET', me, foreign.token)).status).toBe(200);
  });

  it('a member sees all of the own organisation and nothing else', async () => {
    const { body } = await edge.call('GET', '/api/v1/clusters', asAlice);
    expect(body.clusters.map((each: { key: string }) => each.key)).toEqual([key]);
    const listed = await edge.call('GET', `/api/v1/previews?cluster=${key}`, asAlice);
    expect(listed.body.previews).toHaveLength(2);
    for (const path of [`clusters/${key}`, `previews/${bobsLabel}`, 'policy']) {
      expect((await edge.call('GET', `/api/v1/${path}`, asAlice)).status).toBe(200);
    }
  });
});
