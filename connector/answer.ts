/** Answers that the connector gives itself. */
import type { ErrorCode } from '#protocol/errors.ts';
import { renderPage } from '#protocol/pages.ts';
import type { Stream, StreamHandler } from '#protocol/stream.ts';

/** The state page of `code` as a whole answer. */
export function answerWithPage(
  stream: Stream,
  code: ErrorCode,
  parameters: Record<string, string | number>,
  accept: string | undefined,
): void {
  const { status, reason, fields, body } = renderPage(code, parameters, accept);
  stream.head([':status', String(status), ':reason', reason, ...fields], false);
  stream.end(body);
}

/** The rest of a stream that has been answered: nobody wants its bytes, but their credit is owed. */
export function discarding(stream: Stream): StreamHandler {
  return {
    onHead() {},
    onData: (bytes) => stream.consumed(bytes.length),
    onReset() {},
  };
}
