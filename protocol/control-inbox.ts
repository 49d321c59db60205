/** Joins the parts of CONTROL messages (`docs/protocol.md` §7). */
import { ProtocolError } from './frame.ts';
import { jsonObject } from './hello.ts';
import { maxControlBytes } from './limits.ts';

export class ControlInbox {
  #parts: Uint8Array[] = [];
  #bytes = 0;

  /** The message that ends with this part, or undefined. @throws ProtocolError */
  take(part: Uint8Array, more: boolean): Record<string, unknown> | undefined {
    this.#bytes += part.length;
    if (this.#bytes > maxControlBytes) throw new ProtocolError('CONTROL message too long');
    this.#parts.push(part);
    if (more) return undefined;
    const joined = new Uint8Array(this.#bytes);
    let at = 0;
    for (const each of this.#parts) {
      joined.set(each, at);
      at += each.length;
    }
    this.#parts = [];
    this.#bytes = 0;
    return jsonObject(joined, 'CONTROL');
  }
}
