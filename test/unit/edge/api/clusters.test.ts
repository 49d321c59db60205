/** Clusters over the API, also after a restart. */
import { describe, expect, it } from 'vitest';
import { connect, edge, organisation, previewPath, useScratchEdge } from '../scratch-edge.ts';

useScratchEdge();

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
