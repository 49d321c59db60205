/** Two sessions joined in memory, with a network that the test turns by hand. */
import { helloOf, type Hello } from '#protocol/hello.ts';
import type { ResetCode } from '#protocol/frame.ts';
import { Session } from '#protocol/session.ts';
import type { SessionEvents, Transport } from '#protocol/transport.ts';
import type { Stream, StreamHandler } from '#protocol/stream.ts';

/** One end's transport. Messages wait in `sent` until `Pair.turn` carries them over. */
export class Wire implements Transport {
  sent: (Uint8Array | string)[] = [];
  tasks: (() => void)[] = [];
  closedWith: { code: number; reason: string } | undefined;
  /** A socket that takes nothing: bytes stay queued. */
  stuck = false;
  time = 0;

  get queuedBytes(): number {
    let bytes = 0;
    for (const message of this.sent) if (typeof message !== 'string') bytes += message.length;
    return bytes;
  }
  send(message: Uint8Array): void {
    this.sent.push(message);
  }
  sendText(text: string): void {
    this.sent.push(text);
  }
  close(code: number, reason: string): void {
    this.closedWith = { code, reason };
  }
  defer(task: () => void): void {
    this.tasks.push(task);
  }
  moved(): void {}
  now(): number {
    return (this.time += 1);
  }
}

export interface End {
  wire: Wire;
  session: Session;
  control: Record<string, unknown>[];
  goaways: string[];
  closes: { code: number; reason: string }[];
  opened: Recorder[];
  /** Decides on streams that the peer opens; by default each gets a Recorder. */
  accept: (stream: Stream, head: string[], fin: boolean) => StreamHandler | ResetCode;
}

/** A handler that writes down what happens, as short lines. */
export class Recorder implements StreamHandler {
  stream: Stream | undefined;
  log: string[] = [];
  data: Uint8Array[] = [];
  writable = 0;
  /** Gives credit back at once; false: the reader is slow. */
  eager = true;

  onHead(head: string[], fin: boolean): void {
    this.log.push(`head ${head.join('|')}${fin ? ' fin' : ''}`);
  }
  onData(bytes: Uint8Array, flags: number, fin: boolean): void {
    this.log.push(`data ${bytes.length} ${flags}${fin ? ' fin' : ''}`);
    this.data.push(bytes);
    if (this.eager) this.stream?.consumed(bytes.length);
  }
  onReset(code: ResetCode, dispatched: boolean): void {
    this.log.push(`reset ${code} ${dispatched}`);
  }
  onWritable(): void {
    this.writable += 1;
  }
  get bytes(): number {
    return this.data.reduce((sum, part) => sum + part.length, 0);
  }
}

export function end(side: 'accepted' | 'dialled', hello: Hello = helloOf('test', {})): End {
  const wire = new Wire();
  const made = { wire, control: [], goaways: [], closes: [], opened: [] } as unknown as End;
  made.accept = (stream) => {
    const recorder = new Recorder();
    recorder.stream = stream;
    made.opened.push(recorder);
    return recorder;
  };
  const events: SessionEvents = {
    onHello() {},
    onOpen: (stream, head, fin) => made.accept(stream, head, fin),
    onControl: (message) => made.control.push(message),
    onGoaway: (reason) => made.goaways.push(reason),
    onClose: (code, reason) => made.closes.push({ code, reason }),
  };
  made.session = new Session(side, hello, wire, events);
  return made;
}

/** Carries messages both ways until nothing moves any more. */
export function turn(a: End, b: End): void {
  for (let quiet = false; !quiet;) {
    quiet = true;
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      for (const task of from.wire.tasks.splice(0)) task();
      if (from.wire.stuck) continue;
      const messages = from.wire.sent.splice(0);
      if (messages.length > 0) quiet = false;
      for (const message of messages) {
        if (typeof message === 'string') to.session.receiveText(message);
        else to.session.receive(message.slice());
      }
      if (messages.length > 0) from.session.flush();
    }
  }
}

export function pair(helloA?: Hello, helloB?: Hello): { edge: End; connector: End } {
  const edge = end('accepted', helloA);
  const connector = end('dialled', helloB);
  turn(edge, connector);
  return { edge, connector };
}

export function open(
  from: End,
  kind: 1 | 2 | 3 = 1,
  fin = false,
  head: string[] = [':method', 'GET', ':path', '/'],
): Recorder & { stream: Stream } {
  const recorder = new Recorder();
  recorder.stream = from.session.open(kind, 'label', head, fin, recorder);
  return recorder as Recorder & { stream: Stream };
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function unhex(text: string): Uint8Array {
  const digits = text.replaceAll(/[^0-9a-f]/g, '');
  return Uint8Array.from({ length: digits.length / 2 }, (_, index) =>
    Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16),
  );
}

/** A frame of those bytes, whether or not it is a good one. */
export function frame(type: number, stream: number, payload: Uint8Array, flags = 0): Uint8Array {
  const length = payload.length;
  const header = [length >> 16, (length >> 8) & 255, length & 255, type, flags, 0, 0, 0];
  const id = [stream >>> 24, (stream >> 16) & 255, (stream >> 8) & 255, stream & 255];
  const made = new Uint8Array(12 + length);
  made.set([...header, ...id]);
  made.set(payload, 12);
  return made;
}
