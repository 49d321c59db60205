import { describe, expect, it } from 'vitest';
import { Flag, frameHeaderBytes, FrameType, readFrame, writeFrameHeader } from '#protocol/frame.ts';
import { headBytes } from '#protocol/head.ts';

describe('the protocol in workerd', () => {
  it('runs in the Workers runtime, not in Node', () => {
    expect(navigator.userAgent).toBe('Cloudflare-Workers');
  });

  it('reads the frame header that it wrote', () => {
    const message = new Uint8Array(frameHeaderBytes + 3);
    writeFrameHeader(message, 0, FrameType.data, Flag.fin, 7, 3);
    const view = { type: 0, flags: 0, stream: 0, start: 0, end: 0 };
    readFrame(message, 0, view);
    expect(view).toEqual({ type: FrameType.data, flags: Flag.fin, stream: 7, start: 12, end: 15 });
  });

  it('measures a head', () => {
    expect(headBytes([':status', '200'])).toBeGreaterThan(0);
  });
});
