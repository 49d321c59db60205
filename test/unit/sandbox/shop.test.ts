import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startFile } from '#sandbox/process.ts';
import { startCatalog, startReviews, startWeb } from '#sandbox/shop/shop.ts';
import type { Service } from '#sandbox/shop/service.ts';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});

async function kept(starting: Promise<Service>): Promise<string> {
  const service = await starting;
  open.push(service);
  return `http://127.0.0.1:${service.port}`;
}

/** A server that answers in place of one of the shop's. */
async function standIn(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push({
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function get(
  url: string,
  headers: Record<string, string | string[]> = {},
): Promise<{ status: number; headers: IncomingMessage['headers']; text: string }> {
  const outgoing = request(url, { headers, agent: false }).end();
  const [message] = (await once(outgoing, 'response')) as [IncomingMessage];
  let text = '';
  for await (const part of message.setEncoding('utf8')) text += part as string;
  return { status: message.statusCode ?? 0, headers: message.headers, text };
}

async function shop(version: 'cluster' | 'laptop'): Promise<string> {
  const reviewsUrl = await kept(startReviews({ version }));
  const catalogUrl = await kept(startCatalog({ reviewsUrl }));
  return kept(startWeb({ catalogUrl, title: 'Tea & <Toast>' }));
}

describe('the shop', () => {
  it('shows the cluster’s reviews, without stars', async () => {
    const { status, headers, text } = await get(await shop('cluster'));
    expect(status).toBe(200);
    expect(headers['x-shop-reviews']).toBe('cluster');
    expect(text).toContain('data-reviews-version="cluster"');
    expect(text).toContain('<h2>What people say</h2>');
    expect(text).toContain('Walnut desk lamp');
    expect(text).toContain('Warm light, heavy foot.');
    expect(text).not.toContain('★');
  });

  it('shows the laptop’s reviews with another heading and stars that can be read out', async () => {
    const { headers, text } = await get(await shop('laptop'));
    expect(headers['x-shop-reviews']).toBe('laptop');
    expect(text).toContain('data-reviews-version="laptop"');
    expect(text).toContain('<h2>What people say, now with stars</h2>');
    expect(text).toContain('role="img" aria-label="4 of 5 stars">★★★★☆');
  });

  it('names the version in the answer of every service', async () => {
    const reviewsUrl = await kept(startReviews({ version: 'laptop' }));
    const catalogUrl = await kept(startCatalog({ reviewsUrl }));
    for (const url of [reviewsUrl, catalogUrl])
      expect((await get(url)).headers['x-shop-reviews']).toBe('laptop');
  });

  it('escapes its title and loads nothing from elsewhere', async () => {
    const { text } = await get(await shop('cluster'));
    expect(text).toContain('<h1>Tea &amp; &lt;Toast&gt;</h1>');
    expect(text).not.toMatch(/https?:\/\//);
    expect(text).toContain('color-scheme: light dark');
    expect(text).toContain('<html lang="en">');
  });

  it('hands the context on, hop by hop, copies and all, and nothing else', async () => {
    let seen: IncomingMessage['headersDistinct'] = {};
    const reviewsUrl = await standIn((incoming, response) => {
      seen = incoming.headersDistinct;
      response.end();
    });
    const contextHeaders = ['X-Tenant'];
    const catalogUrl = await kept(startCatalog({ reviewsUrl, contextHeaders }));
    const webUrl = await kept(startWeb({ catalogUrl, contextHeaders }));
    const context = {
      baggage: ['a=1', 'b=2'],
      traceparent: ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'],
      tracestate: ['one=1'],
      'x-telepresence-intercept-id': ['4d2:reviews'],
      'x-telepresence-id': ['alice'],
      'x-tenant': ['blue'],
    };
    await get(webUrl, { ...context, cookie: 'secret=1', 'x-other': '1' });
    expect(seen).toMatchObject(context);
    expect(seen).not.toHaveProperty('cookie');
    expect(seen).not.toHaveProperty('x-other');
  });

  it('refuses a header name that is none', async () => {
    expect(() => startWeb({ catalogUrl: '', contextHeaders: ['a b'] })).toThrow('“a b”');
  });
});

describe('the shop when a service fails', () => {
  it.each([
    ['text', 'text/plain', 'Nothing listens on port 8080 of ada’s laptop'],
    ['JSON', 'application/json', '{"error":{"detail":"Nothing listens on port 8080"}}'],
    ['a page', 'text/html', '<title>x</title><p>Nothing listens\n on port 8080</p>'],
  ])('shows the 502 of reviews, %s, beside the products', async (_what, type, body) => {
    const reviewsUrl = await standIn((_incoming, response) =>
      response.writeHead(502, { 'Content-Type': `${type}; charset=utf-8` }).end(body),
    );
    const catalogUrl = await kept(startCatalog({ reviewsUrl }));
    const { status, headers, text } = await get(await kept(startWeb({ catalogUrl })));
    expect(status).toBe(200);
    expect(headers['x-shop-reviews']).toBe('none');
    expect(text).toContain('Enamel mug');
    expect(text).toMatch(
      /role="alert">Reviews are not available: 502 Nothing listens on port 8080/,
    );
  });

  it('shows the 502 of catalog, and answers 502 itself', async () => {
    const catalogUrl = await standIn((_incoming, response) =>
      response.writeHead(502).end('laptop away <b>'),
    );
    const { status, text } = await get(await kept(startWeb({ catalogUrl })));
    expect(status).toBe(502);
    expect(text).toContain('The catalog is not available: 502 laptop away &lt;b&gt;');
  });

  it.each([
    [
      'closes the connection',
      (_incoming: unknown, { socket }: { socket: unknown }) =>
        (socket as { destroy(): void }).destroy(),
    ],
    [
      'answers what is no JSON',
      (_incoming: unknown, response: { end(text: string): void }) =>
        response.end('<h1>Directory listing</h1>'),
    ],
    [
      'answers other JSON',
      (_incoming: unknown, response: { end(text: string): void }) =>
        response.end('{"entries":{},"products":7}'),
    ],
    [
      'answers more than it should',
      (_incoming: unknown, response: { end(text: string): void }) =>
        response.end('x'.repeat(1024 * 1024 + 1)),
    ],
  ])('goes on when one behind it %s', async (_what, listener) => {
    const url = await standIn(listener as unknown as RequestListener);
    const catalogUrl = await kept(startCatalog({ reviewsUrl: url }));
    const page = await get(await kept(startWeb({ catalogUrl })));
    expect([page.status, page.text.includes('Reviews are not available')]).toEqual([200, true]);
    const broken = await get(await kept(startWeb({ catalogUrl: url })));
    expect([broken.status, broken.text.includes('catalog is not available')]).toEqual([502, true]);
  });

  it('lets the next service know that its caller is gone', async () => {
    const arrived = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    const reviewsUrl = await standIn((_incoming, response) => {
      response.once('close', () => gone.resolve());
      arrived.resolve();
    });
    const catalogUrl = await kept(startCatalog({ reviewsUrl }));
    const outgoing = request(await kept(startWeb({ catalogUrl })), { agent: false }).end();
    outgoing.on('error', () => {});
    await arrived.promise;
    outgoing.destroy();
    await gone.promise;
  });
});

describe('the shop as processes', () => {
  it('says its port, answers, and ends by SIGTERM', async () => {
    const main = 'sandbox/shop/main.ts';
    const reviews = await startFile(main, ['--service', 'reviews', '--version', 'laptop']);
    const reviewsUrl = `http://127.0.0.1:${String(reviews.said.port)}`;
    const catalog = await startFile(main, ['--service', 'catalog', '--reviews', reviewsUrl]);
    const catalogUrl = `http://127.0.0.1:${String(catalog.said.port)}/`;
    const titled = ['--catalog', catalogUrl, '--title', 'Tea'];
    const web = await startFile(main, ['--service', 'web', ...titled]);
    try {
      const { text } = await get(`http://127.0.0.1:${String(web.said.port)}`);
      expect(text).toContain('<title>Tea</title>');
      expect(text).toContain('data-reviews-version="laptop"');
    } finally {
      for (const each of [web, catalog, reviews]) await each.stop();
    }
    expect(await Promise.all([web.ended, catalog.ended, reviews.ended])).toEqual(['0', '0', '0']);
  });

  it.each([
    [['--service', 'cart'], '--service must be'],
    [['--service', 'web'], '--catalog URL is needed'],
    [['--service', 'catalog', '--reviews', 'ftp://x'], 'must be a URL'],
    [['--service', 'reviews', '--port', '65536'], '--port 65536'],
    [['--service', 'reviews', '--version', 'v2'], '--version v2'],
  ])('refuses %j', async (args, message) => {
    await expect(startFile('sandbox/shop/main.ts', args)).rejects.toThrow(message);
  });
});
