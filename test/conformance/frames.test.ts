import { describe, expect, it } from 'vitest';
import { CloseCode, Flag, FrameType, ResetCode } from '#protocol/frame.ts';
import { helloOf } from '#protocol/hello.ts';
import {
  initialStreamWindowBytes,
  maxControlBytes,
  maxMessageBytes,
  maxPayloadBytes,
} from '#protocol/limits.ts';
import { utf8 } from '#protocol/bytes.ts';
import { end, frame, hex, open, pair, turn, unhex } from './pair.ts';

function message(...frames: Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(frames.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of frames) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

const get = unhex(`
  01 0005 6c6162656c
  0007 3a6d6574686f64 0003 474554
  0005 3a70617468 0001 2f`);

describe('vectors (§2)', () => {
  it('OPEN, HEAD, DATA, WINDOW and RESET are these bytes', () => {
    const { edge, connector } = pair();
    const sent: string[] = [];
    const receive = connector.session.receive.bind(connector.session);
    connector.session.receive = (bytes) => {
      sent.push(hex(bytes));
      receive(bytes);
    };
    const request = open(edge, 1, false);
    request.stream.write(utf8('hi'));
    turn(edge, connector);
    request.stream.end();
    turn(edge, connector);
    expect(sent).toEqual([
      `000020020000000000000001${hex(get)}000002040000000000000001${hex(utf8('hi'))}`,
      '000000040100000000000001',
    ]);
  });

  it('reads a batch made elsewhere', () => {
    const { edge, connector } = pair();
    const batch = message(
      frame(FrameType.open, 1, get),
      frame(FrameType.data, 1, utf8('ab')),
      frame(FrameType.data, 1, utf8('c'), Flag.fin),
    );
    connector.session.receive(batch);
    expect(connector.opened[0]!.log).toEqual(['data 2 0', 'data 1 1 fin']);
    expect(connector.opened[0]!.stream!.target).toBe('label');
    expect(edge.closes).toEqual([]);
  });

  it('grants credit as a 48-bit offset', () => {
    const { edge, connector } = pair();
    open(connector, 3, false, []);
    turn(edge, connector);
    const stream = edge.opened[0]!.stream!;
    stream.head([], false);
    edge.session.receive(frame(FrameType.window, 2, unhex('0001 00000000')));
    expect(stream.sendLimit).toBe(2 ** 32);
    edge.session.receive(frame(FrameType.window, 2, unhex('0000 00000001')));
    expect(stream.sendLimit).toBe(2 ** 32);
  });
});

describe('[C5] HELLO comes first', () => {
  it.each([
    ['any other frame before it', frame(FrameType.ping, 0, new Uint8Array(0)), CloseCode.protocol],
    ['no JSON', frame(FrameType.hello, 0, utf8('{')), CloseCode.protocol],
    ['no version', frame(FrameType.hello, 0, utf8('{}')), CloseCode.protocol],
    [
      'no version in common',
      frame(FrameType.hello, 0, utf8('{"version":{"min":2,"max":9}}')),
      4426,
    ],
  ])('%s closes', (_name, bytes, code) => {
    const one = end('accepted');
    one.session.receive(bytes);
    expect(one.wire.closedWith?.code).toBe(code);
    expect(one.closes).toHaveLength(1);
  });

  it('takes unknown fields and fills in limits that are left out', () => {
    const one = end('accepted');
    one.session.receive(
      frame(1, 0, utf8('{"version":{"min":1,"max":7},"limits":{"streams":2},"new":1}')),
    );
    expect(one.session.peer?.limits).toMatchObject({
      streams: 2,
      stream_window_bytes: initialStreamWindowBytes,
    });
  });
});

describe('a hostile peer (§2, §5, §6)', () => {
  it.each<[string, Uint8Array, number]>([
    ['[C1] a truncated header', new Uint8Array(11), 4400],
    ['[C1] a truncated payload', frame(4, 1, new Uint8Array(9)).subarray(0, 20), 4400],
    ['[C1] reserved bits', unhex('000000 08 00 000001 00000000'), 4400],
    ['[C1] a payload over the limit', frame(4, 1, new Uint8Array(maxPayloadBytes + 1)), 4400],
    ['[C1] a message over the limit', new Uint8Array(maxMessageBytes + 1), 4400],
    ['[C4] an unknown type', frame(0x3f, 0, new Uint8Array(3)), 4400],
    ['[C5] a second HELLO', frame(1, 0, utf8('{"version":{"min":1,"max":1}}')), 4400],
    ['[C8] OPEN of our own parity', frame(2, 2, get), 4400],
    ['[C8] OPEN of stream 0', frame(2, 0, get), 4400],
    ['[C8] OPEN of a used id', message(frame(2, 3, get), frame(2, 1, get)), 4400],
    ['[C8] DATA for a stream never opened', frame(4, 9, new Uint8Array(1)), 4400],
    ['[C8] HEAD for a stream of ours never opened', frame(3, 2, new Uint8Array(0)), 4400],
    ['OPEN cut in its target', frame(2, 1, unhex('01 00ff 61')), 4400],
    ['OPEN of an unknown kind', frame(2, 1, unhex('09 0000')), 4400],
    ['a head cut in a value', frame(2, 1, unhex('01 0000 0001 61 0005 62')), 4400],
    ['a head with a name only', frame(2, 1, unhex('01 0000 0001 61')), 4400],
    ['a target that is not UTF-8', frame(2, 1, unhex('01 0001 ff')), 4400],
    ['WINDOW of the wrong size', frame(5, 0, new Uint8Array(5)), 4400],
    ['RESET without a code', message(frame(2, 1, get), frame(6, 1, new Uint8Array(0))), 4400],
    ['GOAWAY without an id', frame(7, 0, new Uint8Array(3)), 4400],
    ['CONTROL that is no object', frame(10, 0, utf8('[1]')), 4400],
    ['CONTROL that is not UTF-8', frame(10, 0, unhex('ff')), 4400],
  ])('%s closes the tunnel', (_name, bytes, code) => {
    const { connector } = pair();
    connector.session.receive(bytes);
    expect(connector.wire.closedWith?.code).toBe(code);
    expect(connector.session.account).toMatchObject({ streams: 0, creditWhole: true });
  });

  it.each<[string, Uint8Array]>([
    [
      'a payload at the limit',
      message(frame(2, 1, get), frame(4, 1, new Uint8Array(maxPayloadBytes))),
    ],
    ['[C4] an unknown type that is optional', frame(0x3f, 0, new Uint8Array(3), Flag.optional)],
    [
      '[C8] frames for a stream that has ended',
      message(
        frame(2, 1, get),
        frame(6, 1, new Uint8Array([0])),
        frame(4, 1, new Uint8Array(50)),
        frame(5, 1, new Uint8Array(6)),
        frame(6, 1, new Uint8Array([0])),
      ),
    ],
  ])('%s is no offence', (_name, bytes) => {
    const { connector } = pair();
    connector.session.receive(bytes);
    expect(connector.closes).toEqual([]);
  });

  it.each<[string, Uint8Array[]]>([
    ['DATA after FIN', [frame(2, 1, get, Flag.fin), frame(4, 1, new Uint8Array(1))]],
    ['trailers without FIN', [frame(2, 1, get), frame(3, 1, new Uint8Array(0))]],
    ['HEAD after FIN', [frame(2, 1, get, Flag.fin), frame(3, 1, new Uint8Array(0), Flag.fin)]],
  ])('[C7] %s resets the stream with PROTOCOL and nothing else', (_name, frames) => {
    const { edge, connector } = pair();
    const beside = open(connector, 3, false, []);
    turn(edge, connector);
    connector.session.receive(message(...frames));
    expect(connector.opened[0]!.log.at(-1)).toBe(`reset ${ResetCode.protocol} true`);
    expect(connector.closes).toEqual([]);
    expect(connector.session.streams.has(beside.stream.id)).toBe(true);
    for (const task of connector.wire.tasks.splice(0)) task();
    const sent = connector.wire.sent.filter((part) => typeof part !== 'string').map(hex);
    expect(sent.join('')).toContain('00000106000000000000000102');
  });

  it('[C7] an answer that begins with data is reset', () => {
    const { edge, connector } = pair();
    const request = open(edge, 1, true);
    turn(edge, connector);
    edge.session.receive(frame(4, 1, new Uint8Array(1)));
    expect(request.log).toEqual([`reset ${ResetCode.protocol} true`]);
  });

  it('[C10] more data than stream credit closes, exactly as much does not', () => {
    const { connector } = pair();
    connector.accept = () => ({ onHead() {}, onData() {}, onReset() {} });
    connector.session.receive(frame(2, 1, get));
    const full = frame(4, 1, new Uint8Array(maxPayloadBytes));
    const count = initialStreamWindowBytes / maxPayloadBytes;
    for (let sent = 0; sent < count; sent += 1) connector.session.receive(full);
    expect(connector.closes).toEqual([]);
    connector.session.receive(frame(4, 1, new Uint8Array(1)));
    expect(connector.wire.closedWith?.code).toBe(CloseCode.flow);
  });

  it('refuses streams above the limit, and takes new ones when old ones end', () => {
    const hello = helloOf('test', {});
    const { edge, connector } = pair(undefined, {
      ...hello,
      limits: { ...hello.limits, streams: 2 },
    });
    connector.session.receive(message(frame(2, 1, get), frame(2, 3, get), frame(2, 5, get)));
    expect(connector.opened).toHaveLength(2);
    connector.session.receive(message(frame(6, 1, new Uint8Array([0])), frame(2, 7, get)));
    expect(connector.opened).toHaveLength(3);
    expect(edge.closes).toEqual([]);
  });

  it('[C12] a flood of opens by a peer that reads nothing ends with 4429, memory flat', () => {
    const hello = helloOf('test', {});
    const { connector } = pair(undefined, { ...hello, limits: { ...hello.limits, streams: 1 } });
    connector.wire.stuck = true;
    for (let opens = 0; opens < 32_000; opens += 1) {
      connector.session.receive(frame(2, 1 + 2 * opens, get));
    }
    expect(connector.session.account.streams).toBe(1);
    for (let pings = 0; pings < 500_000 && !connector.session.closed; pings += 1) {
      connector.session.receive(frame(8, 0, new Uint8Array(8)));
    }
    expect(connector.wire.closedWith?.code).toBe(CloseCode.flood);
    expect(connector.session.account.streams).toBe(0);
  });

  it('CONTROL at the limit arrives, above it closes', () => {
    const { edge, connector } = pair();
    const text = 'x'.repeat(maxControlBytes - 8);
    edge.session.control({ a: text });
    turn(edge, connector);
    expect(String(connector.control[0]?.a).length).toBe(text.length);
    edge.session.control({ a: `${text}y` });
    turn(edge, connector);
    expect(connector.wire.closedWith?.code).toBe(4400);
  });
});

describe('[C3] keep-alive (§8)', () => {
  it('answers p with q and refuses other text', () => {
    const { connector } = pair();
    connector.session.receiveText('p');
    expect(connector.wire.sent).toContain('q');
    connector.session.receiveText('x');
    expect(connector.wire.closedWith?.code).toBe(4400);
  });

  it('gives a silent peer up after two misses, and any message saves it', () => {
    const { edge } = pair();
    edge.session.keepAlive();
    edge.session.keepAlive();
    edge.session.receiveText('q');
    edge.session.keepAlive();
    edge.session.keepAlive();
    expect(edge.closes).toEqual([]);
    edge.session.keepAlive();
    expect(edge.wire.closedWith?.code).toBe(CloseCode.timeout);
  });
});

describe('[C13] GOAWAY (§8)', () => {
  it('drains: no new streams, open ones end, then the tunnel closes with 1001', () => {
    const { edge, connector } = pair();
    const request = open(edge, 1, true);
    turn(edge, connector);
    connector.session.goaway('restart');
    turn(edge, connector);
    expect(edge.goaways).toEqual(['restart']);
    expect(edge.session.ready).toBe(false);
    const answer = connector.opened[0]!.stream!;
    answer.head([':status', '204'], true);
    turn(edge, connector);
    expect(request.log).toEqual(['head :status|204 fin']);
    expect(connector.wire.closedWith?.code).toBe(CloseCode.goingAway);
  });

  it('resets streams that the drainer never saw as REFUSED and undispatched', () => {
    const { edge, connector } = pair();
    connector.session.goaway('restart');
    const late = open(edge, 1, true);
    turn(edge, connector);
    expect(late.log).toEqual([`reset ${ResetCode.refused} false`]);
  });
});
