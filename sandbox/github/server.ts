/** The sandbox's HTTP server: which part answers a request. */
import { createServer, type Server } from 'node:http';
import { apiRoot } from './addresses.ts';
import { controlAnswer, controlRoot } from './control.ts';
import { read, write, type Incoming, type Outgoing } from './http.ts';
import { struckBy } from './limits.ts';
import type { GitHub } from './sandbox.ts';
import { webAnswer } from './web/web.ts';

export function serverOf(github: GitHub): Server {
  return createServer({ keepAliveTimeout: 60_000 }, (message, response) => {
    const answered = read(message).then(async (incoming) => {
      if (incoming === undefined) return { status: 413, headers: {}, body: '' };
      return answer(github, incoming);
    });
    const failed = (error: unknown): Outgoing => {
      const body = error instanceof Error ? (error.stack ?? '') : String(error);
      return { status: 500, headers: {}, body };
    };
    void answered.catch(failed).then((outgoing) => {
      if (outgoing === undefined) return message.socket.destroy();
      return write(response, outgoing);
    });
  });
}

/** Part of GitHub although it stands under the controls: others fetch keys from it. */
const issuerRoot = `${controlRoot}/oidc/.well-known/`;

/** @returns undefined: the connection is to be cut */
async function answer(github: GitHub, incoming: Incoming): Promise<Outgoing | undefined> {
  const { pathname } = incoming.url;
  if (pathname.startsWith(`${apiRoot}/`)) return github.api.answer(incoming);
  const issuer = pathname.startsWith(issuerRoot);
  if (pathname.startsWith(`${controlRoot}/`) && !issuer) return controlAnswer(github, incoming);
  return disturbed(github, incoming, () =>
    issuer ? controlAnswer(github, incoming) : webAnswer(incoming, github),
  );
}

/** Whatever is not the API, with what goes wrong on the way. */
async function disturbed(
  github: GitHub,
  { method, target }: Incoming,
  answered: () => Outgoing | Promise<Outgoing>,
): Promise<Outgoing | undefined> {
  const { clock } = github.state;
  const fault = github.faults.takeForRequest(method, target);
  const struck = await struckBy(fault, clock.seconds());
  if (struck === 'cut') return undefined;
  const outgoing =
    struck === undefined
      ? await answered()
      : { status: struck.status, headers: struck.headers, body: struck.message };
  const { status } = outgoing;
  const at = clock.timestamp();
  github.journal.request({ at, method, path: target, operation_id: null, status });
  return outgoing;
}
