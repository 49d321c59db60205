import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadEdgeConfig } from '#edge/node/config.ts';
import { ExitCode } from '#cli/failure.ts';
import { edited, nodeStore } from '#cli/setup/node-store.ts';
import { placeOf } from '#cli/setup/place.ts';
import { writeTogether } from '#cli/setup/whole-files.ts';
import { privateKeyFor } from '#sandbox/github/keys.ts';
import { scratchApp } from '../../github-app/registration/scratch-app.ts';

const dotCom = placeOf(undefined, undefined);
const app = {
  ...scratchApp,
  html_url: 'https://github.com/apps/byway-acme',
  pem: privateKeyFor('set-up test'),
};

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'byway-store-'));
  file = join(dir, 'edge.yaml');
  const shipped = join(import.meta.dirname, '../../../../docs/examples/edge.yaml');
  writeFileSync(file, readFileSync(shipped, 'utf8'));
  writeFileSync(join(dir, 'operator.token'), '0123456789abcdef');
  writeFileSync(join(dir, 'edge.keys'), `2026-11 ${'ab'.repeat(32)}\n`);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('edge.yaml', () => {
  it.each([
    [{ deployments: 'write' }, undefined, true],
    [{}, undefined, undefined],
    [{}, 'deployments: true', false],
  ])('switches deployments on where the app may: %j, before: %s', (permissions, before, after) => {
    const text = `app_url: https://byway.example.com\ngithub: {${before ?? ''}}\n`;
    const { github } = parse(edited(file, text, { ...app, permissions }, dotCom)) as {
      github: { deployments?: boolean };
    };
    expect(github.deployments).toBe(after);
  });

  it('keeps its comments and everything else', () => {
    const text = readFileSync(file, 'utf8');
    const after = edited(file, text, app, dotCom);
    const comments = text.match(/#.*/g) ?? [];
    expect(comments.length).toBeGreaterThan(10);
    for (const comment of comments) expect(after).toContain(comment);
    const { github: _former, ...rest } = parse(text) as Record<string, unknown>;
    expect(parse(after)).toEqual({
      ...rest,
      github: {
        app_id: 5,
        client_id: 'Iv23liExample',
        slug: 'byway-acme',
        client_secret_file: 'github-client.secret',
        private_key_file: 'github-app.pem',
        webhook_secret_file: 'github-webhook.secret',
        web_url: 'https://github.com',
        api_url: 'https://api.github.com',
        actions_issuer: 'https://token.actions.githubusercontent.com',
      },
    });
    const elsewhere = edited(file, text, app, placeOf('https://github.example.com', undefined));
    expect(parse(elsewhere)).toMatchObject({
      github: {
        web_url: 'https://github.example.com',
        api_url: 'https://github.example.com/api/v3',
        actions_issuer: 'https://github.example.com/_services/token',
      },
    });
  });

  it('is given nothing that the edge knows by itself', () => {
    const { github } = parse(edited(file, 'app_url: https://a.example.com\n', app, dotCom)) as {
      github: object;
    };
    expect(Object.keys(github)).toEqual([
      ...['app_id', 'client_id', 'slug'],
      ...['client_secret_file', 'private_key_file', 'webhook_secret_file'],
    ]);
  });

  it.each([
    ['no section', 'app_url: https://byway.example.com # here\n'],
    ['an empty section', 'app_url: https://byway.example.com # here\ngithub:\n'],
    ['braces', '{ app_url: https://byway.example.com, # here\n github: {} }\n'],
  ])('gets the section where it has %s', (_what, text) => {
    const after = edited(file, text, app, placeOf('https://acme.ghe.com', undefined));
    expect(after).toContain('# here');
    expect(parse(after)).toMatchObject({
      app_url: 'https://byway.example.com',
      github: {
        web_url: 'https://acme.ghe.com',
        api_url: 'https://api.acme.ghe.com',
        actions_issuer: 'https://token.actions.acme.ghe.com',
        app_id: 5,
      },
    });
  });

  it('loads in the edge afterwards, by a link too', async () => {
    const real = join(dir, 'real');
    mkdirSync(real);
    writeFileSync(join(real, 'edge.yaml'), readFileSync(file, 'utf8'));
    chmodSync(join(real, 'edge.yaml'), 0o640);
    rmSync(file);
    symlinkSync(join(real, 'edge.yaml'), file);
    await nodeStore(file, true).save(app, dotCom);
    expect(statSync(join(real, 'edge.yaml')).mode & 0o777).toBe(0o640);
    const { github } = loadEdgeConfig(file);
    expect(github).toMatchObject({ appId: 5, slug: 'byway-acme', clientSecret: 'c'.repeat(40) });
  });

  it.each([
    ['app_url: 1', 'app_url'],
    ['app_url: https://byway.example.com:0', 'port 0'],
    ['app_url: [', 'edge.yaml'],
    ['', 'app_url'],
  ])('that reads “%s” is refused', (text, said) => {
    writeFileSync(file, text);
    expect(() => nodeStore(file, false)).toThrow(
      expect.objectContaining({
        exitCode: ExitCode.notConfigured,
        message: expect.stringContaining(said) as string,
      }),
    );
  });
});

describe('files that are written together', () => {
  const secret = (name: string, replace: boolean) => ({
    file: join(dir, name),
    text: `new ${name}`,
    replace,
    secret: true,
  });

  it('threat 61: are readable by their user alone, those that were not before as well', () => {
    writeFileSync(join(dir, 'a'), 'old', { mode: 0o644 });
    writeTogether([secret('a', true), secret('b', false)]);
    for (const name of ['a', 'b']) {
      expect(readFileSync(join(dir, name), 'utf8')).toBe(`new ${name}`);
      expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600);
    }
  });

  it('are all as before when one of them cannot be written', () => {
    writeFileSync(join(dir, 'a'), 'old a', { mode: 0o640 });
    writeFileSync(join(dir, 'c'), 'old c');
    const names = readdirSync(dir);
    const all = [secret('a', true), secret('b', false), secret('c', false)];
    expect(() => writeTogether(all)).toThrow('a file of that name has appeared');
    expect(readdirSync(dir)).toEqual(names);
    expect(readFileSync(join(dir, 'a'), 'utf8')).toBe('old a');
    expect(statSync(join(dir, 'a')).mode & 0o777).toBe(0o640);
    expect(readFileSync(join(dir, 'c'), 'utf8')).toBe('old c');
    const nowhere = { ...secret('x', false), file: join(dir, 'nowhere', 'x') };
    expect(() => writeTogether([secret('b', false), nowhere])).toThrow('cannot be written');
    expect(readdirSync(dir)).toEqual(names);
  });
});
