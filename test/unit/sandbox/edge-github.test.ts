import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pkcs8PemOf } from '#edge/github/private-key.ts';
import { loadEdgeConfig } from '#edge/node/config.ts';
import { appAddressesOf, gitHubBindings, gitHubOf, gitHubSection } from '#sandbox/edge-github.ts';
import { freePort } from '#sandbox/free-port.ts';
import { startGitHub, type GitHubSandbox } from '#sandbox/github/github.ts';
import { stopAll } from '#sandbox/process.ts';
import { startWorkerd } from '#sandbox/workerd/workerd.ts';

const dir = mkdtempSync(join(tmpdir(), 'byway-edge-github-'));
let github: GitHubSandbox;

beforeAll(async () => {
  github = await startGitHub(appAddressesOf('http://byway.localhost:8080'));
});
afterAll(async () => {
  await stopAll();
  await github.stop();
  rmSync(dir, { recursive: true });
});

describe('the GitHub App of the sandbox', () => {
  it('is a section of edge.yaml that loads', () => {
    writeFileSync(join(dir, 'operator.token'), 'operator-token-of-the-test');
    const file = join(dir, 'edge.yaml');
    const config = {
      app_url: 'http://byway.localhost:8080',
      preview_domain: 'preview.localhost',
      listen: { port: 0 },
      data_dir: 'data',
      operator_token_file: 'operator.token',
      github: gitHubSection(gitHubOf(github), dir),
    };
    writeFileSync(file, stringify(config));
    const { privateKey, webhookSecret, actionsIssuer, ...rest } = gitHubOf(github);
    const loaded = loadEdgeConfig(file);
    expect(loaded.github).toEqual({
      ...rest,
      privateKey: pkcs8PemOf(privateKey),
      webhookSecrets: [webhookSecret],
    });
    expect(loaded.actionsIssuer).toBe(actionsIssuer);
  });

  it('names an issuer that says so of itself', async () => {
    const { actionsIssuer } = gitHubOf(github);
    const answer = await fetch(`${actionsIssuer}/.well-known/openid-configuration`);
    expect(await answer.json()).toMatchObject({ issuer: actionsIssuer });
  });

  it('reaches a Worker whole, key included, and the Worker reaches GitHub', async () => {
    const entry = join(dir, 'worker.ts');
    writeFileSync(
      entry,
      `export default {
        async fetch(request: Request, env: Record<string, string>) {
          if (new URL(request.url).pathname === '/env') return Response.json(env);
          return fetch(env.GITHUB_API_URL + '/meta', { headers: { 'user-agent': 'test' } });
        },
      };`,
    );
    const bindings = gitHubBindings(gitHubOf(github));
    const port = await freePort();
    await startWorkerd({ dir: join(dir, 'workerd'), entry, port, bindings });
    const env = await fetch(`http://127.0.0.1:${port}/env`);
    expect(await env.json()).toEqual(bindings);
    const answer = await fetch(`http://127.0.0.1:${port}/meta`);
    expect(answer.headers.get('x-github-request-id')).not.toBeNull();
  });
});
