import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RequestError } from '#protocol/requests.ts';
import {
  connect,
  ingress,
  interceptId,
  operatorToken,
  organisation,
  owner,
  ScratchEdge,
} from '../scratch-edge.ts';

let edge: ScratchEdge;
beforeEach(async () => {
  edge = await new ScratchEdge().open();
});
afterEach(() => {
  edge.stop();
});

const previewPath = (label: string): string => `/api/v1/previews/${label}`;

describe('who may call', () => {
  it.each([
    ['no token', ''],
    ['another token', 'Bearer wrong'],
    ['part of the token', `Bearer ${operatorToken.slice(0, -1)}`],
    ['more than the token', `Bearer ${operatorToken}x`],
    ['another scheme', `Basic ${operatorToken}`],
    ['two tokens', `Bearer ${operatorToken}, Bearer ${operatorToken}`],
    ['a token without end', `Bearer ${'x'.repeat(513)}`],
  ])('not with %s', async (_what, authorization) => {
    const answer = await edge.call('GET', '/api/v1/clusters?organisation=77', undefined, {
      authorization,
    });
    expect(answer.status).toBe(401);
    expect(answer.body.error.code).toBe('BW-5001');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('the operator, however the scheme is written (RFC 9110 §11.1)', async () => {
    for (const authorization of [`Bearer ${operatorToken}`, `bearer ${operatorToken}`]) {
      const headers = { authorization };
      const path = '/api/v1/clusters?organisation=77';
      expect((await edge.call('GET', path, undefined, headers)).status).toBe(200);
    }
  });

  it('threat 57: not a connector, whose token serves its tunnel and nothing else', async () => {
    const { token } = await edge.cluster();
    const headers = { authorization: `Bearer ${token}` };
    const path = '/api/v1/clusters?organisation=77';
    const answer = await edge.call('GET', path, undefined, headers);
    expect([answer.status, answer.body.error.code]).toEqual([403, 'BW-5008']);
  });

  it('anybody may see health and the document, and learns nothing of other paths', async () => {
    const headers = { authorization: '' };
    expect((await edge.call('GET', '/healthz', undefined, headers)).body).toEqual({ status: 'ok' });
    expect((await edge.call('GET', '/api/v1/openapi.json', undefined, headers)).status).toBe(200);
    expect((await edge.call('GET', '/api/v1/nothing', undefined, headers)).status).toBe(401);
    expect((await edge.call('GET', '/api/v1/nothing')).body.error.code).toBe('BW-1005');
  });
});

it('threat 50: a service gets in by a token that it was given, also after a restart', async () => {
  const { key } = await edge.cluster();
  const { label } = (await edge.preview(key)).body;
  const wish = { kind: 'service', name: 'e2e', preview: label, organisation: organisation.id };
  const made = await edge.call('POST', '/api/v1/tokens', wish);
  expect(made.status).toBe(201);
  const { token, id } = made.body as unknown as { token: string; id: string };
  const headers = { authorization: `Bearer ${token}` };
  const see = async (path: string): Promise<number> =>
    (await edge.call('GET', path, undefined, headers)).status;
  for (const again of [false, true]) {
    if (again) await edge.restart();
    expect(await see(previewPath(label))).toBe(200);
    expect(await see(`/api/v1/clusters/${key}`)).toBe(404);
    expect(await see('/api/v1/tokens')).toBe(403);
  }
  expect((await edge.call('DELETE', `/api/v1/tokens/${id}`)).status).toBe(204);
  expect(await see(previewPath(label))).toBe(401);
});

it('threat 59: a report reaches the audit log, also of a preview that has ended', async () => {
  const { key } = await edge.cluster();
  const { label } = (await edge.preview(key)).body;
  for (const ended of [false, true]) {
    if (ended) await edge.call('DELETE', previewPath(label));
    const form = new URLSearchParams({ preview: `${label}.preview.example.dev`, reason: 'x' });
    const response = await edge.app.request('/report', {
      method: 'POST',
      headers: { origin: 'https://byway.example.com' },
      body: form,
    });
    expect(response.status).toBe(200);
  }
  const path = `/api/v1/audit?organisation=${organisation.id}&action=preview.report`;
  const { entries } = (await edge.call('GET', path)).body as unknown as { entries: unknown[] };
  expect(entries).toMatchObject([{ subject: label }, { subject: label }]);
});

describe('clusters', () => {
  it('are registered, listed and removed', async () => {
    const made = await edge.call('POST', '/api/v1/clusters', { name: 'main', organisation });
    expect(made.status).toBe(201);
    const { token, ...record } = made.body;
    expect(token).toMatch(/^bwc_/);
    expect(record).toMatchObject({ name: 'main', organisation });
    await edge.restart();
    const list = (id: number) => edge.call('GET', `/api/v1/clusters?organisation=${id}`);
    expect((await list(organisation.id)).body).toEqual({ clusters: [record] });
    expect((await list(78)).body).toEqual({ clusters: [] });
    expect((await edge.call('DELETE', `/api/v1/clusters/${record.key}`)).status).toBe(204);
    expect((await list(organisation.id)).body).toEqual({ clusters: [] });
    expect((await edge.call('DELETE', `/api/v1/clusters/${record.key}`)).status).toBe(404);
  });

  it('have different names in an organisation', async () => {
    await edge.cluster('main');
    const again = await edge.call('POST', '/api/v1/clusters', { name: 'main', organisation });
    expect(again.status).toBe(409);
    expect(again.body.error).toMatchObject({ code: 'BW-5004' });
    expect(again.body.error.detail).toContain('“main”');
    await edge.cluster('main', { id: 78, login: 'other' });
  });

  it('that are removed take token, previews and tunnel with them, also after a restart', async () => {
    const { key, token } = await edge.cluster();
    const { label } = (await edge.preview(key, { access: 'public' })).body;
    const connector = await connect(edge.directory.find(key, 'a')!, {});
    expect((await edge.call('DELETE', `/api/v1/clusters/${key}`)).status).toBe(204);
    expect(await connector.closed).toBe(4401);
    for (const again of [false, true]) {
      if (again) await edge.restart();
      expect(await edge.directory.ofToken(token, 'a')).toBeUndefined();
      expect((await edge.call('GET', previewPath(label))).status).toBe(404);
      expect((await edge.call('GET', `/api/v1/previews?cluster=${key}`)).status).toBe(404);
      expect((await edge.preview(key)).status).toBe(404);
    }
  });
});

describe('previews', () => {
  it('are private unless said otherwise, and come back as they were made', async () => {
    const { key } = await edge.cluster();
    const made = await edge.preview(key);
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      label: made.body.label,
      url: `https://${made.body.label}.preview.example.dev`,
      cluster: key,
      intercept: { id: interceptId('a'), name: 'web' },
      owner,
      ingress,
      access: 'private',
      public_until: null,
      banner: true,
      source: null,
      gate: 'org',
      pulls: [],
      allowed: [],
      askers: [],
      hits: 0,
      last_viewers: [],
      last_used_at: '2026-01-01T00:00:00.000Z',
      idle_expires_at: '2026-01-04T00:00:00.000Z',
      expires_at: '2026-01-15T00:00:00.000Z',
      created_at: '2026-01-01T00:00:00.000Z',
    });
    await edge.restart();
    expect((await edge.call('GET', previewPath(made.body.label))).body).toEqual(made.body);
    expect((await edge.call('GET', `/api/v1/previews?cluster=${key}`)).body).toEqual({
      previews: [made.body],
    });
  });

  it('are made once for an intercept and ingress, and anew after they ended', async () => {
    const { key } = await edge.cluster();
    const first = (await edge.preview(key)).body;
    expect((await edge.preview(key)).body).toEqual(first);
    const other = await edge.preview(key, {
      intercept: { id: interceptId('b'), name: 'web' },
    });
    expect(other.body.label).not.toBe(first.label);
    expect((await edge.call('DELETE', previewPath(first.label))).status).toBe(204);
    const next = (await edge.preview(key)).body;
    expect(next.label).not.toBe(first.label);
    expect((await edge.call('GET', previewPath(first.label))).status).toBe(404);
    expect((await edge.call('DELETE', previewPath(first.label))).status).toBe(404);
    expect((await edge.call('PATCH', previewPath(first.label), { access: 'public' })).status).toBe(
      404,
    );
  });

  it('say why they are over, when, and by whose word', async () => {
    const { key } = await edge.cluster();
    const { label } = (await edge.preview(key)).body;
    const ending = `${previewPath(label)}/ending`;
    expect((await edge.call('GET', ending)).status).toBe(404);
    const wrong = await edge.call('DELETE', `${previewPath(label)}?reason=boredom`);
    expect([wrong.status, wrong.body.error.detail]).toEqual([
      400,
      expect.stringContaining('must be removed or left'),
    ]);
    expect((await edge.call('DELETE', `${previewPath(label)}?reason=left`)).status).toBe(204);
    await edge.restart();
    const told = { label, reason: 'left', ended_by: 'operator' };
    expect((await edge.call('GET', ending)).body).toMatchObject(told);
    expect((await edge.call('GET', ending, undefined, { authorization: '' })).status).toBe(401);
    const { body } = await edge.call('GET', '/api/v1/audit?organisation=77&action=preview.remove');
    expect(body).toMatchObject({ entries: [{ subject: label, details: { reason: 'left' } }] });
    const again = (await edge.preview(key)).body.label;
    await edge.call('DELETE', previewPath(again));
    expect((await edge.call('GET', `${previewPath(again)}/ending`)).body).toMatchObject({
      reason: 'removed',
    });
  });

  it('end by themselves, and say so', async () => {
    const { key } = await edge.cluster();
    const { label } = (await edge.preview(key)).body;
    edge.directory.find(key, 'a')!.remove(label, 'expired');
    const { body } = await edge.call('GET', `${previewPath(label)}/ending`);
    expect(body).toMatchObject({ reason: 'expired', ended_by: null });
  });

  it('never get a label twice, even where chance repeats itself', async () => {
    const { key } = await edge.cluster();
    let turn = 0;
    edge.chance = (count) => new Uint8Array(count).fill(turn++ < 4 ? 1 : turn);
    const first = (await edge.preview(key)).body.label;
    await edge.call('DELETE', previewPath(first));
    const second = (await edge.preview(key)).body.label;
    expect(second).not.toBe(first);
    expect(turn).toBeGreaterThanOrEqual(5);
  });

  it('change access for good', async () => {
    const { key } = await edge.cluster();
    const { label } = (await edge.preview(key)).body;
    const change = await edge.call('PATCH', previewPath(label), { access: 'public' });
    expect(change.status).toBe(200);
    expect(change.body.access).toBe('public');
    await edge.restart();
    expect((await edge.call('GET', previewPath(label))).body.access).toBe('public');
  });

  it('are found by exactly their label', async () => {
    const { key } = await edge.cluster();
    const { label } = (await edge.preview(key)).body;
    for (const path of [label.toUpperCase(), `${label}.`, label.slice(0, -1), '%2e%2e', 'x']) {
      expect((await edge.call('GET', previewPath(path))).status).toBe(404);
    }
  });

  it('are told to the connector, whose no is the answer and leaves nothing', async () => {
    const { key } = await edge.cluster();
    const asked: Record<string, unknown>[] = [];
    let refuse = true;
    await connect(edge.directory.find(key, 'a')!, {
      route(params) {
        asked.push(params);
        if (refuse) throw new RequestError('ingress_refused', 'it does not dial 169.254.169.254');
        return {};
      },
    });
    const refused = await edge.preview(key);
    expect(refused.status).toBe(422);
    expect(refused.body.error).toMatchObject({
      code: 'BW-5005',
      detail: 'it does not dial 169.254.169.254',
    });
    expect((await edge.call('GET', `/api/v1/previews?cluster=${key}`)).body.previews).toEqual([]);
    refuse = false;
    const made = await edge.preview(key);
    expect(made.status).toBe(201);
    expect(asked[1]).toEqual({
      label: made.body.label,
      origin: made.body.url,
      intercept: made.body.intercept,
      ingress,
    });
  });

  it('are all told to a connector that comes later', async () => {
    const { key } = await edge.cluster();
    const { label } = (await edge.preview(key)).body;
    const { control } = await connect(edge.directory.find(key, 'a')!, {});
    expect(control).toMatchObject([{ type: 'routes', routes: [{ label, ingress }] }]);
  });
});

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

it('a fault of our own is reported, and answered without its words', async () => {
  const { key } = await edge.cluster();
  edge.directory.close();
  const answer = await edge.preview(key);
  expect(answer.status).toBe(500);
  expect(answer.body.error.code).toBe('BW-9001');
  expect(edge.faults).toHaveLength(1);
  expect(JSON.stringify(answer.body)).not.toContain(edge.faults[0]!.message);
  await edge.open();
});
