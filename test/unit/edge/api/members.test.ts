/** What a member of the organisation may do there. */
import { describe, expect, it } from 'vitest';
import { acme, alice, bob, carol, ingress, interceptId } from './fake-edge.ts';
import {
  asAdmin,
  asAlice,
  asBob,
  bobsLabel,
  edge,
  key,
  label,
  useTwoOrganisations,
} from './two-organisations.ts';

useTwoOrganisations();

describe('a member', () => {
  it('owns the previews that they make, whatever they say', async () => {
    const wish = { cluster: key, intercept: { id: interceptId('d'), name: 'web' }, ingress };
    const made = await edge.call('POST', '/api/v1/previews', asAlice, wish);
    expect([made.status, made.body.owner]).toEqual([201, alice]);
    const own = await edge.call('POST', '/api/v1/previews', asAlice, {
      ...wish,
      owner: { ...alice, login: 'another-name' },
    });
    expect([own.status, own.body.owner]).toEqual([201, alice]);
    const forBob = await edge.call('POST', '/api/v1/previews', asAlice, { ...wish, owner: bob });
    expect([forBob.status, forBob.body.error.code]).toEqual([403, 'BW-5007']);
  });

  it('changes and removes their own previews only', async () => {
    const change = { access: 'public' };
    const path = (of: string): string => `/api/v1/previews/${of}`;
    for (const [method, body] of [['PATCH', change], ['DELETE']] as const) {
      const foreign = await edge.call(method, path(label), asBob, body);
      expect([foreign.status, foreign.body.error.code]).toEqual([403, 'BW-5007']);
    }
    expect((await edge.call('PATCH', path(label), asAlice, change)).status).toBe(200);
    expect((await edge.call('DELETE', path(label), asAlice)).status).toBe(204);
    expect((await edge.call('PATCH', path(bobsLabel), asAdmin, change)).status).toBe(200);
    expect((await edge.call('DELETE', path(bobsLabel), asAdmin)).status).toBe(204);
  });

  it('does not get at somebody’s preview by asking for the same one again', async () => {
    const again = {
      cluster: key,
      intercept: { id: interceptId('a'), name: 'web' },
      ingress,
      access: 'public',
    };
    expect((await edge.call('POST', '/api/v1/previews', asBob, again)).status).toBe(403);
    expect((await edge.call('GET', `/api/v1/previews/${label}`, asBob)).body.access).toBe(
      'private',
    );
    expect((await edge.call('POST', '/api/v1/previews', asAlice, again)).body.label).toBe(label);
  });

  it.each<[string, string, unknown?]>([
    ['POST', '/clusters', { name: 'mine' }],
    ['PATCH', '/clusters/KEY', { shards: 2 }],
    ['DELETE', '/clusters/KEY'],
    ['PATCH', '/policy', { public_allowed: true }],
    ['POST', '/stop-all'],
    ['GET', '/audit'],
    ['POST', '/tokens', { kind: 'service', name: 'x' }],
    ['POST', '/tokens', { kind: 'service', name: 'x', repository_id: 7 }],
    ['POST', '/tokens', { kind: 'service', name: 'x', cluster: 'KEY' }],
    ['POST', '/tokens', { kind: 'connector', name: 'x', cluster: 'KEY' }],
  ])('needs an owner of the organisation for %s %s', async (method, path, body) => {
    const text = body === undefined ? undefined : JSON.stringify(body).replace('KEY', key);
    const url = `/api/v1${path.replace('KEY', key)}`;
    const answer = await edge.call(method, url, asAlice, text);
    expect([answer.status, answer.body.error.code]).toEqual([403, 'BW-5007']);
    expect(edge.changes).toEqual([]);
    expect((await edge.call(method, url, asAdmin, text)).status).toBeLessThan(300);
  });

  it('with a token to look only changes nothing', async () => {
    const viewer = edge.login(carol, acme, { scopes: ['view'] });
    for (const [method, path, body] of [
      ['POST', '/clusters', { name: 'x' }],
      ['PATCH', `/clusters/${key}`, { shards: 2 }],
      ['DELETE', `/clusters/${key}`],
      ['POST', '/previews', {}],
      ['PATCH', `/previews/${label}`, { access: 'public' }],
      ['DELETE', `/previews/${label}`],
      ['POST', '/tokens', { kind: 'personal', name: 'x' }],
      ['PATCH', '/policy', {}],
      ['POST', '/stop-all'],
    ] as const) {
      const answer = await edge.call(method, `/api/v1${path}`, viewer, body);
      expect([answer.status, answer.body.error.code]).toEqual([403, 'BW-5007']);
    }
    expect(edge.changes).toEqual([]);
    for (const path of ['clusters', `clusters/${key}`, `previews/${label}`, 'audit', 'tokens']) {
      expect((await edge.call('GET', `/api/v1/${path}`, viewer)).status).toBe(200);
    }
  });
});
