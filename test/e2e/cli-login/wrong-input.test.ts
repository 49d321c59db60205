/** What `byway login`, `logout` and `token` refuse before they ask an edge. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { useLogin, world } from './use-login.ts';

useLogin();

describe('wrong input', () => {
  const id = 'A'.repeat(12);
  it.each<[number, string[], string]>([
    [2, ['login', '--edge', 'nonsense'], '--edge nonsense: must be an https URL'],
    [2, ['login', '--edge', 'http://byway.example.com'], 'must be https'],
    [2, ['login', '--edge'], '--edge'],
    [2, ['login', '--organisation', 'a b'], '--organisation a b: must be the login'],
    [2, ['login', '--token', 'short'], '--token: must be a personal'],
    [2, ['login', '--token', '-'], '--token -: standard input is empty'],
    [2, ['login', '--token', '-', '--device'], '--token and --device exclude each other'],
    [2, ['login', '--output', 'xml'], 'text, json, yaml'],
    [2, ['login', 'alice'], 'too many arguments'],
    [2, ['logout', '--output', 'xml'], 'text, json, yaml'],
    [2, ['token', 'create', '--name', 'ci'], '--kind'],
    [2, ['token', 'create', '--kind', 'admin', '--name', 'ci'], 'service, connector, personal'],
    [2, ['token', 'create', '--kind', 'service'], '--name'],
    [2, ['token', 'create', '--kind', 'service', '--name', 'ci', '--scope', 'all'], '--scope all'],
    [2, ['token', 'create', '--kind', 'connector', '--name', 'c'], '--cluster'],
    [
      2,
      ['token', 'create', '--kind', 'service', '--name', 'c', '--preview', 'a.b'],
      '--preview a.b',
    ],
    [
      2,
      ['token', 'create', '--kind', 'service', '--name', 'c', '--expires', 'soon'],
      '--expires soon',
    ],
    [2, ['token', 'rotate', id, '--grace', '1y'], '--grace 1y: must be a number and a unit'],
    [2, ['token', 'rotate'], 'id'],
    [2, ['token', 'revoke', '../me'], 'ID: must be the 12 characters'],
    [2, ['token', 'lisst'], 'lisst'],
    [3, ['token', 'list'], 'not logged in; log in: byway login'],
    [3, ['token', 'revoke', id], 'not logged in; log in: byway login'],
  ])('ends with %i: %j', async (exitCode, args, words) => {
    const { code, stdout, stderr } = await world.begin(args).ended;
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
    expect(stderr).toContain(words);
    expect(stderr.startsWith('byway: ')).toBe(true);
    expect(world.gate.requests).toEqual([]);
    expect(existsSync(world.credentials)).toBe(false);
  });

  it('asks for the edge where nothing names it', async () => {
    world.configure({});
    const { code, stderr } = await world.byway('login');
    expect(code).toBe(2);
    expect(stderr).toContain('which edge? Give --edge URL');
  });

  it('does not send a login over plain HTTP because the configuration says so', async () => {
    world.configure({ edge_url: 'http://byway.example.com' });
    const { code, stderr } = await world.byway('login');
    expect(code).toBe(2);
    expect(stderr).toContain('edge_url of ');
    expect(stderr).toContain('must be https');
  });
});
