/** What a service may do, within what its token is bound to. */
import { describe, expect, it } from 'vitest';
import { bob, ingress, interceptId } from './fake-edge.ts';
import {
  asAdmin,
  bobsLabel,
  edge,
  foreignLabel,
  key,
  label,
  tokenOf,
  useTwoOrganisations,
} from './two-organisations.ts';

useTwoOrganisations();

describe('a service', () => {
  const wish = (cluster: string, more: object = {}): object => ({
    cluster,
    intercept: { id: interceptId('e'), name: 'web' },
    owner: bob,
    ingress,
    ...more,
  });

  it('sees what its token is bound to, and nothing beside it', async () => {
    const seen = async (binding: object): Promise<number[]> => {
      const { token } = await tokenOf(asAdmin, { kind: 'service', name: 's', ...binding });
      const paths = [
        `clusters/${key}`,
        `previews?cluster=${key}`,
        `previews/${label}`,
        `previews/${bobsLabel}`,
        `previews/${foreignLabel}`,
      ];
      const answers = paths.map((path) => edge.call('GET', `/api/v1/${path}`, token));
      return (await Promise.all(answers)).map(({ status }) => status);
    };
    expect(await seen({})).toEqual([200, 200, 200, 200, 404]);
    expect(await seen({ cluster: key })).toEqual([200, 200, 200, 200, 404]);
    expect(await seen({ preview: label })).toEqual([404, 404, 200, 404, 404]);
    expect(await seen({ repository_id: 7 })).toEqual([404, 404, 404, 404, 404]);
    const { token } = await tokenOf(asAdmin, { kind: 'service', name: 's', preview: label });
    expect((await edge.call('GET', '/api/v1/clusters', token)).body).toEqual({ clusters: [] });
  });

  it('changes previews within its binding, with the scope for it', async () => {
    const scopes = ['view', 'intercept'];
    const path = (of: string): string => `/api/v1/previews/${of}`;
    const viewer = await tokenOf(asAdmin, { kind: 'service', name: 's' });
    expect((await edge.call('POST', '/api/v1/previews', viewer.token, wish(key))).status).toBe(403);
    const one = await tokenOf(asAdmin, { kind: 'service', name: 's', preview: label, scopes });
    const change = { access: 'private' };
    expect((await edge.call('PATCH', path(label), one.token, change)).status).toBe(200);
    expect((await edge.call('PATCH', path(bobsLabel), one.token, change)).status).toBe(404);
    expect((await edge.call('POST', '/api/v1/previews', one.token, wish(key))).status).toBe(404);
    const all = await tokenOf(asAdmin, { kind: 'service', name: 's', scopes });
    const made = await edge.call('POST', '/api/v1/previews', all.token, wish(key));
    expect([made.status, made.body.owner]).toEqual([201, bob]);
    const nameless = { ...wish(key), owner: undefined };
    expect((await edge.call('POST', '/api/v1/previews', all.token, nameless)).status).toBe(400);
    expect((await edge.call('DELETE', path(bobsLabel), all.token)).status).toBe(204);
    expect((await edge.call('DELETE', path(foreignLabel), all.token)).status).toBe(404);
    expect(edge.audited().at(-1)).toMatchObject({
      actor: `token:${all.id}`,
      action: 'preview.remove',
      subject: bobsLabel,
    });
  });

  it('has nothing to do with clusters, tokens, policy and audit', async () => {
    const scopes = ['view', 'intercept'];
    const { token } = await tokenOf(asAdmin, { kind: 'service', name: 's', scopes });
    edge.changes.length = 0;
    for (const [method, path, body] of [
      ['POST', '/clusters', { name: 'x' }],
      ['DELETE', `/clusters/${key}`],
      ['GET', '/tokens'],
      ['POST', '/tokens', { kind: 'service', name: 'x' }],
      ['GET', '/policy'],
      ['PATCH', '/policy', {}],
      ['POST', '/stop-all'],
      ['GET', '/audit'],
    ] as const) {
      expect((await edge.call(method, `/api/v1${path}`, token, body)).status).toBe(403);
    }
    expect(edge.changes).toEqual([]);
  });
});
