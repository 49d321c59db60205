/** Pages of the agent's own on an HTTP/1.1 connection. */
import type { Socket } from 'node:net';
import type { InterceptSpec } from '#protocol/control.ts';
import { fieldOf } from '#protocol/head.ts';
import { parseRequestHead } from '#protocol/http1/head.ts';
import { encodeResponseHead } from '#protocol/http1/write.ts';
import { renderPage, type Page } from '#protocol/pages.ts';
import type { Address } from '../app-upstream.ts';
import { failurePage } from '../failure-page.ts';
import type { Failure } from '../upstream.ts';

/** `head` of the request, which has been followed before. */
export function pageForFailure(
  head: Buffer,
  intercept: InterceptSpec | undefined,
  failure: Failure,
  app: Address,
): Page {
  const { fields } = parseRequestHead(head, 0, head.length);
  return failurePage(intercept, failure, app, fieldOf(fields, 'accept'));
}

/** For a request that cannot be passed on; its head may not be readable. */
export function pageForFault(what: string, status: number): Page {
  const parameters = { method: what, reason: what, limit: String(64 * 1024) };
  if (status === 405) return renderPage('BW-1004', parameters, undefined);
  if (status === 431) return renderPage('BW-1006', parameters, undefined);
  return renderPage('BW-1003', parameters, undefined);
}

/** `last`: the connection ends after it. */
export function writePage(socket: Socket, page: Page, method: string, last: boolean): void {
  const fields = last ? [...page.fields, 'Connection', 'close'] : page.fields;
  socket.write(encodeResponseHead(page.status, page.reason, fields));
  if (method !== 'HEAD') socket.write(page.body);
}
