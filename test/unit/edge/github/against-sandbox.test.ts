/** The same against the GitHub sandbox, which holds every request against GitHub's own description. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gitHubConfigOf, type GitHubConfig } from '#edge/github/config.ts';
import { Deliveries } from '#edge/github/deliveries.ts';
import { Installations, type InstallationToken } from '#edge/github/installation.ts';
import { membersOf } from '#edge/github/members.ts';
import { membershipAtLogin, membershipOf } from '#edge/github/membership.ts';
import { challengeOf } from '#edge/gate/pkce.ts';
import { OAuth } from '#edge/github/oauth.ts';
import { newsOf } from '#edge/github/news.ts';
import type { GitHubServices } from '#edge/github/rest.ts';
import { verifyWebhook } from '#edge/github/webhook.ts';
import { startGitHub, type GitHubSandbox } from '#sandbox/github/github.ts';

const callbackUrl = 'http://byway.localhost/.byway/github/callback';
const verifier = 'verifier-of-the-test-verifier-of-the-test-1';
const services: GitHubServices = {
  clock: { nowMs: () => Date.now() },
  log: { info() {}, warn() {} },
};

let gitHub: GitHubSandbox;
let config: GitHubConfig;
let at: { organisationId: number; installationId: number };
let installations: Installations;
const [admin, member, outsider, invited] = [1001, 1002, 1003, 1004];

beforeEach(async () => {
  gitHub = await startGitHub({ callbackUrls: [callbackUrl] });
  const [app] = gitHub.state.world.apps;
  const [installation] = gitHub.state.world.installations;
  config = gitHubConfigOf({
    webUrl: gitHub.url,
    apiUrl: gitHub.apiUrl,
    appId: app!.id,
    clientId: app!.client_id,
    clientSecret: app!.client_secret,
    privateKey: app!.private_key,
    webhookSecrets: [app!.webhook_secret],
    slug: app!.slug,
  });
  at = { organisationId: installation!.account_id, installationId: installation!.id };
  const tokens = new Map<number, InstallationToken>();
  installations = new Installations(config, services, {
    get: (id) => tokens.get(id),
    set: (id, token) => void (token ? tokens.set(id, token) : tokens.delete(id)),
  });
});
afterEach(async () => {
  await gitHub.stop();
  expect(gitHub.journal.violations).toEqual([]);
});

async function login(name: string) {
  const oauth = new OAuth(config, services);
  const codeChallenge = await challengeOf(verifier);
  const url = oauth.authorizeUrl({
    redirectUri: callbackUrl,
    state: 's',
    codeChallenge,
    login: name,
  });
  const response = await fetch(url.replace(gitHub.url, gitHub.loopbackUrl), { redirect: 'manual' });
  const back = new URL(response.headers.get('location')!);
  expect(back.searchParams.get('state')).toBe('s');
  return { oauth, code: back.searchParams.get('code')! };
}

describe('login', () => {
  it('of a member', async () => {
    const { oauth, code } = await login('bob');
    expect(await oauth.identify(code, verifier, callbackUrl)).toEqual({
      kind: 'identified',
      user: { id: member, login: 'bob' },
      organisations: [
        { id: at.organisationId, login: 'sandbox', installationId: at.installationId },
      ],
    });
    expect(await oauth.identify(code, verifier, callbackUrl)).toEqual({
      kind: 'not-identified',
      reason: 'code',
    });
  });

  it('with another verifier', async () => {
    const { oauth, code } = await login('bob');
    const given = await oauth.identify(code, 'another-'.repeat(6), callbackUrl);
    expect(given).toMatchObject({ kind: 'not-identified' });
  });

  it('threat 35: of a member without a SAML session', async () => {
    gitHub.actions.act({ action: 'set_member', org: 'sandbox', login: 'bob', saml: true });
    const { oauth, code } = await login('bob');
    const identity = await oauth.identify(code, verifier, callbackUrl);
    if (identity.kind !== 'identified') throw new Error(identity.kind);
    const membership = await membershipOf(installations, at, identity.user.id);
    expect(membershipAtLogin(membership, identity, at.organisationId)).toEqual({ kind: 'saml' });
  });

  it('of somebody in no organisation', async () => {
    const { oauth, code } = await login('mallory');
    const given = await oauth.identify(code, verifier, callbackUrl);
    expect(given).toMatchObject({ kind: 'identified', organisations: [] });
  });
});

describe('membership', () => {
  it('of everybody', async () => {
    const of = (id: number | undefined) => membershipOf(installations, at, id!);
    expect(await of(admin)).toEqual({ kind: 'member', role: 'admin' });
    expect(await of(member)).toEqual({ kind: 'member', role: 'member' });
    expect(await of(outsider)).toEqual({ kind: 'none' });
    expect(await of(invited)).toEqual({ kind: 'pending' });
    expect(await of(424_242)).toEqual({ kind: 'none' });
    gitHub.actions.act({ action: 'remove_member', org: 'sandbox', login: 'bob' });
    expect(await of(member)).toEqual({ kind: 'none' });
  });

  it('after renames', async () => {
    await membershipOf(installations, at, member!);
    gitHub.actions.act({ action: 'rename_user', login: 'bob', to: 'bobby' });
    gitHub.actions.act({ action: 'rename_organization', org: 'sandbox', to: 'sandbox-2' });
    expect(await membershipOf(installations, at, member!)).toMatchObject({ kind: 'member' });
  });

  it('while the installation changes', async () => {
    const ofBob = () => membershipOf(installations, at, member!);
    const { installationId: installation_id } = at;
    await ofBob();
    gitHub.actions.act({ action: 'suspend', installation_id });
    expect(await ofBob()).toEqual({ kind: 'suspended' });
    gitHub.actions.act({ action: 'unsuspend', installation_id });
    expect(await ofBob()).toMatchObject({ kind: 'member' });
    gitHub.actions.act({
      action: 'set_permissions',
      installation_id,
      permissions: { metadata: 'read' },
    });
    expect(await ofBob()).toEqual({ kind: 'no-permission' });
    gitHub.actions.act({ action: 'uninstall', installation_id });
    expect(await ofBob()).toEqual({ kind: 'not-installed' });
  });

  it('of all', async () => {
    const given = await membersOf(installations, at);
    expect(given).toMatchObject({ kind: 'members' });
    if (given.kind === 'members')
      expect(given.members.map(({ id }) => id)).toEqual([admin, member]);
  });
});

describe('webhooks', () => {
  it('fail, are redelivered and revoke', async () => {
    const outcomes: unknown[] = [];
    let heard = (): void => {};
    const take = async (parts: Buffer[], headers: Headers): Promise<number> => {
      const body = new Uint8Array(Buffer.concat(parts));
      const given = await verifyWebhook(body, headers, config.webhookSecrets);
      outcomes.push(given.kind === 'verified' ? newsOf(given.payload) : given);
      return outcomes.length === 1 ? 503 : 202;
    };
    const receiver = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', async () => {
        const headers = new Headers(request.headers as Record<string, string>);
        response.writeHead(await take(parts, headers)).end(() => heard());
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const { port } = receiver.address() as AddressInfo;
    const next = () => new Promise<void>((resolve) => (heard = resolve));
    const webhook_url = `http://127.0.0.1:${port}/`;
    gitHub.actions.act({ action: 'configure_app', app_id: config.appId, webhook_url });

    const first = next();
    gitHub.actions.act({ action: 'remove_member', org: 'sandbox', login: 'bob' });
    await first;
    const again = next();
    const deliveries = new Deliveries(config, services);
    await expect
      .poll(() => deliveries.redeliverFailed(Date.now() - 60_000))
      .toMatchObject({ asked: 1 });
    await again;
    receiver.close();
    const { organisationId, installationId } = at;
    const removed = {
      organisationId,
      news: { kind: 'member-removed', userId: member, installationId },
    };
    expect(outcomes).toEqual([removed, removed]);
  });
});
