import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gitHubFileOf, gitHubOfFile, nodeSetupStore } from '#edge/node/github-file.ts';
import type { GitHubSettings, GitHubTexts } from '#edge/github/settings.ts';
import { pkcs1Pem } from '../github/scratch-github.ts';

const texts: GitHubTexts = {
  webUrl: 'https://github.example.com',
  apiUrl: 'https://github.example.com/api/v3',
  appId: '42',
  clientId: 'Iv1.abc',
  clientSecret: 'a-client-secret-of-some-length',
  privateKey: pkcs1Pem,
  webhookSecrets: 'a-webhook-secret-of-some-length',
  slug: 'byway-acme',
  deployments: 'true',
};

let dir: string;
let file: string;
let heard: GitHubSettings[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'byway-github-file-'));
  file = gitHubFileOf(dir);
  heard = [];
});
afterEach(() => rmSync(dir, { recursive: true }));

const save = (given: GitHubTexts) =>
  nodeSetupStore(file, async (settings) => void heard.push(settings)).save(given);

describe('an app that was set up in the browser', () => {
  it('is read again as it was stored, by the edge’s user only; threat 50', async () => {
    expect(gitHubOfFile(file)).toBeUndefined();
    expect(await save(texts)).toEqual({ where: file });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(gitHubOfFile(file)).toEqual(heard[0]);
    expect(heard[0]).toMatchObject({
      github: { appId: 42, slug: 'byway-acme', deployments: true },
      actionsIssuer: 'https://github.example.com/_services/token',
    });
  });

  it('never replaces another one', async () => {
    await save(texts);
    const before = readFileSync(file, 'utf8');
    await expect(save({ ...texts, appId: '43' })).rejects.toThrow('is there already');
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(heard).toHaveLength(1);
    expect(readdirSync(dir)).toEqual(['github-app.json']);
  });

  it.each([
    [{ ...texts, privateKey: 'x' }, 'privateKey'],
    [{ ...texts, apiUrl: 'https://api.github.com' }, 'must belong to the same GitHub'],
    [{ ...texts, webhookSecrets: 'short' }, 'webhookSecrets'],
  ])('is not stored with a fault', async (given, what) => {
    await expect(save(given)).rejects.toThrow(what);
    expect(existsSync(file)).toBe(false);
  });

  it('that was damaged ends the start, and its text is not quoted', async () => {
    await save(texts);
    const whole = readFileSync(file, 'utf8');
    for (const [text, what] of [
      [whole.slice(0, -10), 'is not JSON'],
      [whole.replace('"slug"', '"slog"'), 'slug'],
      [whole.replace('"appId": "42"', '"appId": "x"'), 'App ID'],
    ] as const) {
      writeFileSync(file, text);
      let message = '';
      try {
        gitHubOfFile(file);
      } catch (error) {
        ({ message } = error as Error);
      }
      expect(message).toContain(file);
      expect(message).toContain(what);
      expect(message).not.toContain('a-client-secret');
    }
  });
});
