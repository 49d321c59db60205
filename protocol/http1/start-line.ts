/** The parts of a start line that are worth knowing by heart (RFC 9112 §2.3, §3.1). */
import { latin1 } from '../bytes.ts';
import { fault } from './error.ts';

/** The version's eight bytes at `at`: `HTTP/1.0` or `HTTP/1.1`, in capitals (RFC 9112 §2.3). */
export function minorAt(bytes: Uint8Array, start: number, at: number): 0 | 1 {
  const minor = bytes[at + 7];
  if (
    bytes[at] === 72 &&
    bytes[at + 1] === 84 &&
    bytes[at + 2] === 84 &&
    bytes[at + 3] === 80 &&
    bytes[at + 4] === 47 &&
    bytes[at + 5] === 49 &&
    bytes[at + 6] === 46 &&
    (minor === 48 || minor === 49)
  ) {
    return minor === 49 ? 1 : 0;
  }
  throw fault('version', 'neither HTTP/1.1 nor HTTP/1.0', at - start);
}

const knownMethods = ['GET', 'POST', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT'].map(
  (name) => ({ name, bytes: Uint8Array.from(name, (character) => character.charCodeAt(0)) }),
);

/** Interned for the usual methods, so that no string is made for them. */
export function methodOf(bytes: Uint8Array, start: number, end: number): string {
  for (const known of knownMethods) {
    if (known.bytes.length === end - start && equals(bytes, start, known.bytes)) return known.name;
  }
  return latin1(bytes, start, end);
}

function equals(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let index = 0; index < wanted.length; index += 1) {
    if (bytes[at + index] !== wanted[index]) return false;
  }
  return true;
}
