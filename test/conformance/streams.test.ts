import { describe, expect, it } from 'vitest';
import { Flag, ResetCode } from '#protocol/frame.ts';
import { connectionWindowBytes, initialStreamWindowBytes } from '#protocol/limits.ts';
import { open, pair, Recorder, turn, type End } from './pair.ts';

/** After every test: no open streams, all credit back, queues empty (design §9). */
function expectClean(...ends: End[]): void {
  for (const { session } of ends) {
    expect(session.account).toMatchObject({ streams: 0, queuedBytes: 0, creditWhole: true });
  }
}

describe('streams (§5)', () => {
  it('carries a request without body and its answer', () => {
    const { edge, connector } = pair();
    const request = open(edge, 1, true);
    turn(edge, connector);
    const answer = connector.opened[0]!.stream!;
    answer.head([':status', '200', 'x', 'y'], false);
    answer.end(new Uint8Array(5));
    turn(edge, connector);
    expect(request.log).toEqual(['head :status|200|x|y', 'data 5 1 fin']);
    expectClean(edge, connector);
  });

  it('puts head, body and end of a short answer into one message', () => {
    const { edge, connector } = pair();
    open(edge, 1, true);
    turn(edge, connector);
    const answer = connector.opened[0]!.stream!;
    answer.head([':status', '200'], false);
    answer.end(new Uint8Array(100));
    for (const task of connector.wire.tasks.splice(0)) task();
    expect(connector.wire.sent).toHaveLength(1);
  });

  it('repeats 1xx heads and ends with trailers', () => {
    const { edge, connector } = pair();
    const request = open(edge, 1, true);
    turn(edge, connector);
    const answer = connector.opened[0]!.stream!;
    answer.head([':status', '103', 'link', '</a>'], false);
    answer.head([':status', '200'], false);
    answer.write(new Uint8Array(1));
    answer.head(['grpc-status', '0'], true);
    turn(edge, connector);
    expect(request.log).toEqual([
      'head :status|103|link|</a>',
      'head :status|200',
      'data 1 0',
      'head grpc-status|0 fin',
    ]);
    expectClean(edge, connector);
  });

  it('keeps one direction open after the other has ended', () => {
    const { edge, connector } = pair();
    const tcp = open(edge, 3, false, []);
    turn(edge, connector);
    const other = connector.opened[0]!.stream!;
    other.head([], false);
    other.end();
    turn(edge, connector);
    tcp.stream.write(new Uint8Array(3));
    turn(edge, connector);
    expect(connector.opened[0]!.bytes).toBe(3);
    tcp.stream.end();
    turn(edge, connector);
    expectClean(edge, connector);
  });

  it('resets: the peer hears the code, credit for unread bytes comes back', () => {
    const { edge, connector } = pair();
    const request = open(edge);
    turn(edge, connector);
    const answer = connector.opened[0]!;
    answer.eager = false;
    request.stream.write(new Uint8Array(1000));
    turn(edge, connector);
    request.stream.reset(ResetCode.cancel);
    turn(edge, connector);
    expect(answer.log.at(-1)).toBe(`reset ${ResetCode.cancel} true`);
    expectClean(edge, connector);
  });

  it('tells streams of a lost socket whether they were dispatched', () => {
    const { edge, connector } = pair();
    const sent = open(edge, 1, true);
    turn(edge, connector);
    edge.session.lost(1006, 'gone');
    expect(sent.log).toEqual([`reset ${ResetCode.connectorGone} true`]);
    expect(edge.closes).toEqual([{ code: 1006, reason: 'gone' }]);
    expectClean(edge);
  });

  it('cuts a WebSocket message with CONT and keeps its flags', () => {
    const { edge, connector } = pair();
    const socket = open(edge, 2);
    turn(edge, connector);
    socket.stream.write(new Uint8Array(150_000), Flag.text);
    turn(edge, connector);
    const flags = connector.opened[0]!.log.map((line) => Number(line.split(' ')[2]));
    expect(flags.slice(0, -1).every((flag) => flag === (Flag.text | Flag.cont))).toBe(true);
    expect(flags.at(-1)).toBe(Flag.text);
    expect(connector.opened[0]!.bytes).toBe(150_000);
  });
});

describe('credit (§6)', () => {
  it('stops at the stream window of a reader that takes nothing, and says so to the writer', () => {
    const { edge, connector } = pair();
    const request = open(edge);
    turn(edge, connector);
    const slow = connector.opened[0]!;
    slow.eager = false;
    let more = true;
    const parts = initialStreamWindowBytes / 16_384 + 5;
    for (let sent = 0; sent < parts; sent += 1) more = request.stream.write(new Uint8Array(16_384));
    turn(edge, connector);
    expect(more).toBe(false);
    expect(slow.bytes).toBe(initialStreamWindowBytes);
    slow.stream!.consumed(initialStreamWindowBytes);
    turn(edge, connector);
    expect(request.writable).toBe(1);
    expect(slow.bytes).toBeGreaterThan(initialStreamWindowBytes);
  });

  it('holds back all streams at the connection window; heads still go through', () => {
    const { edge, connector } = pair();
    connector.accept = (stream) => {
      const recorder = new Recorder();
      recorder.stream = stream;
      recorder.eager = false;
      connector.opened.push(recorder);
      return recorder;
    };
    const count = connectionWindowBytes / initialStreamWindowBytes + 4;
    const requests = Array.from({ length: count }, () => open(edge));
    for (const request of requests) request.stream.write(new Uint8Array(initialStreamWindowBytes));
    turn(edge, connector);
    const held = connector.opened.reduce((sum, recorder) => sum + recorder.bytes, 0);
    expect(held).toBe(connectionWindowBytes);
    open(edge, 1, true, [':method', 'GET', ':path', '/late']);
    turn(edge, connector);
    expect(connector.opened).toHaveLength(count + 1);
    for (const recorder of connector.opened) recorder.stream!.consumed(recorder.bytes);
    turn(edge, connector);
    const all = connector.opened.reduce((sum, recorder) => sum + recorder.bytes, 0);
    expect(all).toBe(count * initialStreamWindowBytes);
  });

  it('serves a small stream beside a bulk one that fills the socket', () => {
    const { edge, connector } = pair();
    const bulk = open(edge);
    turn(edge, connector);
    edge.wire.stuck = true;
    for (let sent = 0; sent < 16; sent += 1) bulk.stream.write(new Uint8Array(60_000));
    const small = open(edge);
    small.stream.end(new Uint8Array(10));
    turn(edge, connector);
    edge.wire.stuck = false;
    turn(edge, connector);
    const order = connector.opened.map((recorder) => recorder.stream!.id);
    expect(order).toEqual([1, 3]);
    expect(connector.opened[1]!.log.at(-1)).toBe('data 10 1 fin');
  });
});
