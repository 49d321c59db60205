/** `byway login`, `byway logout` */
import { z } from 'zod';
import { RequestError } from '#protocol/requests.ts';
import { loadEdgeConfig } from '../config.ts';
import { runningDaemon } from '../daemon/start.ts';
import { ExitCode, Failure } from '../failure.ts';
import { codeFlow } from '../login/code-flow.ts';
import { whileLocked } from '../login/credentials-lock.ts';
import {
  credentialsFile,
  loadCredentials,
  removeCredentials,
  saveCredentials,
  type Credentials,
} from '../login/credentials.ts';
import { accountText, viewOf } from '../login/current.ts';
import { deviceFlow } from '../login/device-flow.ts';
import { parseEdgeUrl } from '../login/edge-url.ts';
import { parseToken, readToken } from '../login/given-token.ts';
import { identityOf } from '../login/identity.ts';
import { discover, type AuthorizationServer } from '../login/metadata.ts';
import { chooseOrganisation, parseOrganisation } from '../login/organisation.ts';
import { OauthRefusal, revoke, type Grant } from '../login/token-endpoint.ts';
import { print, remark } from '../output.ts';
import type { CommonOptions } from './session.ts';

export interface LoginOptions extends CommonOptions {
  edge?: string;
  organisation?: string;
  device?: true;
  token?: string;
  browser: boolean;
}

export async function login(options: LoginOptions): Promise<void> {
  const organisation = parseOrganisation(options.organisation);
  if (options.token !== undefined && options.device) {
    throw new Failure(ExitCode.usage, '--token and --device exclude each other');
  }
  const edge = edgeOf(options);
  const file = credentialsFile();
  const former = formerLogin(file);
  const made =
    options.token === undefined
      ? await byFlow(edge, organisation, options)
      : await byToken(edge, organisation, options.token);
  await whileLocked(file, async () => saveCredentials(file, made));
  if (former?.edge_url === edge) await endQuietly(former);
  await tellDaemon(options.config);
  remark(`logged in to ${edge} as ${accountText(made)}`);
  print(options.output, viewOf(made), () => 'Login successful.\n');
}

/** @throws Failure when nothing says which edge */
function edgeOf({ edge, config }: LoginOptions): string {
  if (edge !== undefined) return parseEdgeUrl('--edge', edge);
  const { edgeUrl } = loadEdgeConfig(config);
  if (edgeUrl !== undefined) return parseEdgeUrl(`edge_url of ${config}:`, edgeUrl);
  const former = formerLogin(credentialsFile());
  if (former) return former.edge_url;
  throw new Failure(
    ExitCode.usage,
    `which edge? Give --edge URL, or write edge_url into ${config}`,
  );
}

/** One that cannot be used is replaced without a word. */
function formerLogin(file: string): Credentials | undefined {
  try {
    return loadCredentials(file, true);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

async function byToken(
  edge: string,
  organisation: string | undefined,
  given: string,
): Promise<Credentials> {
  const token = given === '-' ? await readToken(process.stdin) : parseToken(given);
  const { organisation: its, user } = await identityOf(edge, token);
  if (!isFor(its.login, organisation)) throw otherOrganisation(its.login, organisation);
  return {
    edge_url: edge,
    organisation: its,
    user,
    access_token: token,
    access_expires_ms: null,
    refresh_token: null,
  };
}

async function byFlow(
  edge: string,
  organisation: string | undefined,
  options: LoginOptions,
): Promise<Credentials> {
  const server = await discover(edge);
  const grant = await granted(server, organisation, options);
  try {
    const { organisation: its, user } = await identityOf(edge, grant.accessToken);
    if (!isFor(its.login, organisation)) throw otherOrganisation(its.login, organisation);
    return {
      edge_url: edge,
      organisation: its,
      user,
      access_token: grant.accessToken,
      access_expires_ms: grant.expiresMs,
      refresh_token: grant.refreshToken,
    };
  } catch (error) {
    // Nobody will ever use it.
    await revoke(server, grant.refreshToken ?? grant.accessToken).catch(() => {});
    throw error;
  }
}

/** Goes through the flow, and once more where the edge wants to know the organisation first. */
async function granted(
  server: AuthorizationServer,
  organisation: string | undefined,
  options: LoginOptions,
): Promise<Grant> {
  try {
    return await flow(server, organisation, options);
  } catch (error) {
    if (!(error instanceof OauthRefusal)) throw error;
    if (error.code !== 'organisation_required') throw failureOf(error, server.issuer);
    const chosen = await chooseOrganisation(error.organisations, terminalOf());
    return await flow(server, chosen, options).catch((again: unknown) => {
      throw again instanceof OauthRefusal ? failureOf(again, server.issuer) : again;
    });
  }
}

function flow(
  server: AuthorizationServer,
  organisation: string | undefined,
  { device, browser, output }: LoginOptions,
): Promise<Grant> {
  if (device) return deviceFlow(server, { organisation });
  return codeFlow(server, {
    organisation,
    browser,
    onLaunch() {
      if (output === 'text') process.stdout.write('Launching browser authentication flow...\n');
    },
  });
}

function terminalOf() {
  const { stdin, stderr } = process;
  return stdin.isTTY && stderr.isTTY ? { input: stdin, output: stderr } : undefined;
}

/** GitHub's logins are compared without regard to case. */
function isFor(login: string, wanted: string | undefined): boolean {
  return wanted === undefined || login.toLowerCase() === wanted.toLowerCase();
}

function otherOrganisation(login: string, wanted: string | undefined): Failure {
  return new Failure(
    ExitCode.refused,
    `the edge gives a login for ${login}, not for ${wanted}; you are not logged in`,
  );
}

function failureOf({ code, message }: OauthRefusal, edge: string): Failure {
  if (code === 'access_denied') {
    return new Failure(ExitCode.refused, `${edge} does not let you in: ${message}`);
  }
  if (code === 'expired_token') {
    return new Failure(
      ExitCode.notConfigured,
      'the code was not entered in time; run byway login --device again',
    );
  }
  return new Failure(ExitCode.refused, `${edge} refuses the login: ${message}`);
}

/** The daemon of this configuration; those of others see it at their next call. */
async function tellDaemon(config: string): Promise<{ previews: number } | undefined> {
  try {
    const daemon = await runningDaemon(config);
    if (!daemon) return undefined;
    try {
      return z.object({ previews: z.number() }).parse(await daemon.ask('login'));
    } finally {
      daemon.close();
    }
  } catch (error) {
    // The login itself is done, whatever becomes of the daemon.
    remark(`the daemon could not be told: ${(error as Error).message}`);
    return undefined;
  }
}

/** Tokens of `--token` are the person's, and may be in use elsewhere. */
async function endAtEdge({ edge_url, refresh_token }: Credentials): Promise<void> {
  if (refresh_token !== null) await revoke(await discover(edge_url), refresh_token);
}

async function endQuietly(former: Credentials): Promise<void> {
  await endAtEdge(former).catch(() => {});
}

export async function logout({ config, output }: CommonOptions): Promise<void> {
  const file = credentialsFile();
  // Not while a daemon renews: it would write a login back.
  const found = await whileLocked(file, async () => {
    const login = formerLogin(file);
    removeCredentials(file);
    return login;
  });
  let revoked = false;
  if (found) {
    try {
      await endAtEdge(found);
      revoked = found.refresh_token !== null;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      remark(
        `logged out here, but the edge could not be told: ${error.message}. The login that was here ends there by itself; where it may have been copied, end it on ${found.edge_url}`,
      );
    }
    if (found.refresh_token === null) {
      remark('the token itself goes on; end it with byway token revoke ID, or where it was made');
    }
  }
  const told = await tellDaemon(config);
  if (told && told.previews > 0) {
    remark(
      `${told.previews} of your intercepts have previews, which stay until you log in again and leave them`,
    );
  }
  if (operatorIn(config)) remark(`operator_token in ${config} goes on counting as logged in`);
  print(output, { logged_out: found !== undefined, revoked }, () =>
    found ? 'Logout successful.\n' : 'Not logged in\n',
  );
}

function isRefusal(error: unknown): error is Error {
  return error instanceof RequestError || error instanceof Failure || error instanceof OauthRefusal;
}

function operatorIn(config: string): boolean {
  try {
    return loadEdgeConfig(config).edge !== undefined;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}
