/** Input that cannot be used. */
import { describe, expect, it } from 'vitest';
import {
  edge,
  ingress,
  interceptId,
  organisation,
  owner,
  useScratchEdge,
} from '../scratch-edge.ts';

useScratchEdge();

describe('what cannot be used is refused with its place', () => {
  const preview = {
    cluster: 'aaaaaaaa',
    intercept: { id: interceptId('a'), name: 'web' },
    owner,
    ingress,
  };
  it.each<[string, string, unknown, string]>([
    ['no JSON', 'clusters', '{', 'the body is not JSON'],
    ['nothing', 'clusters', '', 'the body is not JSON'],
    ['a list', 'clusters', [], 'body: '],
    ['an unknown key', 'clusters', { name: 'a', organisation, colour: 1 }, 'colour'],
    [
      'an unknown key inside',
      'clusters',
      { name: 'a', organisation: { ...owner, x: 1 } },
      'organisation: ',
    ],
    ['a missing part', 'clusters', { name: 'a' }, 'organisation: '],
    [
      'a name that is no DNS label',
      'clusters',
      { name: 'A_b', organisation },
      'name: must be a DNS label',
    ],
    [
      'a login as id',
      'clusters',
      { name: 'a', organisation: { id: '77', login: 'x' } },
      'organisation.id: ',
    ],
    [
      'an id beyond exact integers',
      'clusters',
      { name: 'a', organisation: { id: 2 ** 53, login: 'x' } },
      'organisation.id: ',
    ],
    ['an unknown access', 'previews', { ...preview, access: 'org' }, 'access: '],
    [
      'an intercept id of another form',
      'previews',
      { ...preview, intercept: { id: 'x', name: 'x' } },
      'intercept.id: must be 32',
    ],
    [
      'a port beyond ports',
      'previews',
      { ...preview, ingress: { ...ingress, port: 65_536 } },
      'ingress.port: ',
    ],
    ['port 0', 'previews', { ...preview, ingress: { ...ingress, port: 0 } }, 'ingress.port: '],
    [
      'a host with a path',
      'previews',
      { ...preview, ingress: { ...ingress, host: 'a/b' } },
      'ingress.host: must be',
    ],
    [
      'a layer-5 host with a line feed',
      'previews',
      { ...preview, ingress: { ...ingress, l5: 'a\r\nx: y' } },
      'ingress.l5: must be',
    ],
    [
      'a cluster key of another form',
      'previews',
      { ...preview, cluster: '../../x' },
      'cluster: must be a cluster key',
    ],
  ])('%s', async (_what, path, body, words) => {
    const answer = await edge.call('POST', `/api/v1/${path}`, body);
    expect(answer.status).toBe(400);
    expect(answer.body.error.code).toBe('BW-5002');
    expect(answer.body.error.detail).toContain(words);
  });

  it('a cluster that is not there', async () => {
    const answer = await edge.call('POST', '/api/v1/previews', preview);
    expect(answer.status).toBe(404);
    expect(answer.body.error.detail).toContain('“aaaaaaaa”');
  });

  it.each([
    '',
    '?organisation=',
    '?organisation=acme',
    '?organisation=-1',
    `?organisation=${'1'.repeat(16)}`,
  ])('a list of clusters for %j', async (query) => {
    expect((await edge.call('GET', `/api/v1/clusters${query}`)).status).toBe(400);
  });

  it('a body over 64 KiB, announced or not', async () => {
    const bodyOf = (bytes: number): string => {
      const body = JSON.stringify({ name: 'a', organisation, x: '' });
      return body.replace('""', `"${'x'.repeat(bytes - body.length)}"`);
    };
    const limit = 64 * 1024;
    expect((await edge.call('POST', '/api/v1/clusters', bodyOf(limit))).status).toBe(400);
    const over = await edge.call('POST', '/api/v1/clusters', bodyOf(limit + 1));
    expect(over.status).toBe(413);
    expect(over.body.error).toMatchObject({ code: 'BW-5006' });
    const announced = { 'content-length': String(limit + 1) };
    expect((await edge.call('POST', '/api/v1/clusters', '{}', announced)).status).toBe(413);
  });
});
