/** The side that is asked. */
import { describe, expect, it } from 'vitest';
import { utf8 } from '#protocol/bytes.ts';
import { Flag, FrameType, ResetCode } from '#protocol/frame.ts';
import { open, pair, turn } from './pair.ts';
import {
  carry,
  expectOpen,
  flush,
  hello,
  resync,
  sleep,
  socket,
  waiting,
  ws,
} from './sleeping-edge.ts';

describe('[C14] the side that is asked', () => {
  it('ends streams that are not named as if they had been RESET with CANCEL', () => {
    const { edge, connector } = pair(hello, hello);
    const { viewer, laptop } = socket(edge, connector);
    const other = socket(edge, connector);
    other.laptop.eager = false;
    other.viewer.stream.write(new Uint8Array(1000));
    turn(edge, connector);
    other.laptop.stream.write(utf8('on its way'));
    sleep(edge, viewer);
    turn(edge, connector);
    expect(other.laptop.log.at(-1)).toBe(`reset ${ResetCode.cancel} true`);
    expect(laptop.log).toEqual([]);
    expect([...connector.session.streams.keys()]).toEqual([viewer.stream.id]);
    expectOpen(edge, connector);
  });

  it('answers in several frames where there are more than 2,978 streams', () => {
    const { edge, connector } = pair(hello, hello);
    const count = 2979;
    const viewers = Array.from({ length: count }, () => open(edge, ws));
    turn(edge, connector);
    for (const laptop of connector.opened) {
      laptop.stream!.head([':status', '101'], false);
      laptop.stream!.write(utf8('ab'));
    }
    turn(edge, connector);
    sleep(edge, ...viewers);
    carry(edge, connector);
    flush(connector);
    const answer = waiting(connector).filter(({ type }) => type === FrameType.resync);
    expect(answer.map(({ flags, bytes }) => [flags, bytes])).toEqual([
      [Flag.cont, 2978 * 22],
      [0, 2 * 22],
    ]);
    turn(edge, connector);
    for (const viewer of viewers) viewer.stream.write(utf8('c'));
    turn(edge, connector);
    expect(viewers.every(({ stream }) => stream.receivedBytes === 2)).toBe(true);
    expect(connector.opened.every(({ bytes }) => bytes === 1)).toBe(true);
    expectOpen(edge, connector);
  });

  it('answers a question of several frames', () => {
    const { connector } = pair(hello, hello);
    connector.session.receive(resync(new Uint8Array(4), Flag.cont));
    flush(connector);
    expect(waiting(connector)).toEqual([]);
    connector.session.receive(resync(new Uint8Array(4)));
    flush(connector);
    expect(waiting(connector).map(({ type, bytes }) => [type, bytes])).toEqual([
      [FrameType.resync, 22],
    ]);
  });
});
