/** The side that lost its memory asks for it, and goes on. */
import { describe, expect, it } from 'vitest';
import { utf8 } from '#protocol/bytes.ts';
import { CloseCode, Flag, FrameType, ProtocolError, ResetCode } from '#protocol/frame.ts';
import { initialStreamWindowBytes } from '#protocol/limits.ts';
import { open, pair, turn } from './pair.ts';
import {
  carry,
  expectNumbered,
  expectOpen,
  flush,
  forget,
  hello,
  numbered,
  type Open,
  plain,
  sleep,
  socket,
  waiting,
} from './sleeping-edge.ts';

describe('[C14] a side that lost its memory', () => {
  it('asks with the ids that it has, is answered with offsets, and every byte goes on', () => {
    const { edge, connector } = pair(hello, hello);
    const { viewer, laptop } = socket(edge, connector);
    const size = 3 * initialStreamWindowBytes + 11;
    for (let slept = 0; slept < 4; slept += 1) {
      viewer.stream.write(numbered(size, slept * size));
      laptop.stream.write(numbered(size, slept * size));
      turn(edge, connector);
      sleep(edge, viewer);
      flush(edge);
      expect(waiting(edge)).toEqual([{ type: FrameType.resync, flags: 0, stream: 0, bytes: 4 }]);
      turn(edge, connector);
    }
    expectNumbered(laptop, 4 * size);
    expectNumbered(viewer, 4 * size);
    expect(viewer.stream.sentBytes).toBe(laptop.stream.receivedBytes);
    expect(viewer.stream.receivedBytes).toBe(laptop.stream.sentBytes);
    expect(viewer.stream.sendLimit).toBe(laptop.stream.receiveLimit);
    expect(viewer.stream.receiveLimit).toBe(laptop.stream.sendLimit);
    expect(edge.session.connectionCredit).toBe(
      connector.session.credit.offsets.limit - connector.session.credit.offsets.received,
    );
    expectOpen(edge, connector);
  });

  it('takes DATA that is on its way, and holds its own until the answer', () => {
    const { edge, connector } = pair(hello, hello);
    const { viewer, laptop } = socket(edge, connector);
    laptop.stream.write(utf8('on its way'));
    flush(connector);
    sleep(edge, viewer);
    viewer.stream.write(utf8('held'), Flag.text);
    viewer.stream.write(new Uint8Array(0), Flag.text);
    flush(edge);
    expect(waiting(edge).map(({ type }) => type)).toEqual([FrameType.resync]);
    carry(connector, edge);
    expect(viewer.log).toEqual(['head :status|101', 'data 10 0']);
    turn(edge, connector);
    expect(laptop.log).toEqual([`data 4 ${Flag.text}`, `data 0 ${Flag.text}`]);
    expectOpen(edge, connector);
  });

  it('takes DATA that comes in one message with the answer', () => {
    const { edge, connector } = pair(hello, hello);
    const { viewer, laptop } = socket(edge, connector);
    sleep(edge, viewer);
    carry(edge, connector);
    laptop.stream.write(new Uint8Array(1000));
    flush(connector);
    expect(connector.wire.sent).toHaveLength(1);
    expect(waiting(connector).map(({ type }) => type)).toEqual([FrameType.resync, FrameType.data]);
    turn(edge, connector);
    expect(viewer.bytes).toBe(1000);
    expectOpen(edge, connector);
  });

  it('may open streams before the answer, above all ids that were used', () => {
    const { edge, connector } = pair(hello, hello);
    const { viewer } = socket(edge, connector);
    sleep(edge, viewer);
    const request = open(edge, 1);
    request.stream.end(numbered(3 * initialStreamWindowBytes));
    expect(request.stream.id).toBeGreaterThan(viewer.stream.id);
    flush(edge);
    const types = waiting(edge).map(({ type }) => type);
    expect(types).toEqual([FrameType.resync, FrameType.open]);
    turn(edge, connector);
    const asked = connector.opened.at(-1)! as Open;
    expectNumbered(asked, 3 * initialStreamWindowBytes);
    asked.stream.head([':status', '200'], false);
    asked.stream.end(numbered(3 * initialStreamWindowBytes));
    turn(edge, connector);
    expectNumbered(request, 3 * initialStreamWindowBytes);
    expect(edge.session.streams.size).toBe(1);
    expectOpen(edge, connector);
  });

  it('drops streams that the answer does not name, without a word', () => {
    const { edge, connector } = pair(hello, hello);
    const { viewer } = socket(edge, connector);
    const ended = socket(edge, connector);
    ended.viewer.stream.reset(ResetCode.cancel);
    turn(edge, connector);
    sleep(edge, viewer, ended.viewer);
    ended.viewer.stream.write(utf8('to nobody'));
    turn(edge, connector);
    expect(ended.viewer.log.at(-1)).toBe(`reset ${ResetCode.originReset} true`);
    expect([...edge.session.streams.keys()]).toEqual([viewer.stream.id]);
    expectOpen(edge, connector);
  });

  it('ends with its tunnel while it waits', () => {
    const { edge, connector } = pair(hello, hello);
    const { viewer, laptop } = socket(edge, connector);
    laptop.stream.write(utf8('x'));
    flush(connector);
    sleep(edge, viewer);
    viewer.eager = false;
    carry(connector, edge);
    edge.session.lost(1006, '');
    expect(viewer.log.at(-1)).toBe(`reset ${ResetCode.connectorGone} true`);
    expect(edge.session.account).toMatchObject({ streams: 0, creditWhole: true });
  });

  it('cannot go on where the peer does not speak RESYNC: the tunnel closes with 1001', () => {
    const { edge } = pair(hello, plain);
    forget(edge);
    const failure = caught(() => edge.session.resync.ask());
    expect(failure).toBeInstanceOf(ProtocolError);
    expect((failure as ProtocolError).closeCode).toBe(CloseCode.goingAway);
  });

  it('does not mistake a late answer for a question', () => {
    const { edge, connector } = pair(hello, hello);
    const { viewer, laptop } = socket(edge, connector);
    sleep(edge, viewer);
    flush(edge);
    sleep(edge, viewer);
    turn(edge, connector);
    laptop.stream.write(utf8('there'));
    viewer.stream.write(utf8('here'));
    turn(edge, connector);
    expect([viewer.bytes, laptop.bytes]).toEqual([5, 4]);
    expectOpen(edge, connector);
  });
});

function caught(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
