import { describe, expect, it } from 'vitest';
import { helloOf } from '#protocol/hello.ts';
import { attach, attachmentOf, type Attachment, type Carrier } from './engine.ts';

/** A socket that carries what it was given, as a copy. */
function carrier(value?: unknown): Carrier & { value: unknown } {
  return {
    value,
    serializeAttachment(given) {
      this.value = structuredClone(given);
    },
    deserializeAttachment() {
      return structuredClone(this.value);
    },
  };
}

const peer = { ...helloOf('connector/1', { role: 'connector' }), features: ['resync'] };

describe('attachments', () => {
  it.each<[string, Attachment]>([
    ['a tunnel', { kind: 'tunnel', since: 1, peer, nextId: 8193 }],
    ['a tunnel before HELLO', { kind: 'tunnel', since: 1, nextId: 1 }],
    ['a viewer', { kind: 'viewer', label: 'amber-otter-x', stream: 7 }],
  ])('of %s come back as they were written', (_name, attachment) => {
    const socket = carrier();
    attach(socket, attachment);
    expect(attachmentOf(socket)).toMatchObject(attachment);
    expect(socket.value).toMatchObject({ v: 1 });
  });

  it.each<[string, unknown]>([
    ['none', null],
    ['a later version', { v: 2, kind: 'viewer', label: 'x', stream: 1 }],
    ['no version', { kind: 'viewer', label: 'x', stream: 1 }],
    ['an unknown kind', { v: 1, kind: 'other', label: 'x', stream: 1 }],
    ['a viewer without stream', { v: 1, kind: 'viewer', label: 'x' }],
    ['a viewer with a text for its stream', { v: 1, kind: 'viewer', label: 'x', stream: '1' }],
    ['a tunnel without ids', { v: 1, kind: 'tunnel', since: 1, peer }],
    ['a text', 'tunnel'],
    ['a list', [1]],
  ])('that are %s are not understood', (_name, value) => {
    expect(attachmentOf(carrier(value))).toBeUndefined();
  });
});
