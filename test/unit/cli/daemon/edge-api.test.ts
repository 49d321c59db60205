import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { EdgeApi } from '#cli/daemon/edge-api.ts';
import { operatorAccess } from '#cli/login/authorized-call.ts';

const token = 'operator-token-0123456789';
const preview = {
  cluster: 'abcdefgh',
  intercept: { id: '0'.repeat(32), name: 'web' },
  owner: { id: 1, login: 'alice' },
  ingress: { host: 'h', port: 80, tls: false, l5: 'l' },
  access: 'private' as const,
};
let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function edge(listener: RequestListener): Promise<EdgeApi> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return new EdgeApi(operatorAccess({ url: `http://byway.localhost:${port}`, token }));
}

function answer(status: number, body: unknown): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  };
}

const error = { error: { code: 'BW-1', detail: 'No.', action: 'Do this.' } };

describe('the edge’s API', () => {
  it('is called under *.localhost names, with the bearer and the name as Host', async () => {
    let seen = {};
    const api = await edge((request, response) => {
      const { host, authorization } = request.headers;
      seen = { method: request.method, url: request.url, host: host?.split(':')[0], authorization };
      response.writeHead(201).end(JSON.stringify({ label: 'l', url: 'http://l' }));
    });
    const now = { state: 'unknown', problem: '' };
    await expect(api.create(preview)).resolves.toEqual({ label: 'l', url: 'http://l', now });
    expect(seen).toEqual({
      method: 'POST',
      url: '/api/v1/previews',
      host: 'byway.localhost',
      authorization: `Bearer ${token}`,
    });
  });

  it.each([
    [401, error, 'not_configured', 'the edge says: No. Do this.'],
    [422, error, 'preview', 'the edge says: No. Do this.'],
    [403, { error: { ...error.error, code: 'BW-5007' } }, 'preview', 'the edge says: No.'],
    [502, error, 'outcome_unknown', 'the edge says'],
    [201, { other: 1 }, 'outcome_unknown', 'another version'],
    [404, 'nothing', 'preview', 'answered 404'],
  ])('a %i to a creation', async (status, body, code, message) => {
    const api = await edge(answer(status, body));
    const failure: unknown = await api.create(preview).catch((reason: unknown) => reason);
    expect(failure).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it('does not know the outcome when a creation breaks off, and does when nobody listens', async () => {
    const api = await edge((request) => request.socket.destroy());
    await expect(api.create(preview)).rejects.toMatchObject({ code: 'outcome_unknown' });
    await expect(api.remove('l')).rejects.toMatchObject({ code: 'unreachable' });
    await new Promise((resolve) => server!.close(resolve));
    await expect(api.create(preview)).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('is told apart from something else that answers', async () => {
    const api = await edge((_request, response) => response.end('<html>'));
    await expect(api.remove('l')).rejects.toThrow('is edge_url right?');
  });

  it('ends a preview that is gone already', async () => {
    const api = await edge(answer(404, error));
    await expect(api.remove('l')).resolves.toBeUndefined();
  });

  it('does not take somebody who is no member any more for a preview that is gone', async () => {
    const denial = { error: { ...error.error, code: 'BW-6002' } };
    const api = await edge(answer(404, denial));
    const over = { code: 'not_configured', message: expect.stringContaining('No. Do this.') };
    await expect(api.remove('l')).rejects.toMatchObject(over);
    await expect(api.removeOf('abcdefgh', '1')).rejects.toMatchObject(over);
  });

  it('leaves the owner to the edge where a person has logged in', async () => {
    const bodies: unknown[] = [];
    const operator = await edge((request, response) => {
      let text = '';
      request.on('data', (bytes: Buffer) => (text += bytes.toString()));
      request.on('end', () => {
        bodies.push(JSON.parse(text));
        response.writeHead(201).end(JSON.stringify({ label: 'l', url: 'http://l' }));
      });
    });
    await operator.create(preview);
    const { port } = server!.address() as AddressInfo;
    const access = operatorAccess({ url: `http://byway.localhost:${port}`, token });
    await new EdgeApi({ ...access, source: 'login', isPerson: true }).create(preview);
    const { owner, ...rest } = preview;
    expect(bodies).toEqual([{ ...rest, owner }, rest]);
  });

  it('finds the previews of an intercept and ends those only', async () => {
    const removed: (string | undefined)[] = [];
    const api = await edge((request, response) => {
      if (request.method === 'DELETE') {
        removed.push(request.url);
        response.writeHead(204).end();
        return;
      }
      expect(request.url).toBe('/api/v1/previews?cluster=abcdefgh');
      const of = (label: string, id: string) => ({ label, intercept: { id } });
      response.end(JSON.stringify({ previews: [of('a', '1'), of('b', '2'), of('c', '1')] }));
    });
    await api.removeOf('abcdefgh', '1');
    const paths = ['/api/v1/previews/a?reason=left', '/api/v1/previews/c?reason=left'];
    expect(removed).toEqual(paths);
  });

  const live = {
    access: 'public',
    public_until: '2030-01-01T00:00:00.000Z',
    expires_at: '2030-01-02T00:00:00.000Z',
    idle_expires_at: null,
    hits: 3,
    last_used_at: null,
  };
  const ending = { reason: 'expired', ended_by: null, ended_at: '2030-01-01T00:00:00.000Z' };

  it.each([
    ['lives', [200, live], undefined, { state: 'live', ...live }],
    ['has ended', [404, error], [200, ending], { state: 'ended', ...ending }],
    [
      'has ended, nobody knows why',
      [404, error],
      [404, error],
      { state: 'ended', reason: null, ended_by: null, ended_at: null },
    ],
    ['is of another version', [200, { other: 1 }], undefined, { state: 'unknown', problem: '' }],
  ] as const)('says of a preview that it %s', async (_what, first, second, expected) => {
    const api = await edge((request, response) => {
      const isFirst = request.url === '/api/v1/previews/l';
      expect(isFirst || request.url === '/api/v1/previews/l/ending').toBe(true);
      const [status, body] = isFirst ? first : (second ?? [500, error]);
      response.writeHead(status).end(JSON.stringify(body));
    });
    await expect(api.look('l')).resolves.toEqual(expected);
  });

  it.each([
    [503, error, 'unreachable'],
    [401, error, 'not_configured'],
    [404, { error: { ...error.error, code: 'BW-6002' } }, 'not_configured'],
  ])('does not take a %i for an end of the preview', async (status, body, code) => {
    const api = await edge(answer(status, body));
    await expect(api.look('l')).rejects.toMatchObject({ code });
  });
});
