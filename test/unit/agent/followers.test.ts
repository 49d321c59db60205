import { describe, expect, it } from 'vitest';
import { AnswerFollower } from '#agent/http1/answer.ts';
import { RequestFollower } from '#agent/http1/request.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Every way to cut the text in two, and byte by byte. */
function cuts(text: string): string[][] {
  const pairs = Array.from({ length: text.length + 1 }, (_, at) => [
    text.slice(0, at),
    text.slice(at),
  ]);
  return [...pairs, [...text]];
}

describe('AnswerFollower', () => {
  const interim = 'HTTP/1.1 103 Early\r\nLink: <a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n';
  const cases: {
    name: string;
    text: string;
    method?: string;
    keepAlive: boolean;
    untilClose?: boolean;
  }[] = [
    { name: 'length', text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', keepAlive: true },
    { name: 'empty', text: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', keepAlive: true },
    {
      name: 'HEAD',
      text: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n',
      method: 'HEAD',
      keepAlive: true,
    },
    { name: '304', text: 'HTTP/1.1 304 Not\r\nContent-Length: 9\r\n\r\n', keepAlive: true },
    {
      name: 'chunked with trailers',
      text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nT: x\r\n\r\n',
      keepAlive: true,
    },
    {
      name: 'close',
      text: 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx',
      keepAlive: false,
    },
  ];

  it.each(cases)(
    'gives on the same bytes, and knows the end: $name',
    ({ text, method = 'GET', keepAlive }) => {
      for (const whole of [text, interim + text]) {
        for (const pieces of cuts(whole)) {
          const answer = new AnswerFollower();
          answer.start(method);
          let given = '';
          for (const [index, piece] of pieces.entries()) {
            if (index > 0 && given !== whole) expect(answer.done).toBe(false);
            if (piece !== '') given += answer.follow(bytes(piece)).toString('latin1');
          }
          expect(given).toBe(whole);
          expect([answer.begun, answer.done, answer.keepAlive, answer.rest.length]).toEqual([
            true,
            true,
            keepAlive,
            0,
          ]);
        }
      }
    },
  );

  it('keeps what is behind the answer', () => {
    const answer = new AnswerFollower();
    answer.start('GET');
    const text = cases[0]!.text;
    expect(answer.follow(bytes(`${text}more`)).toString()).toBe(text);
    expect([answer.done, answer.rest.toString()]).toEqual([true, 'more']);
    answer.start('GET');
    expect(answer.rest).toHaveLength(0);
  });

  it('stops behind 101', () => {
    const head = 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n';
    for (const [first = '', second = ''] of cuts(`${head}early`).slice(head.length)) {
      const answer = new AnswerFollower();
      answer.start('GET');
      expect(answer.follow(bytes(first)).toString()).toBe(head);
      expect([answer.switched, answer.rest.toString() + second]).toEqual([true, 'early']);
      if (second === '') break;
    }
  });

  it('has no end of its own without a length', () => {
    const answer = new AnswerFollower();
    answer.start('GET');
    answer.follow(bytes('HTTP/1.1 200 OK\r\n\r\n'));
    answer.follow(bytes('anything'));
    expect([answer.untilClose, answer.done, answer.keepAlive]).toEqual([true, false, false]);
  });

  it('gives nothing away of a head that is not whole', () => {
    const answer = new AnswerFollower();
    answer.start('GET');
    expect(answer.follow(bytes('HTTP/1.1 200 O'))).toHaveLength(0);
    expect([answer.begun, answer.rest.toString()]).toEqual([false, 'HTTP/1.1 200 O']);
  });

  it('has all bytes at hand when it cannot follow', () => {
    const answer = new AnswerFollower();
    answer.start('GET');
    answer.follow(bytes('HTTP/1.1 20'));
    expect(() => answer.follow(bytes('0 OK\r\nContent-Length: 1, 1\r\n\r\nx'))).toThrow();
    expect(answer.rest.toString()).toBe('HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx');
    answer.giveUp();
    expect([answer.begun, answer.done, answer.keepAlive, answer.untilClose]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect(answer.follow(bytes('rest')).toString()).toBe('rest');
  });

  it('bounds a head', () => {
    const answer = new AnswerFollower();
    answer.start('GET');
    answer.follow(bytes(`HTTP/1.1 200 OK\r\nA: ${'x'.repeat(65_000)}`));
    expect(() => answer.follow(bytes('x'.repeat(1000)))).toThrow('more than 65536 bytes');
  });
});

describe('RequestFollower', () => {
  const requests = [
    'GET /1 HTTP/1.1\r\nHost: a\r\n\r\n',
    'POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc',
    'PUT /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n',
    'HEAD /4 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  ];

  it('cuts what is sent ahead into requests', () => {
    for (const pieces of cuts(`\r\n${requests.join('')}`)) {
      const request = new RequestFollower();
      const taken: string[] = [];
      let open = false;
      for (const piece of pieces) {
        request.push(bytes(piece));
        for (;;) {
          if (!open && request.next()) taken.push(request.takeFirst().toString());
          else if (open && request.waiting.length > 0) {
            taken.push(taken.pop()! + request.takeMore().toString());
          } else break;
          open = !request.done;
        }
      }
      expect(taken).toEqual(requests);
      expect([request.method, request.keepAlive, request.waiting.length]).toEqual([
        'HEAD',
        false,
        0,
      ]);
    }
  });

  it.each([
    [requests[0]!, true],
    [requests[1]!, false],
    [requests[2]!, false],
    ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n', false],
    ['DELETE / HTTP/1.1\r\nHost: a\r\n\r\n', true],
  ])('knows what may be sent twice: %j, %s', (text, expected) => {
    const request = new RequestFollower();
    request.push(bytes(text));
    expect([request.next(), request.repeatable]).toEqual([true, expected]);
  });

  it('bounds a head, and has everything at hand after a fault', () => {
    const request = new RequestFollower();
    request.push(bytes(`GET / HTTP/1.1\r\nA: ${'x'.repeat(65_000)}`));
    expect(request.next()).toBe(false);
    request.push(bytes('x'.repeat(1000)));
    expect(() => request.next()).toThrow('more than 65536 bytes');
    expect(request.takeAll().length).toBe(66_019);
    const body = new RequestFollower();
    body.push(bytes('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'));
    body.next();
    expect(() => body.takeFirst()).toThrow();
    expect(body.takeAll().toString()).toMatch(/^POST [^]*zz\r\n$/);
  });
});
