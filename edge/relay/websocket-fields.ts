/** Fields of a WebSocket's handshake, which each hop makes for itself (RFC 6455 §4). */

/** Fields of an answer that the edge writes itself. */
const own = new Set(['sec-websocket-accept', 'sec-websocket-protocol', 'sec-websocket-extensions']);

/** Filter of an answer’s fields: all but those of the handshake. */
export function ofHandshake(_text: string, index: number, fields: readonly string[]): boolean {
  return !own.has((fields[index - (index % 2)] ?? '').toLowerCase());
}

/** The connector makes its own handshake with the app: key, version and extensions are not relayed. */
export function isWebSocketField(_text: string, index: number, head: readonly string[]): boolean {
  const name = (head[index - (index % 2)] ?? '').toLowerCase();
  return !name.startsWith('sec-websocket-') || name === 'sec-websocket-protocol';
}
