import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appHealthOf } from '#edge/github/app-health.ts';
import { ScratchGitHub } from './scratch-github.ts';

const acme = { id: 42, login: 'acme' };
const all = { members: 'read', metadata: 'read', pull_requests: 'write', issues: 'write' };
const installation = { id: 5, account: acme, permissions: all, suspended_at: null };
const delivered = (id: number, of: number | null, status_code: number) => ({
  ...{ id, guid: `g${id}`, installation_id: of, status_code },
  event: 'pull_request',
  delivered_at: '2026-01-31T12:00:00Z',
  status: status_code < 300 ? 'OK' : 'failed to connect to host',
});

let gitHub: ScratchGitHub;
beforeEach(async () => {
  gitHub = await new ScratchGitHub().start();
  gitHub.on('GET /api/orgs/acme/installation', { body: installation });
  gitHub.on('GET /api/app/hook/deliveries', { body: [] });
});
afterEach(() => gitHub.stop());

const look = () => appHealthOf(gitHub.config, gitHub.services)(acme);

describe('how the app fares', () => {
  it('is what GitHub says of installation and deliveries of this organisation', async () => {
    const list = [delivered(3, 6, 200), delivered(2, 5, 502), delivered(1, 5, 202)];
    gitHub.on('GET /api/app/hook/deliveries', { body: list });
    expect(await look()).toMatchObject({
      url: expect.stringMatching(/\/apps\/[\w-]+$/) as string,
      installation: { kind: 'installed', id: 5, missing: [] },
      delivery: {
        event: 'pull_request',
        atMs: Date.UTC(2026, 0, 31, 12),
        arrived: false,
        status: 'failed to connect to host',
      },
    });
  });

  it.each([
    ['removed', 404, 'not-installed'],
    ['with a wrong key', 401, 'refused'],
    ['while GitHub is down', 503, 'away'],
  ])('%s', async (_what, status, kind) => {
    gitHub.on('GET /api/orgs/acme/installation', { status, body: {} });
    expect((await look()).installation).toEqual({ kind });
  });

  it.each([
    ['that is suspended', { suspended_at: '2026-01-01T00:00:00Z' }, { kind: 'suspended' }],
    [
      'of another organisation under that name',
      { account: { id: 43, login: 'acme' } },
      { kind: 'not-installed' },
    ],
    [
      'that lacks permissions',
      { permissions: { ...all, issues: 'read', members: undefined } },
      { kind: 'installed', id: 5, missing: ['members: read', 'issues: write'] },
    ],
  ])('an installation %s', async (_what, change, expected) => {
    gitHub.on('GET /api/orgs/acme/installation', { body: { ...installation, ...change } });
    expect((await look()).installation).toEqual(expected);
  });

  it('is known without the deliveries', async () => {
    gitHub.on('GET /api/app/hook/deliveries', { status: 403, body: {} });
    const { installation: found, delivery } = await look();
    expect(found.kind).toBe('installed');
    expect(delivery).toBeUndefined();
  });
});
