/**
 * What Node's parser refuses never becomes a request; here it is answered. A head that is too large is
 * mostly cookies which another preview has set for the whole preview domain: a browser that is told no
 * more than 431 stays locked out for as long as those cookies last (threat 12).
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { renderPage, type Page } from '#protocol/pages.ts';
import { forgettingCookies } from '../gate/cookie-flood.ts';

/** Of a request line that may be what somebody typed or followed; a longer one is the fault itself. */
const maxOrdinaryLineBytes = 8 * 1024;
/** How long the peer may take to read the answer while it still sends. */
const lingerMs = 5000;

interface ParserError extends Error {
  code?: string;
  /** The piece that was being parsed: of a large head not the first one. */
  rawPacket?: Buffer;
}

/** Otherwise as Node does without a listener. `maxHeadBytes`: what the server was made with. */
export function answerBadHeads(server: Server, maxHeadBytes: number): void {
  const answered = new WeakSet<Socket>();
  server.on('clientError', (error: ParserError, socket: Socket) => {
    // The parser fails again for each piece that follows.
    if (answered.has(socket)) return;
    answered.add(socket);
    if (!socket.writable) return void socket.destroy(error);
    if (error.code !== 'HPE_HEADER_OVERFLOW') {
      socket.write(`HTTP/1.1 ${statusOf(error.code)}\r\nConnection: close\r\n\r\n`);
      return void socket.destroy(error);
    }
    const { head, body } = wireOf(overflowPage(error.rawPacket ?? Buffer.alloc(0), maxHeadBytes));
    socket.write(head);
    // Closing with unread bytes would reset the connection, and with it what was just written.
    socket.end(body);
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.once('close', () => clearTimeout(timer));
  });
}

/**
 * BW-1006; with a short request line it is the fields that are too many, and mostly cookies.
 */
export function overflowPage(packet: Buffer, maxHeadBytes: number): Page {
  const text = packet.toString('latin1');
  const accept = /\r\naccept:[ \t]*([^\r\n]*)/i.exec(text)?.[1];
  const isFirst = /^[A-Z-]{1,20} /.test(text);
  // Of a later piece what came before is gone. Whoever brings so many cookies is a browser.
  const page = renderPage('BW-1006', { limit: maxHeadBytes }, isFirst ? accept : 'text/html');
  return hasShortLine(text, isFirst) ? forgettingCookies(page) : page;
}

/** A target has no blanks: a later piece that has some, and no end of a request line, is of the fields. */
function hasShortLine(text: string, isFirst: boolean): boolean {
  const end = text.search(/ HTTP\/\d\.\d\r?\n/);
  return isFirst ? end >= 0 && end <= maxOrdinaryLineBytes : end < 0 && /[ \r\n]/.test(text);
}

function wireOf({ status, reason, fields, body }: Page): { head: string; body: Uint8Array } {
  let head = `HTTP/1.1 ${status} ${reason}\r\n`;
  for (let index = 0; index < fields.length; index += 2) {
    head += `${fields[index]}: ${fields[index + 1]}\r\n`;
  }
  return { head: `${head}Connection: close\r\n\r\n`, body };
}

function statusOf(code: string | undefined): string {
  switch (code) {
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return '413 Payload Too Large';
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return '408 Request Timeout';
    default:
      return '400 Bad Request';
  }
}
