import { describe, expect, it } from 'vitest';
import { ingressRequest, ingressTrailers } from '#connector/request-head.ts';

const key = 'x-telepresence-intercept-id';
const headers = [{ name: key, value: '0123:web' }];
const baggage = `${key}=0123%3Aweb`;

/** Fields that the ingress gets, after Host. */
function sent(fields: string[], own = headers): string[] {
  return ingressRequest([':method', 'GET', ':path', '/', ...fields], 'l5:8080', own).fields.slice(
    2,
  );
}

describe('the intercept’s headers', () => {
  const spoofs = [
    [key, 'other'],
    [key.toUpperCase(), 'other'],
    ['X-Telepresence-Intercept-Id', ''],
    ['x_telepresence_intercept_id', 'other'],
    ['X_Telepresence-Intercept_ID', 'other'],
    [key, 'a', key, 'b', key.toUpperCase(), 'c'],
    ['Connection', key],
    ['Connection', `close, ${key.toUpperCase()} , x-a`, key, 'other'],
    ['connection', 'baggage', 'Connection', key],
    ['Connection', 'connection, te, host'],
  ];
  it.each(spoofs)('are ours alone, whatever the client sends: %s %s', (...fields) => {
    expect(sent(fields)).toEqual([key, '0123:web', 'baggage', baggage]);
  });

  it('are all set, also those that an app may write with _', () => {
    const own = [
      { name: 'X_Me', value: '1' },
      { name: 'x-you', value: '2' },
    ];
    expect(sent(['x-me', 'a', 'X_YOU', 'b', 'x-me-too', 'c'], own)).toEqual([
      ...['x-me-too', 'c', 'X_Me', '1', 'x-you', '2', 'baggage', 'X_Me=1,x-you=2'],
    ]);
  });

  it('are none for a global intercept, whose requests keep their baggage', () => {
    expect(sent(['Baggage', 'a=1, b=2'], [])).toEqual(['baggage', 'a=1, b=2']);
  });

  it('are no trailers either, nor is anything that belongs into a head', () => {
    const trailers = [
      ...[key.toUpperCase(), 'x', 'x_telepresence_intercept_id', 'x', 'X-Sum', '1'],
      ...['content-length', '3', 'Transfer_Encoding', 'chunked', 'Host', 'x', 'Baggage', 'a=b'],
    ];
    expect(ingressTrailers(trailers, headers)).toEqual(['X-Sum', '1']);
  });
});

describe('other fields', () => {
  it('keep their order, case and duplicates', () => {
    const fields = ['b', '1', 'A', '2', 'B', '3', 'Cookie', 'x=1; y=2', 'x_y', '', 'Accept', '*/*'];
    expect(sent(fields)).toEqual([...fields, key, '0123:web', 'baggage', baggage]);
  });

  it.each([
    ['Host', 'label.preview'],
    ['Keep-Alive', 'timeout=5'],
    ['Proxy-Connection', 'close'],
    ['Proxy-Authorization', 'Basic x'],
    ['TE', 'gzip'],
    ['Transfer-Encoding', 'chunked'],
    ['Upgrade', 'h2c'],
    ['Content_Length', '5'],
    ['Transfer_Encoding', 'chunked'],
    ['Connection', 'keep-alive, X-Hop', 'X-Hop', '1', 'x-hop', '2'],
  ])('of the connection go: %s', (...fields) => {
    expect(sent(fields)).toEqual([key, '0123:web', 'baggage', baggage]);
  });

  it('cannot be taken away by Connection where they belong to the message', () => {
    const kept = [
      'Cookie',
      'a=1',
      'Authorization',
      'b',
      'Content-Type',
      'c',
      'X-Forwarded-For',
      'd',
    ];
    const named = 'cookie, authorization, content-type, x-forwarded-for, x-gone';
    expect(sent(['Connection', named, ...kept, 'X-Gone', '1']).slice(0, kept.length + 1)).toEqual([
      ...kept,
      key,
    ]);
  });

  it('say TE: trailers, which gRPC needs, and that it is for the next hop', () => {
    expect(sent(['te', 'trailers, deflate;q=0.5']).slice(0, 4)).toEqual([
      ...['Connection', 'te', 'te', 'trailers'],
    ]);
  });

  it('have the layer-5 host first, and the target as it came', () => {
    const head = [':method', 'PURGE', ':path', '/%2e%2e//a;b?c=%zz', 'X-A', '1'];
    const { method, target, fields } = ingressRequest(head, 'l5:8080', []);
    expect([method, target, ...fields]).toEqual([
      ...['PURGE', '/%2e%2e//a;b?c=%zz', 'Host', 'l5:8080', 'X-A', '1'],
    ]);
  });

  it.each(['', 'abc', '+1', '-1', '1,1', '0x3', '1e3', ' 3', '99999999999999999'])(
    'with Content-Length “%s” are refused',
    (length) => {
      expect(() => ingressRequest(['content-length', length], 'l5', [])).toThrow(RangeError);
    },
  );

  it('with two Content-Lengths are refused', () => {
    const head = ['content-length', '3', 'Content-Length', '3'];
    expect(() => ingressRequest(head, 'l5', [])).toThrow(RangeError);
  });
});

describe('baggage', () => {
  const merged = (...values: string[]): string | undefined =>
    sent(values.flatMap((value) => ['baggage', value])).at(-1);

  it('keeps the members of others and has one of ours', () => {
    expect(merged('a=1;p=2', ' b=2 ,c=3')).toBe(`a=1;p=2,b=2,c=3,${baggage}`);
    expect(merged(`${key}=other,a=1`, `${key.toUpperCase()} = other;x`)).toBe(`a=1,${baggage}`);
    expect(merged('', ',,')).toBe(baggage);
  });

  it('has at most 180 members and 8192 bytes, ours among them', () => {
    const many = merged(Array.from({ length: 180 }, (_, index) => `k${index}=1`).join(','))!;
    expect(many.split(',')).toHaveLength(180);
    expect(many.endsWith(`k178=1,${baggage}`)).toBe(true);
    const room = 8192 - baggage.length - 1;
    expect(merged(`a=${'x'.repeat(room - 2)}`)).toHaveLength(8192);
    expect(merged(`a=${'x'.repeat(room - 1)}`)).toBe(baggage);
  });

  it('of a head full of tiny members costs no more than reading them', () => {
    expect(merged(`${'a,'.repeat(29_000)}a`)!.split(',')).toHaveLength(180);
  });
});

describe('tracestate', () => {
  const merged = (values: string[], traced = true, own = headers): string[] =>
    ingressRequest(
      [
        ...(traced ? ['traceparent', '00-1-2-01'] : []),
        ...values.flatMap((each) => ['tracestate', each]),
      ],
      'l5',
      own,
    ).fields.slice(2);

  it('has our member first, once, beside at most 31 others', () => {
    expect(merged(['a=1', 'byway=other,b=2']).at(-1)).toBe('byway=0123%3Aweb,a=1,b=2');
    const many = Array.from({ length: 32 }, (_, index) => `k${index}=1`).join(',');
    expect(merged([many]).at(-1)!.split(',')).toHaveLength(32);
    expect(merged([]).at(-1)).toBe('byway=0123%3Aweb');
  });

  it('is not begun without traceparent, and cannot be forged', () => {
    expect(merged([], false)).not.toContain('tracestate');
    expect(merged(['a=1,byway=other'], false).at(-1)).toBe('a=1');
  });

  it('has no member whose value would be too long', () => {
    expect(merged(['a=1'], true, [{ name: 'x', value: 'y'.repeat(257) }]).at(-1)).toBe('a=1');
    expect(merged(['a=1'], true, [{ name: 'x', value: 'y'.repeat(256) }]).at(-1)).toContain(
      'byway=',
    );
  });
});
