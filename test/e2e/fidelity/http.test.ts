/** What HTTP/1.1 carries arrives as it was sent, both ways (RFC 9110, RFC 9112). */
import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { on } from '../engine.ts';
import { answerTo, awaited, bodyOf, Scene, valuesOf } from './scene.ts';

const scene = new Scene();
beforeAll(() => scene.start());
afterAll(() => scene.stop());

const mebibyte = 1024 * 1024;

function checksum(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** workerd folds dot segments, and refuses some characters that RFC 3986 does not allow. */
function targetInWorkerd(path: string): string | undefined {
  if (/["<>`]/.test(path)) return undefined;
  return (
    new Map([
      ['/a%2Fb/%41/../c;x?q=%20&&', '/a%2Fb/c;x?q=%20&&'],
      ['/.', '/'],
      ['/a/./b/../c/', '/a/c/'],
    ]).get(path) ?? path
  );
}

/** Fields of one name are joined; bytes that are no UTF-8 are replaced. */
function valueInWorkerd(value: string): string {
  if (value === 'one' || value === 'two') return 'one, two';
  return value === 'caf\u00e9' ? 'caf\u00ef\u00bf\u00bd' : value;
}

/** The laptop answers with how it saw the request. */
function mirror(): void {
  scene.laptop = (request, response) => {
    void bodyOf(request).then((body) =>
      response.end(
        JSON.stringify({
          method: request.method,
          url: request.url,
          length: request.headers['content-length'] ?? null,
          encoding: request.headers['transfer-encoding'] ?? null,
          body: body.toString(),
        }),
      ),
    );
  };
}

describe('answers', () => {
  it('keeps Content-Length and sends no body for HEAD, 204 and 304, and the connection goes on', async () => {
    scene.laptop = (request, response) => {
      if (request.url === '/204') response.writeHead(204, { 'X-Kind': 'none' }).end();
      else if (request.url === '/304') response.writeHead(304, { ETag: '"v1"' }).end();
      else response.writeHead(200, { 'Content-Length': 5 }).end('hello');
    };
    const client = await scene.raw();
    const ask = async (line: string, end: RegExp): Promise<string> => {
      client.send(`${line} HTTP/1.1\r\nHost: ${scene.host}\r\n\r\n`);
      return client.take(end);
    };
    const head = await ask('HEAD /', /\r\n\r\n/);
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(head).toMatch(/\r\nContent-Length: 5\r\n/i);
    const none = await ask('GET /204', /\r\n\r\n/);
    expect(none).toMatch(/^HTTP\/1\.1 204 No Content\r\n/);
    expect(none).toMatch(/\r\nX-Kind: none\r\n/);
    expect(none).not.toMatch(/\r\n(Content-Length|Transfer-Encoding):/i);
    const same = await ask('GET /304', /\r\n\r\n/);
    expect(same).toMatch(/^HTTP\/1\.1 304 Not Modified\r\n/);
    expect(same).toMatch(/\r\nETag: "v1"\r\n/);
    for (const text of [head, none, same]) expect(text.endsWith('\r\n\r\n')).toBe(true);
    const whole = await ask('GET /', /hello/);
    expect(whole.endsWith('\r\n\r\nhello')).toBe(true);
    client.socket.destroy();
  });

  it('keeps the Content-Length of a HEAD whose body would be long', async () => {
    scene.laptop = (_request, response) =>
      response.writeHead(200, { 'Content-Length': 7_000_000_000, 'X-A': 'b' }).end();
    const { head, body } = await scene.ask({ method: 'HEAD' });
    expect(head.headers['content-length']).toBe('7000000000');
    expect(head.headers['x-a']).toBe('b');
    expect(body).toHaveLength(0);
  });

  it('relays a range as 206', async () => {
    const whole = randomBytes(1000);
    scene.laptop = (request, response) => {
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
      const part = whole.subarray(Number(from), Number(to) + 1);
      response
        .writeHead(206, {
          'Content-Range': `bytes ${from}-${to}/${whole.length}`,
          'Content-Length': part.length,
          'Accept-Ranges': 'bytes',
        })
        .end(part);
    };
    const { status, head, body } = await scene.ask({ fields: ['Range', 'bytes=100-349'] });
    expect(status).toBe(206);
    expect(head.headers['content-range']).toBe('bytes 100-349/1000');
    expect(head.headers['accept-ranges']).toBe('bytes');
    expect(body.equals(whole.subarray(100, 350))).toBe(true);
  });

  it('relays a body without length', async () => {
    scene.laptop = (_request, response) => {
      response.write('one,');
      response.write('two,');
      response.end('three');
    };
    const { head, body } = await scene.ask();
    // A short answer is complete before workerd begins to write it.
    expect(head.headers['content-length']).toBe(on({ node: undefined, cloudflare: '13' }));
    expect(head.headers['transfer-encoding']).toBe(on({ node: 'chunked', cloudflare: undefined }));
    expect(body.toString()).toBe('one,two,three');
  });

  it('relays a body that ends with the connection', async () => {
    scene.laptop = (request) => {
      request.socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end');
    };
    expect((await scene.ask()).body.toString()).toBe('until the end');
  });

  it('gives a viewer of HTTP/1.0 a body without chunks', async () => {
    scene.laptop = (_request, response) => {
      response.write('one,');
      response.end('two');
    };
    const client = await scene.raw();
    client.send(`GET / HTTP/1.0\r\nHost: ${scene.host}\r\n\r\n`);
    const text = await client.all();
    expect(text).not.toMatch(/transfer-encoding/i);
    expect(text.endsWith('\r\n\r\none,two')).toBe(true);
    await expect(client.ended).resolves.toBe('end');
  });

  it('keeps duplicates, their order and the case of names', async () => {
    scene.laptop = (_request, response) => {
      response.writeHead(200, 'Quite Fine', [
        'Set-Cookie',
        'a=1; Path=/; HttpOnly',
        'Set-Cookie',
        'b=2; Expires=Wed, 21 Oct 2099',
        'X-CaSe',
        'first',
        'X-CaSe',
        'second',
        'set-cookie',
        'a=3',
        'X-Latin',
        'caf\u00e9',
      ]);
      response.end();
    };
    const { head, reason } = await scene.ask();
    expect(reason).toBe('Quite Fine');
    expect(head.headers['set-cookie']).toEqual([
      'a=1; Path=/; HttpOnly',
      'b=2; Expires=Wed, 21 Oct 2099',
      'a=3',
    ]);
    expect(valuesOf(head, 'x-case')).toEqual(['first', 'second']);
    expect(head.rawHeaders).toContain('X-CaSe');
    const latin = on({ node: 'caf\u00e9', cloudflare: 'caf\u00c3\u00a9' });
    expect(valuesOf(head, 'x-latin')).toEqual([latin]);
  });

  it('leaves a compressed body as it is, byte for byte', async () => {
    const packed = gzipSync(Buffer.alloc(100_000, 'compress me '));
    scene.laptop = (_request, response) =>
      response
        .writeHead(200, {
          'Content-Type': 'text/html',
          'Content-Encoding': 'gzip',
          'Content-Length': packed.length,
        })
        .end(packed);
    const { head, body } = await scene.ask({ fields: ['Accept-Encoding', 'gzip, br'] });
    expect(head.headers['content-encoding']).toBe('gzip');
    expect(head.headers['content-length']).toBe(String(packed.length));
    expect(body.equals(packed)).toBe(true);
  });

  it('relays every kind of status', async () => {
    for (const status of [200, 201, 203, 301, 302, 307, 400, 401, 404, 418, 429, 500, 503, 599]) {
      scene.laptop = (_request, response) => response.writeHead(status).end(`said ${status}`);
      const answer = await scene.ask();
      expect(answer.status).toBe(status);
      expect(answer.body.toString()).toBe(`said ${status}`);
    }
  });
});

describe('requests', () => {
  it.each([
    '/a%2Fb/%41/../c;x?q=%20&&',
    '//two//slashes/',
    '/?',
    '/.',
    '/a/./b/../c/',
    '/%e2%82%ac%25%3F?a=%26%3D+%2B&a&=&?',
    '/"<>^`{|}\\?"<>^`{|}\\',
    '/.bywayx/',
    '/x/.byway/',
    `/${'long/'.repeat(800)}`,
  ])('leaves the target %s as it is', async (path) => {
    const want = on({ node: path, cloudflare: targetInWorkerd(path) });
    let seen: string | undefined;
    scene.laptop = (request, response) => {
      seen = request.url;
      response.end();
    };
    expect((await scene.ask({ path })).status).toBe(want === undefined ? 400 : 200);
    expect(seen).toBe(want);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'GET', 'OPTIONS', 'PROPFIND'])(
    'frames the body of %s, with a length and without',
    async (method) => {
      mirror();
      const body = `GET /smuggled HTTP/1.1\r\nHost: ${scene.host}\r\n\r\n`;
      for (const chunked of [false, true]) {
        const answer = await scene.ask({ method, path: '/here', body, chunked });
        const seen = JSON.parse(answer.body.toString()) as Record<string, unknown>;
        expect(seen).toMatchObject({ method, url: '/here', body });
        if (!chunked) expect(seen).toMatchObject({ length: String(body.length), encoding: null });
      }
    },
  );

  it('says that an empty POST is empty', async () => {
    mirror();
    const client = await scene.raw();
    for (const framing of [
      'Content-Length: 0\r\n\r\n',
      'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      '\r\n',
    ]) {
      client.send(`POST /empty HTTP/1.1\r\nHost: ${scene.host}\r\n${framing}`);
      const text = await client.take(/\}(\r\n0\r\n\r\n)?$/);
      expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(text).toContain('"method":"POST","url":"/empty"');
      expect(text).toContain('"body":""');
      expect(text).toMatch(/"length":"0"|"encoding":"chunked"/);
    }
    client.socket.destroy();
  });

  it('adds no body to a GET without one', async () => {
    mirror();
    const answer = await scene.ask({ path: '/plain' });
    expect(JSON.parse(answer.body.toString())).toEqual({
      method: 'GET',
      url: '/plain',
      length: null,
      encoding: null,
      body: '',
    });
  });

  it('keeps fields, their case, order and duplicates', async () => {
    const seen = awaited<IncomingMessage>('request');
    scene.laptop = (request, response) => {
      seen.resolve(request);
      response.end();
    };
    const fields = [
      'X-Twice',
      'one',
      'X-Twice',
      'two',
      'x-LOWER',
      'Value With  Spaces',
      'X-Empty',
      '',
      'Authorization',
      'Basic dTpw',
      'Cookie',
      'a=1; b="2"',
      'X-Latin',
      'caf\u00e9',
      'Accept-Encoding',
      'gzip, br',
      'If-None-Match',
      '"v1", W/"v2"',
      'User-Agent',
      'test',
    ];
    await scene.ask({ fields });
    const request = await seen.done;
    const names = on({ node: (name: string) => name, cloudflare: (name) => name.toLowerCase() });
    const values = on({ node: (value: string) => value, cloudflare: valueInWorkerd });
    for (let index = 0; index < fields.length; index += 2) {
      expect(request.rawHeaders).toContain(names(fields[index]!));
      expect(valuesOf(request, fields[index]!)).toContain(values(fields[index + 1]!));
    }
    const twice = on({ node: ['one', 'two'], cloudflare: ['one, two'] });
    expect(valuesOf(request, 'x-twice')).toEqual(twice);
  });

  it('lets the viewer wait with the body until it is told to continue', async () => {
    mirror();
    const client = await scene.raw();
    client.send(
      `PUT /later HTTP/1.1\r\nHost: ${scene.host}\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n`,
    );
    expect(await client.take(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    client.send('hello');
    expect(await client.take(/\}/)).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*"body":"hello"/);
    client.socket.destroy();
  });

  it('answers requests that were sent ahead one after the other', async () => {
    scene.laptop = (request, response) => response.end(`<${request.url}>`);
    const client = await scene.raw();
    const paths = ['/1', '/2', '/3', '/4'];
    client.send(
      paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: ${scene.host}\r\n\r\n`).join(''),
    );
    const text = await client.take(/<\/4>/);
    expect(text.match(/<[^>]*>/g)).toEqual(paths.map((path) => `<${path}>`));
    client.socket.destroy();
  });
});

describe('large bodies', () => {
  it.each([false, true])('takes 10 MiB up, chunked: %s', async (chunked) => {
    const body = randomBytes(10 * mebibyte);
    scene.laptop = (request, response) => {
      void bodyOf(request).then((bytes) => response.end(checksum(bytes)));
    };
    const answer = await scene.ask({ method: 'POST', body, chunked });
    expect(answer.body.toString()).toBe(checksum(body));
  });

  it.each([false, true])('brings 10 MiB down, chunked: %s', async (chunked) => {
    const body = randomBytes(10 * mebibyte);
    scene.laptop = (_request, response) => {
      if (!chunked) response.setHeader('Content-Length', body.length);
      response.write(body.subarray(0, mebibyte));
      response.end(body.subarray(mebibyte));
    };
    const answer = await scene.ask();
    expect(answer.body).toHaveLength(body.length);
    expect(checksum(answer.body)).toBe(checksum(body));
  });

  it('brings an answer down while the request is still going up', async () => {
    const body = randomBytes(4 * mebibyte);
    scene.laptop = (request, response) => void request.pipe(response);
    const outgoing = scene.begin({ method: 'POST', fields: ['Transfer-Encoding', 'chunked'] });
    const answer = answerTo(outgoing);
    const headed = new Promise((resolve) => outgoing.once('response', resolve));
    outgoing.write(body.subarray(0, mebibyte));
    await headed;
    outgoing.end(body.subarray(mebibyte));
    expect(checksum((await answer).body)).toBe(checksum(body));
  });
});

it('leaves nothing behind, and sent nothing to the cluster', async () => {
  await scene.quiet();
  expect(scene.inCluster).toBe(0);
});
