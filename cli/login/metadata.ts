/** What the edge says of itself as an authorization server (RFC 8414). */
import { z } from 'zod';
import { ExitCode, Failure } from '../failure.ts';
import { callJson } from '../daemon/json-call.ts';

const document = z.object({
  issuer: z.string(),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  device_authorization_endpoint: z.url(),
  revocation_endpoint: z.url(),
  code_challenge_methods_supported: z.array(z.string()),
});

/** An edge without login answers as it does to every path that it does not know. */
const unknownPath = z.object({ error: z.object({ code: z.literal('BW-1005') }) });

export type AuthorizationServer = z.infer<typeof document>;

const path = '/.well-known/oauth-authorization-server';

/**
 * The issuer must be the edge that was asked (RFC 8414 §3.3), and all endpoints its own: nothing of a
 * login is ever sent elsewhere. @throws Failure, RequestError
 */
export async function discover(edge: string): Promise<AuthorizationServer> {
  const { status, body } = await callJson(`the edge ${edge}`, new URL(edge), {
    method: 'GET',
    path,
    token: undefined,
    payload: undefined,
  });
  const result = document.safeParse(body);
  if (status === 404 && unknownPath.safeParse(body).success) {
    throw new Failure(
      ExitCode.notConfigured,
      `${edge} has no GitHub App yet, so nobody can log in there; whoever runs it sets one up with: byway setup github`,
    );
  }
  if (status !== 200 || !result.success) {
    throw new Failure(
      ExitCode.unreachable,
      `${edge} answers ${status} to ${path}, not as an edge that one can log in to; check the URL, and the edge's version`,
    );
  }
  const server = result.data;
  if (server.issuer !== edge) {
    throw new Failure(
      ExitCode.refused,
      `${edge} calls itself ${printable(server.issuer)}; log in with the URL that the edge has as its app_url`,
    );
  }
  for (const [name, value] of Object.entries(server)) {
    if (name.endsWith('_endpoint') && new URL(String(value)).origin !== edge) {
      throw new Failure(ExitCode.refused, `${edge} has its ${name} at another host; not logged in`);
    }
  }
  if (!server.code_challenge_methods_supported.includes('S256')) {
    throw new Failure(ExitCode.refused, `${edge} does not offer PKCE with S256; not logged in`);
  }
  return server;
}

/** Text of others on a terminal: no control characters, at most 300 characters. */
export function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, '\u{fffd}').slice(0, 300);
}
