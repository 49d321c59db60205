import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  findHeadEnd,
  Http1Error,
  parseRequestHead,
  scanRequestHead,
} from '#protocol/http1/head.ts';
import { encodeRequestHead } from '#protocol/http1/write.ts';
import { damage, damaged, request, response, type Sent } from './arbitraries.ts';
import { bytesOf, cut, everyByte, readRequests, readResponses, type Reading } from './reading.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';

const runs = { seed: 20, numRuns: fuzzRuns(150) };
const cuts = fc.array(fc.nat(2000), { maxLength: 8 });
const joined = (sent: readonly Sent[]) => bytesOf(sent.map(({ bytes }) => bytes).join(''));

/** What counts: the messages, and whether the rest was refused. */
function outcome<Head>({ messages, error }: Reading<Head>): unknown {
  return { messages, refused: error !== undefined };
}

describe('messages in any pieces', () => {
  it('requests are read as they were meant', () => {
    fc.assert(
      fc.property(fc.array(request, { minLength: 1, maxLength: 4 }), cuts, (sent, where) => {
        const { messages, error } = readRequests(cut(joined(sent), where));
        expect(error).toBeUndefined();
        expect(
          messages.map(({ head, body, trailers, complete }) => ({
            method: head.method,
            target: head.target,
            fields: head.fields,
            body,
            trailers,
            complete,
          })),
        ).toEqual(sent.map(({ bytes: _, ...meant }) => ({ ...meant, complete: true })));
      }),
      runs,
    );
  });

  it('responses are read as they were meant', () => {
    fc.assert(
      fc.property(fc.array(response, { minLength: 1, maxLength: 4 }), cuts, (sent, where) => {
        const methods = sent.map(({ method }) => method);
        const { messages, error } = readResponses(cut(joined(sent), where), methods);
        expect(error).toBeUndefined();
        expect(
          messages.map(({ head, body, trailers, complete }) => ({
            status: head.status,
            reason: head.reason,
            fields: head.fields,
            body,
            trailers,
            complete,
          })),
        ).toEqual(sent.map(({ bytes: _, method: __, ...meant }) => ({ ...meant, complete: true })));
      }),
      runs,
    );
  });

  it('damaged ones come out the same, whatever the pieces', () => {
    fc.assert(
      fc.property(
        fc.array(request, { minLength: 1, maxLength: 2 }),
        damage,
        cuts,
        (sent, harm, where) => {
          const bytes = bytesOf(damaged(joined(sent).toString('latin1'), harm));
          const whole = outcome(readRequests([bytes]));
          expect(outcome(readRequests(cut(bytes, where)))).toEqual(whole);
          expect(outcome(readRequests(everyByte(bytes)))).toEqual(whole);
        },
      ),
      runs,
    );
  });

  const requests = bytesOf(
    'POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nT: 1\r\n\r\n' +
      'PUT /b HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n\r\n\r\nGET /c HTTP/1.1\r\nHost: a\r\n\r\n',
  );
  const responses = bytesOf(
    'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n' +
      'HTTP/1.1 204 \r\n\r\nHTTP/1.1 200\r\n\r\nuntil the end\r\n\r\n',
  );

  it.each([
    ['requests', requests, readRequests, 3],
    ['responses', responses, readResponses, 4],
  ] as const)('every one and every two cuts through %s', (_what, bytes, read, count) => {
    const whole = read([bytes]);
    expect(whole.messages).toHaveLength(count);
    expect(read(everyByte(bytes))).toEqual(whole);
    const wanted = JSON.stringify(whole);
    for (let first = 1; first < bytes.length; first += 1) {
      for (let second = first; second < bytes.length; second += 1) {
        if (JSON.stringify(read(cut(bytes, [first, second]))) === wanted) continue;
        expect.fail(`cut at ${first} and ${second}`);
      }
    }
  });
});

describe('a head', () => {
  it('that is scanned is judged as when it is parsed', () => {
    fc.assert(
      fc.property(request, damage, (sent, harm) => {
        const bytes = bytesOf(damaged(sent.bytes, harm));
        const read = (parse: typeof scanRequestHead): unknown => {
          try {
            const end = findHeadEnd(bytes, 0);
            return end < 0 ? 'waiting' : parse(bytes, 0, end);
          } catch (error) {
            if (error instanceof Http1Error) return { error: error.code, message: error.message };
            throw error;
          }
        };
        expect(read(parseRequestHead)).toMatchObject(read(scanRequestHead) as object);
      }),
      runs,
    );
  });

  it('that is written is read back', () => {
    fc.assert(
      fc.property(request, ({ method, target, fields }) => {
        const bytes = encodeRequestHead(method, target, fields);
        const head = parseRequestHead(bytes, 0, bytes.length);
        expect([head.method, head.target, head.fields]).toEqual([method, target, fields]);
      }),
      runs,
    );
  });

  it('ends where the first empty line is', () => {
    const unit = fc.constantFrom('\r', '\r', '\n', '\n', 'x');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), fc.nat(10), (text, from) => {
        const at = text.indexOf('\r\n\r\n', from);
        let found: number | 'refused' = 'refused';
        try {
          found = findHeadEnd(bytesOf(text), from);
        } catch {
          expect(text.slice(from)).toMatch(/(^|[^\r])\n/);
        }
        if (at >= 0) expect(found).toBe(at + 4);
        else expect([-1, 'refused']).toContain(found);
      }),
      { seed: 21, numRuns: fuzzRuns(3000) },
    );
  });
});
