/** Tokens for one repository: for what, and what becomes of a no. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mintForRepository } from '#edge/github/repository-token.ts';
import { Rest } from '#edge/github/rest.ts';
import { installationId, ScratchGitHub, type Told } from './scratch-github.ts';

const route = `POST /api/app/installations/${installationId}/access_tokens`;
const wanted = { metadata: 'read', pull_requests: 'write', issues: 'write' };

let gitHub: ScratchGitHub;
beforeEach(async () => {
  gitHub = (await new ScratchGitHub().start()).withInstallation();
});
afterEach(() => gitHub.stop());

function mint(deployments?: boolean) {
  const config = { ...gitHub.config, ...(deployments === undefined ? {} : { deployments }) };
  const rest = new Rest(config.apiUrl, gitHub.services);
  return mintForRepository(rest, config, gitHub.services, { installationId, repositoryId: 7 });
}

const asked = (): unknown[] => gitHub.askedOf('access_tokens').map(({ body }) => JSON.parse(body));

describe('a token for one repository', () => {
  it('is for that one alone, and for no more than comments need', async () => {
    expect(await mint()).toEqual({
      kind: 'token',
      token: 'ghs_1',
      expiresAtMs: gitHub.nowMs + 3_600_000,
    });
    expect(asked()).toEqual([{ repository_ids: [7], permissions: wanted }]);
    expect(gitHub.askedOf('access_tokens')[0]?.headers.authorization).toMatch(/^Bearer eyJ/i);
  });

  it('is for deployments too where they are switched on, and only there', async () => {
    await mint(true);
    await mint(false);
    expect(asked()).toEqual([
      { repository_ids: [7], permissions: { ...wanted, deployments: 'write' } },
      { repository_ids: [7], permissions: wanted },
    ]);
  });

  it('is for comments alone where deployments are switched on and were not granted', async () => {
    gitHub.on(route, ({ body }) =>
      body.includes('deployments')
        ? { status: 422, body: { message: 'The permissions requested are not granted' } }
        : { status: 201, body: { token: 'ghs_9', expires_at: '2026-01-01T01:00:00Z' } },
    );
    expect(await mint(true)).toMatchObject({ kind: 'token', token: 'ghs_9' });
    expect(gitHub.logged.join()).toContain('the app may not write deployments');
  });

  it.each<[string, Told, string]>([
    ['there is no such installation', { status: 404 }, 'gone'],
    ['the repository is none of its', { status: 422 }, 'forbidden'],
    ['it is suspended', { status: 403, body: { message: 'suspended' } }, 'forbidden'],
    ['GitHub is away', { status: 503 }, 'unavailable'],
    ['GitHub says nothing', { fault: 'cut' }, 'unavailable'],
    ['the answer holds none', { status: 201, body: {} }, 'unavailable'],
  ])('is not had when %s', async (_what, told, kind) => {
    gitHub.on(route, told);
    expect(await mint()).toMatchObject({ kind });
    expect(gitHub.askedOf('access_tokens')).toHaveLength(1);
    expect(gitHub.logged.join()).not.toContain('ghs_');
  });
});
