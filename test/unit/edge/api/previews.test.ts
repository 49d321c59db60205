/** Previews over the API: made, found, changed, ended and told to the connector. */
import { describe, expect, it } from 'vitest';
import { RequestError } from '#protocol/requests.ts';
import {
  connect,
  edge,
  ingress,
  interceptId,
  owner,
  previewPath,
  useScratchEdge,
} from '../scratch-edge.ts';

useScratchEdge();

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
      pull_search: null,
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
