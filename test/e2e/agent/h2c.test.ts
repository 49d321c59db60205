import {
  connect,
  constants,
  createServer,
  type ClientHttp2Session,
  type Http2Server,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { addAbortSignal } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../world.ts';
import { AgentWorld, RawServer, specOf } from './world.ts';

type Raw = never;
interface Answer {
  status: string;
  raw: string[];
  interim: string[][];
  trailers: string[];
  text: string;
  bytes: number;
  ended: boolean;
  rstCode: number;
}

const world = new AgentWorld();
let app: Http2Server;
let laptop: Http2Server;
/** What each server does with a stream; the tests set it. */
let script: (stream: ServerHttp2Stream, raw: string[], name: string) => void;
const filter = [{ name: 'X-Me', value: 'alice' }];
const portOf = (server: Http2Server): number => (server.address() as AddressInfo).port;
const spec = () => specOf('i1', filter, 'http', '127.0.0.1:4711');

function serving(name: string): Promise<Http2Server> {
  const server = createServer();
  server.on('stream', (stream, _headers, _flags, raw: string[] = []) => {
    stream.on('error', () => {});
    script(stream, raw, name);
  });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)));
}

const plain: typeof script = (stream, _raw, name) => {
  stream.respond({ ':status': 200 });
  stream.end(name);
};

beforeAll(async () => {
  app = await serving('app');
  laptop = await serving('laptop');
  await world.start([
    { name: 'http', protocol: 'http', app: portOf(app) },
    { name: 'auto', protocol: 'auto', app: portOf(app) },
  ]);
});
afterEach(async () => {
  await world.connector.intercepts();
  await world.quiet();
});
afterAll(async () => {
  await world.stop();
  app.close();
  laptop.close();
});

async function session(port = world.port()): Promise<ClientHttp2Session> {
  const made = connect(`http://127.0.0.1:${port}`);
  made.on('error', () => {});
  await new Promise((done) => made.once('remoteSettings', done));
  return made;
}

function call(
  client: ClientHttp2Session,
  fields: string[] = [],
  body?: Buffer,
  trailers?: Record<string, string | string[]>,
  method = body ? 'POST' : 'GET',
): Promise<Answer> {
  const head = [
    ':method',
    method,
    ':scheme',
    'http',
    ':authority',
    'web',
    ':path',
    '/p?q=%zz',
    ...fields,
  ];
  const stream = client.request(head as Raw, {
    endStream: !body,
    waitForTrailers: trailers !== undefined,
  });
  const answer: Answer = {
    status: '',
    raw: [],
    interim: [],
    trailers: [],
    text: '',
    bytes: 0,
    ended: false,
    rstCode: -1,
  };
  const on = (event: string, take: (raw: string[]) => void): void => {
    stream.on(event, (_headers: object, _flags: number, raw: string[]) => take(raw));
  };
  on('headers', (raw) => answer.interim.push(raw));
  on('response', (raw) => {
    answer.raw = raw;
    answer.status = raw[1]!;
  });
  on('trailers', (raw) => (answer.trailers = raw));
  stream.on('wantTrailers', () => stream.sendTrailers(trailers!));
  stream.on('data', (bytes: Buffer) => {
    answer.bytes += bytes.length;
    if (answer.text.length < 10_000) answer.text += bytes.toString();
  });
  stream.on('end', () => (answer.ended = true));
  stream.on('error', () => {});
  if (body) stream.end(body);
  return new Promise((resolve) => {
    stream.on('close', () => resolve({ ...answer, rstCode: stream.rstCode ?? 0 }));
  });
}

describe('h2c', () => {
  it('matches each stream alone, on a session that was open before', async () => {
    script = plain;
    const client = await session();
    const mine = ['x-me', 'alice'];
    expect((await call(client, mine)).text).toBe('app');
    await world.connector.intercepts({ spec: spec(), laptop: portOf(laptop) });
    const answers = await Promise.all(
      Array.from(
        { length: 60 },
        async (_, index) => (await call(client, index % 2 ? mine : [])).text,
      ),
    );
    expect(answers).toEqual(
      Array.from({ length: 60 }, (_, index) => (index % 2 ? 'laptop' : 'app')),
    );
    await world.connector.intercepts();
    expect((await call(client, mine)).text).toBe('app');
    expect(client.closed).toBe(false);
    client.close();
  });

  it('is told apart on an auto port', async () => {
    script = plain;
    const client = await session(world.port('auto'));
    expect((await call(client)).text).toBe('app');
    client.close();
  });

  it('carries raw fields, duplicates, 1xx and trailers both ways, to each side', async () => {
    await world.connector.intercepts({ spec: spec(), laptop: portOf(laptop) });
    const got: { raw: string[]; trailers: string[]; body: string }[] = [];
    script = (stream, raw, name) => {
      const seen = { raw, trailers: [] as string[], body: '' };
      stream.on(
        'trailers',
        (_headers: object, _flags: number, list: string[]) => (seen.trailers = list),
      );
      stream.on('data', (bytes: Buffer) => (seen.body += bytes.toString()));
      stream.on('end', () => {
        got.push(seen);
        stream.additionalHeaders({ ':status': 103, link: '</a>' });
        stream.respond(
          [':status', '299', 'set-cookie', 'a=1', 'x-b', '2', 'set-cookie', 'b=2'] as Raw,
          { sendDate: false, waitForTrailers: true } as Raw,
        );
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'x-t': name }));
        stream.end(name);
      });
    };
    const client = await session();
    for (const [side, extra] of [
      ['app', []],
      ['laptop', ['x-me', 'alice']],
    ] as const) {
      const fields = [
        'x-a',
        '1',
        'cookie',
        'c=1',
        'x-a',
        '2',
        'cookie',
        'd=2',
        'te',
        'trailers',
        ...extra,
      ];
      const answer = await call(client, fields, Buffer.from('body'), { 'x-sum': ['1', '2'] });
      expect(answer).toEqual({
        status: '299',
        raw: [':status', '299', 'set-cookie', 'a=1', 'x-b', '2', 'set-cookie', 'b=2'],
        interim: [[':status', '103', 'link', '</a>']],
        trailers: ['grpc-status', '0', 'x-t', side],
        text: side,
        bytes: side.length,
        ended: true,
        rstCode: 0,
      });
      const head = [':method', 'POST', ':scheme', 'http', ':authority', 'web', ':path', '/p?q=%zz'];
      expect(got.pop()).toEqual({
        raw: [...head, ...fields],
        trailers: ['x-sum', '1', 'x-sum', '2'],
        body: 'body',
      });
    }
    client.close();
  });

  it('carries answers without a body: trailers only, HEAD, 204', async () => {
    script = (stream, raw) => {
      if (raw[1] === 'HEAD')
        return void stream.respond({ ':status': 200, 'content-length': 7 }, { endStream: true });
      stream.respond({ ':status': 204, 'grpc-status': '5' }, { endStream: true });
    };
    const client = await session();
    const head = await call(client, [], undefined, undefined, 'HEAD');
    expect([head.status, head.raw.includes('content-length'), head.bytes]).toEqual([
      '200',
      true,
      0,
    ]);
    const none = await call(client);
    expect([none.status, none.raw.includes('grpc-status'), none.ended]).toEqual([
      '204',
      true,
      true,
    ]);
    client.close();
  });

  it('streams both ways at once; the server may end first', async () => {
    script = (stream) => {
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.on('data', (bytes: Buffer) => {
        if (bytes.toString() === 'last') stream.end('bye');
        else stream.write(`<${bytes.toString()}>`);
      });
    };
    const client = await session();
    const stream = client.request({ ':method': 'POST', ':path': '/' }, { endStream: false });
    let text = '';
    let trailers: Record<string, unknown> = {};
    stream.on('data', (bytes: Buffer) => (text += bytes.toString()));
    stream.on('trailers', (headers) => (trailers = headers as Record<string, unknown>));
    const ended = new Promise((done) => stream.once('end', done));
    for (const word of ['one', 'two']) {
      stream.write(word);
      await until(async () => (text.endsWith(`<${word}>`) ? true : undefined), 'no echo');
    }
    stream.write('last');
    await ended;
    expect(text).toBe('<one><two>bye');
    expect(trailers['grpc-status']).toBe('0');
    stream.close(constants.NGHTTP2_CANCEL);
    client.close();
  });

  it('carries reset codes both ways, and no truncation as an end', async () => {
    await world.connector.intercepts({ spec: spec(), laptop: portOf(laptop) });
    const client = await session();
    for (const fields of [[], ['x-me', 'alice']]) {
      script = (stream) => stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
      expect(await call(client, fields)).toMatchObject({
        status: '',
        rstCode: constants.NGHTTP2_ENHANCE_YOUR_CALM,
      });
      script = (stream) => {
        stream.respond({ ':status': 200 });
        stream.write('part', () => setTimeout(() => stream.destroy(new Error('cut')), 30));
      };
      expect(await call(client, fields)).toMatchObject({
        text: 'part',
        rstCode: constants.NGHTTP2_INTERNAL_ERROR,
      });
      script = (stream) => {
        stream.respond({ ':status': 200 });
        stream.write('part', () => setTimeout(() => stream.session?.socket.destroy(), 30));
      };
      const cut = await call(client, fields);
      expect(cut.text).toBe('part');
      expect(cut.rstCode).not.toBe(0);
      let closed: { code: number; whole: boolean } | undefined;
      let seen = false;
      script = (stream) => {
        let whole = false;
        stream.on('data', () => (seen = true));
        stream.on('aborted', () => {});
        stream.on('end', () => (whole = stream.rstCode === 0));
        stream.on('close', () => (closed = { code: stream.rstCode ?? 0, whole }));
      };
      const upload = client.request(
        [':method', 'POST', ':scheme', 'http', ':path', '/', ...fields] as Raw,
        {
          endStream: false,
        },
      );
      upload.on('error', () => {});
      upload.write('part');
      await until(async () => (seen ? true : undefined), 'no upload');
      // `close` would end the body cleanly first.
      addAbortSignal(AbortSignal.abort(), upload);
      await until(async () => closed, 'the upstream does not see it');
      expect(closed).toEqual({ code: constants.NGHTTP2_CANCEL, whole: false });
    }
    client.close();
  });

  it('carries 20 MiB both ways to each side', async () => {
    await world.connector.intercepts({ spec: spec(), laptop: portOf(laptop) });
    const body = Buffer.alloc(20 * 1024 * 1024, 1);
    script = (stream) => {
      let bytes = 0;
      stream.on('data', (part: Buffer) => (bytes += part.length));
      stream.on('end', () => {
        stream.respond({ ':status': 200, 'x-bytes': String(bytes) });
        stream.end(body);
      });
    };
    const client = await session();
    for (const fields of [[], ['x-me', 'alice']]) {
      const answer = await call(client, fields, body);
      expect(answer.raw).toContain(String(body.length));
      expect([answer.bytes, answer.rstCode]).toEqual([body.length, 0]);
    }
    client.close();
  });

  it('answers with a page when the laptop is away or refuses', async () => {
    script = plain;
    const closed = new RawServer();
    await closed.listen();
    const { port } = closed;
    await closed.close();
    const client = await session();
    for (const [at, status, code] of [
      [undefined, '503', 'BW-4002'],
      [port, '502', 'BW-4001'],
    ] as const) {
      await world.connector.intercepts({
        spec: spec(),
        ...(at === undefined ? {} : { laptop: at }),
      });
      for (const body of [undefined, Buffer.alloc(300_000)]) {
        const answer = await call(client, ['x-me', 'alice'], body);
        expect([answer.status, answer.raw.includes(code)]).toEqual([status, true]);
        expect(answer.text).toContain('alices-laptop');
      }
    }
    expect((await call(client)).text).toBe('app');
    client.close();
  });

  it('ends what leads to the laptop when the client goes', async () => {
    await world.connector.intercepts({ spec: spec(), laptop: portOf(laptop) });
    let opened = 0;
    let closed = 0;
    script = (stream) => {
      opened += 1;
      stream.respond({ ':status': 200 });
      stream.write('x');
      stream.on('close', () => (closed += 1));
    };
    const client = await session();
    for (const fields of [[], ['x-me', 'alice']]) void call(client, fields);
    await until(async () => (opened === 2 ? true : undefined), 'no stream');
    expect(await world.metric('byway_streams')).toBe(1);
    client.destroy();
    await until(async () => (closed === 2 ? true : undefined), 'the upstream does not see it');
  });
});
