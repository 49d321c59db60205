/** Questions and answers of a peer that means harm. */
import { describe, expect, it } from 'vitest';
import { CloseCode, Flag, FrameType, ResetCode } from '#protocol/frame.ts';
import { connectionWindowBytes, maxPayloadBytes, maxStreamWindowBytes } from '#protocol/limits.ts';
import { frame, pair } from './pair.ts';
import { hello, resync, sleep, socket } from './sleeping-edge.ts';

describe('[C14] a hostile peer', () => {
  it.each<[string, Uint8Array]>([
    ['a question with a broken entry', resync(new Uint8Array(6))],
    ['a broken entry before others', resync(new Uint8Array(3), Flag.cont)],
  ])('%s closes with 4400', (_name, message) => {
    const { connector } = pair(hello, hello);
    connector.session.receive(message);
    expect(connector.wire.closedWith?.code).toBe(CloseCode.protocol);
  });

  it.each<[string, Uint8Array]>([
    ['an answer with a broken entry', resync(new Uint8Array(21))],
    ['an answer without the connection', resync(new Uint8Array(0))],
    ['an answer with streams alone', resync(new Uint8Array(22).fill(1))],
  ])('%s closes with 4400', (_name, message) => {
    const { edge, connector } = pair(hello, hello);
    const { viewer } = socket(edge, connector);
    sleep(edge, viewer);
    edge.session.receive(message);
    expect(edge.wire.closedWith?.code).toBe(CloseCode.protocol);
    expect(viewer.log.at(-1)).toBe(`reset ${ResetCode.connectorGone} true`);
    expect(edge.session.account).toMatchObject({ streams: 0, creditWhole: true });
  });

  it.each([
    ['asked', 0],
    ['asked', maxPayloadBytes],
    ['asking', 0],
    ['asking', 2978 * 22],
  ])(
    'RESYNC without end closes the one who is %s with 4400, in frames of %i bytes',
    (who, bytes) => {
      const { edge, connector } = pair(hello, hello);
      sleep(edge);
      const victim = who === 'asked' ? connector : edge;
      const message = resync(new Uint8Array(bytes), Flag.cont);
      let sent = 0;
      for (; !victim.session.closed && sent < 100; sent += 1) victim.session.receive(message);
      expect(sent).toBeLessThan(10);
      expect(victim.wire.closedWith).toEqual({
        code: CloseCode.protocol,
        reason: 'RESYNC without end',
      });
    },
  );

  it.each([
    ['one stream', 1, maxStreamWindowBytes],
    ['all streams', 8, connectionWindowBytes],
  ])(
    'that never answers cannot make the edge hold more than a window of %s',
    (_name, count, most) => {
      const { edge, connector } = pair(hello, hello);
      const viewers = Array.from({ length: count }, () => socket(edge, connector).viewer);
      sleep(edge, ...viewers);
      for (const viewer of viewers) viewer.eager = false;
      const data = (id: number, bytes: number): Uint8Array =>
        frame(FrameType.data, id, new Uint8Array(bytes));
      for (let sent = 0; sent < most; sent += maxPayloadBytes) {
        const viewer = viewers[(sent / maxPayloadBytes) % count]!;
        edge.session.receive(data(viewer.stream.id, maxPayloadBytes));
      }
      expect(edge.closes).toEqual([]);
      expect(edge.session.account.heldBytes).toBe(most);
      edge.session.receive(data(viewers[0]!.stream.id, 1));
      expect(edge.wire.closedWith?.code).toBe(CloseCode.flow);
    },
  );
});
