/** The page for a request whose upstream failed before it answered. */
import type { InterceptSpec } from '#protocol/control.ts';
import type { ErrorCode } from '#protocol/errors.ts';
import { renderPage, type Page } from '#protocol/pages.ts';
import type { Address } from './app-upstream.ts';
import type { Failure } from './upstream.ts';

const codes: Readonly<Record<Failure, ErrorCode>> = {
  away: 'BW-4002',
  refused: 'BW-4001',
  broken: 'BW-4003',
};

/** `intercept`: of the laptop; undefined: it was the app. */
export function failurePage(
  intercept: InterceptSpec | undefined,
  failure: Failure,
  app: Address,
  accept: string | undefined,
): Page {
  if (!intercept) return renderPage('BW-4004', { address: `${app.host}:${app.port}` }, accept);
  const { name, laptop } = intercept;
  const port = laptop.address.slice(laptop.address.lastIndexOf(':') + 1);
  return renderPage(codes[failure], { intercept: name, laptop: laptop.name, port }, accept);
}
