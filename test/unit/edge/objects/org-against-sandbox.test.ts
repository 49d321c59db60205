/** An organisation’s object against the GitHub sandbox: removals that are told, and ones that are not. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gitHubConfigOf } from '#edge/github/config.ts';
import { startGitHub, type GitHubSandbox } from '#sandbox/github/github.ts';
import { staleLifeMs } from '#edge/objects/stores/memberships.ts';
import { ScratchOrg } from './scratch-org.ts';

const [admin, bob] = [1001, 1002];
const minuteMs = 60_000;

let gitHub: GitHubSandbox;
let scratch: ScratchOrg;
let key: string;
let installationId: number;

beforeEach(async () => {
  gitHub = await startGitHub();
  const [app] = gitHub.state.world.apps;
  const [installation] = gitHub.state.world.installations;
  const config = gitHubConfigOf({
    webUrl: gitHub.url,
    apiUrl: gitHub.apiUrl,
    appId: app!.id,
    clientId: app!.client_id,
    clientSecret: app!.client_secret,
    privateKey: app!.private_key,
    webhookSecrets: [app!.webhook_secret],
    slug: app!.slug,
  });
  installationId = installation!.id;
  scratch = new ScratchOrg(config, installation!.account_id);
  scratch.nowMs = Date.now();
  ({ key } = await scratch.register('one'));
  await scratch.org.installed(installationId, 'sandbox');
});
afterEach(async () => {
  scratch.sql.close();
  await gitHub.stop();
  expect(gitHub.journal.violations).toEqual([]);
});

const kindOf = async (userId: number) => (await scratch.org.membership(userId)).membership.kind;
const remove = () =>
  gitHub.actions.act({ action: 'remove_member', org: 'sandbox', login: 'bob', webhook: false });
/** Both clocks. */
const pass = (ms: number): void => {
  scratch.nowMs += ms;
  gitHub.state.clock.advance(ms);
};
const goAway = (): void =>
  gitHub.faults.arm({ times: 1000, fault: { kind: 'status', status: 503 } });

describe('threat 32: somebody who was removed', () => {
  it('is none once GitHub has told', async () => {
    expect(await kindOf(bob)).toBe('member');
    remove();
    expect(await kindOf(bob)).toBe('member');
    const news = { kind: 'member-removed', userId: bob, installationId } as const;
    expect(await scratch.org.told({ guid: 'g', bodyHash: 'b' }, news)).toBe('applied');
    expect(await kindOf(bob)).toBe('none');
    expect(scratch.told).toEqual([{ key, what: { kind: 'person', userId: bob } }]);
    pass(minuteMs);
    expect(await kindOf(bob)).toBe('none');
    expect(await kindOf(admin)).toBe('member');
  });

  it('is one for 5 minutes at most when the webhook was lost', async () => {
    expect(await kindOf(bob)).toBe('member');
    remove();
    pass(5 * minuteMs);
    expect(await kindOf(bob)).toBe('none');
  });

  it('is one for 15 minutes at most when GitHub is away as well', async () => {
    expect(await kindOf(bob)).toBe('member');
    remove();
    goAway();
    pass(staleLifeMs - 1);
    expect(await kindOf(bob)).toBe('member');
    pass(1);
    expect(await kindOf(bob)).toBe('unavailable');
    gitHub.faults.clear();
    pass(minuteMs);
    expect(await kindOf(bob)).toBe('none');
  });

  it('is found by the daily comparison when the webhook was lost', async () => {
    expect(await kindOf(admin)).toBe('member');
    expect(await kindOf(bob)).toBe('member');
    const creator = { id: bob, login: 'bob' };
    const binding = { kind: 'organisation' } as const;
    await scratch.org.makeToken({ kind: 'personal', name: 'x', binding, creator }, `gh:${bob}`);
    remove();
    pass(scratch.alarmMs! - scratch.nowMs);
    await scratch.org.alarm();
    expect(scratch.told.map(({ what }) => what)).toContainEqual({ kind: 'person', userId: bob });
    expect(scratch.told.map(({ what }) => what)).not.toContainEqual({
      kind: 'person',
      userId: admin,
    });
    expect(await scratch.org.tokens({ kind: 'personal' })).toEqual([]);
    expect((await scratch.actions())[0]).toBe(`edge member.removed gh:${bob}`);
  });
});

describe('the daily comparison', () => {
  it('that GitHub does not answer takes nothing away, and is repeated in an hour', async () => {
    expect(await kindOf(bob)).toBe('member');
    const epoch = (await scratch.org.membership(bob)).epoch;
    goAway();
    pass(scratch.alarmMs! - scratch.nowMs);
    await scratch.org.alarm();
    expect(scratch.told).toEqual([]);
    expect(scratch.alarmMs).toBe(scratch.nowMs + 60 * minuteMs);
    gitHub.faults.clear();
    remove();
    pass(60 * minuteMs);
    // Known from yesterday, and still to be compared.
    await scratch.org.alarm();
    expect(scratch.told).toEqual([{ key, what: { kind: 'person', userId: bob } }]);
    expect((await scratch.org.membership(bob)).epoch).toBe(epoch + 1);
  });

  it('finds that the app was removed', async () => {
    expect(await kindOf(bob)).toBe('member');
    gitHub.actions.act({
      action: 'uninstall',
      installation_id: installationId,
      webhook: false,
    });
    pass(scratch.alarmMs! - scratch.nowMs);
    await scratch.org.alarm();
    expect(scratch.told).toEqual([{ key, what: { kind: 'everybody' } }]);
    expect(await kindOf(bob)).toBe('not-installed');
  });
});
