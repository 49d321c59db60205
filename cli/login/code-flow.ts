/** Login by the browser of this machine: authorization code with PKCE over loopback. */
import { hostname } from 'node:os';
import { remark } from '../output.ts';
import { openBrowser } from './browser.ts';
import { listenForAnswer } from './loopback.ts';
import type { AuthorizationServer } from './metadata.ts';
import { challengeOf, randomSecret } from './proof.ts';
import { clientId, OauthRefusal, requestGrant, scope, type Grant } from './token-endpoint.ts';

export interface FlowOptions {
  organisation: string | undefined;
}

export interface CodeFlowOptions extends FlowOptions {
  /** False: only the URL is said. */
  browser: boolean;
  /** A browser is about to be opened. */
  onLaunch(): void;
}

/** Name of this machine on the consent page. */
export function deviceName(): string {
  return hostname().slice(0, 64);
}

/** @throws OauthRefusal, RequestError, Failure */
export async function codeFlow(
  server: AuthorizationServer,
  { organisation, browser, onLaunch }: CodeFlowOptions,
): Promise<Grant> {
  const state = randomSecret();
  const verifier = randomSecret();
  const loopback = await listenForAnswer({ state, issuer: server.issuer }, (reason) =>
    remark(`a request to this login was ignored: ${reason}`),
  );
  try {
    const url = new URL(server.authorization_endpoint);
    const parameters = {
      client_id: clientId,
      response_type: 'code',
      redirect_uri: loopback.redirectUri,
      state,
      code_challenge: challengeOf(verifier),
      code_challenge_method: 'S256',
      scope,
      device: deviceName(),
      ...(organisation === undefined ? {} : { organisation }),
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    if (browser) onLaunch();
    const opened = browser && (await openBrowser(url.href));
    remark(
      `${opened ? 'if no browser opens, open' : 'open'} this page in a browser here: ${url.href}`,
    );
    const answer = await loopback.answer;
    if (answer.kind === 'error') {
      throw new OauthRefusal(answer.error, answer.description, answer.organisations);
    }
    return await requestGrant(server, {
      grant_type: 'authorization_code',
      code: answer.code,
      redirect_uri: loopback.redirectUri,
      code_verifier: verifier,
    });
  } finally {
    await loopback.close();
  }
}
