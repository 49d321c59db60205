/** `byway token`, with a login. */
import { beforeEach, describe, expect, it } from 'vitest';
import { tokenLike } from '../../unit/cli/login/strict-edge.ts';
import { useLogin, world } from './use-login.ts';

useLogin();

describe('byway token', () => {
  beforeEach(() => world.logIn('--no-browser'));

  it('prints the secret once, and alone', async () => {
    const args = ['--kind', 'service', '--name', 'ci', '--scope', 'view', '--expires', '30d'];
    const made = await world.byway('token', 'create', ...args);
    expect(made.code).toBe(0);
    expect(made.stdout).toMatch(/^bws_\w{12}_\w{43}_\w{6}\n$/);
    expect(made.stderr).toContain('service token “ci”');
    expect(made.stderr).not.toContain(made.stdout.trim());
    expect(JSON.parse(world.gate.asked('/api/v1/tokens').at(-1)!.body)).toEqual({
      kind: 'service',
      name: 'ci',
      scopes: ['view'],
      expires_in_s: 2_592_000,
    });
    const json = await world.json('token', 'create', '--kind', 'personal', '--name', 'me');
    expect(json).toMatchObject({ name: 'me', token: expect.stringMatching(/^bwu_/) });
    const list = await world.byway('token', 'list');
    expect(list.stdout).toMatch(
      /^ID +KIND +NAME .*\n\w{12} +service +ci .*\n\w{12} +personal +me /,
    );
    expect((await world.byway('token', 'list', '--output', 'yaml')).stdout).toContain('name: ci\n');
  });

  it('never lists a secret, whatever the edge sends', async () => {
    const secret = tokenLike('bws');
    world.gate.tokens = [{ id: 'A'.repeat(12), name: 'ci', token: secret }];
    for (const output of ['text', 'json', 'yaml']) {
      const { code, stdout } = await world.byway('token', 'list', '--output', output);
      expect(code).toBe(0);
      expect(stdout).toContain('ci');
      expect(stdout).not.toContain(secret);
    }
  });

  it('rotates and revokes', async () => {
    const args = ['--kind', 'connector', '--name', 'c', '--cluster', 'abcdefgh'];
    const { id } = await world.json('token', 'create', ...args);
    const rotated = await world.byway('token', 'rotate', String(id), '--grace', '24h');
    expect(rotated.stdout).toMatch(/^bw\w{61,}\n$/);
    expect(JSON.parse(world.gate.asked(`/api/v1/tokens/${id}/rotate`)[0]!.body)).toEqual({
      grace_s: 86_400,
    });
    expect((await world.byway('token', 'revoke', String(id))).stdout).toBe(`Revoked ${id}\n`);
    const again = await world.byway('token', 'revoke', String(id));
    expect(again.code).toBe(5);
    expect(again.stderr).toContain('the edge says: There is no such token. List.');
    expect((await world.byway('token', 'list')).stdout).toBe('No tokens\n');
  });

  it('does not repeat a secret that was given for an id', async () => {
    const secret = tokenLike('bws');
    const { code, stderr } = await world.byway('token', 'revoke', secret);
    expect(code).toBe(2);
    expect(stderr).toContain('the 12 characters that byway token list shows');
    expect(stderr).not.toContain(secret);
  });
});
