import { readdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { alice, installationId, ScratchGitHub } from '../github/scratch-github.ts';
import { edge, operatorToken, ScratchEdge, useScratchEdge } from '../scratch-edge.ts';

useScratchEdge();

describe('the data folder', () => {
  it('is for one edge at a time', async () => {
    const second = new ScratchEdge();
    const own = second.dir;
    Object.assign(second, { dir: edge.dir });
    await expect(second.open()).rejects.toThrow('another edge uses it');
    Object.assign(second, { dir: own });
    await second.open();
    second.stop();
  });

  it('can be opened again after it was closed, and not twice then either', async () => {
    await edge.restart();
    const second = Object.assign(new ScratchEdge(), { dir: edge.dir });
    await expect(second.open()).rejects.toThrow('another edge uses it');
  });

  it('holds a secret that its owner alone reads', () => {
    const file = join(edge.dir, 'secret');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file)).toHaveLength(32);
  });

  it('with a broken secret is refused, not given a new one', async () => {
    edge.directory.close();
    truncateSync(join(edge.dir, 'secret'), 31);
    const broken = Object.assign(new ScratchEdge(), { dir: edge.dir });
    await expect(broken.open()).rejects.toThrow('must hold 32 bytes');
  });

  it('holds no token in the clear', async () => {
    const { key, token } = await edge.cluster();
    await edge.preview(key);
    edge.directory.close();
    for (const name of readdirSync(edge.dir)) {
      const content = readFileSync(join(edge.dir, name)).toString('latin1');
      expect(content).not.toContain(token.slice(-64));
      expect(content).not.toContain(operatorToken);
    }
  });
});

describe('a GitHub App that is set up while the edge runs', () => {
  it('is asked from then on, and clusters stay as they are', async () => {
    const gitHub = (await new ScratchGitHub().start()).withInstallation();
    const { key, token } = await edge.cluster();
    const { directory } = edge;
    const cluster = directory.find(key, 'a');
    expect(directory.gate.canSignIn).toBe(false);
    expect((await directory.org(77).membership(alice.id)).membership.kind).toBe('not-installed');
    directory.learn(gitHub.config);
    expect(directory.gate.canSignIn).toBe(true);
    expect((await directory.org(77).membership(alice.id)).membership.kind).toBe('not-installed');
    await directory.org(77).installed(installationId, 'acme');
    expect((await directory.org(77).membership(alice.id)).membership.kind).toBe('member');
    expect(directory.find(key, 'a')).toBe(cluster);
    expect(await directory.ofToken(token, 'a')).toBe(cluster);
    await gitHub.stop();
  });
});

describe('clusters', () => {
  it('are found by key, label and token, before and after a restart', async () => {
    const { key, token } = await edge.cluster();
    const { label } = (await edge.preview(key)).body;
    for (const again of [false, true]) {
      if (again) await edge.restart();
      expect(edge.directory.find(key, 'a')?.key).toBe(key);
      expect((await edge.directory.clusterOfLabel(label)?.find(label))?.label).toBe(label);
      expect((await edge.directory.ofToken(token, 'a'))?.key).toBe(key);
    }
  });

  it('are not made by a guess: neither key nor label nor token leaves a file behind', async () => {
    await edge.cluster();
    const before = readdirSync(edge.dir).sort();
    expect(edge.directory.cluster('aaaaaaaa')).toBeUndefined();
    expect(edge.directory.cluster('../secret')).toBeUndefined();
    const label = `amber-otter-aaaaaaaaa-${'a'.repeat(20)}`;
    expect(edge.directory.clusterOfLabel(label)).toBeUndefined();
    expect(edge.directory.ofLabel(label)).toBeUndefined();
    expect(await edge.directory.ofToken(`bwc_aaaaaaaa_${'0'.repeat(64)}`, 'a')).toBeUndefined();
    expect(readdirSync(edge.dir).sort()).toEqual(before);
  });

  it('do not go to a token of another cluster, or of a wrong form', async () => {
    const one = await edge.cluster('one');
    const two = await edge.cluster('two');
    const crossed = one.token.replace(one.key, two.key);
    for (const token of [crossed, '', one.key, one.token.toUpperCase(), `${one.token}0`]) {
      expect(await edge.directory.ofToken(token, 'a')).toBeUndefined();
    }
  });

  it('stay their organisation’s when chance gives their key again, awake or asleep', async () => {
    edge.chance = (count) => new Uint8Array(count).fill(1);
    const { key, token } = await edge.cluster('main', { id: 1, login: 'one' });
    for (const asleep of [false, true]) {
      if (asleep) await edge.restart();
      expect(await edge.directory.cluster(key)?.claim(2, 1)).toBe(false);
      const answer = await edge.call('POST', '/api/v1/clusters', {
        name: 'main',
        organisation: { id: 2, login: 'two' },
      });
      expect(answer.status).toBe(500);
      expect(edge.directory.find(key, 'a')?.previews.organisationId).toBe(1);
      expect((await edge.directory.ofToken(token, 'a'))?.key).toBe(key);
    }
  });
});
