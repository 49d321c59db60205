/** Who gets into the API of a whole edge, and what everybody may. */
import { describe, expect, it } from 'vitest';
import { edge, operatorToken, organisation, previewPath, useScratchEdge } from '../scratch-edge.ts';

useScratchEdge();

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
