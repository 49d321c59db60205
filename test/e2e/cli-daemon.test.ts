import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ResetCode } from '#protocol/frame.ts';
import { StreamKind, type Stream } from '#protocol/stream.ts';
import { alive, bin, CliWorld, listening, root, until } from './cli-world.ts';
import { olderNode } from './older-node.ts';

let world: CliWorld;
let server: Server | undefined;
beforeEach(async () => {
  world = new CliWorld();
  await world.start();
});
afterEach(async () => {
  server?.close();
  server = undefined;
  await world.stop();
});

const intercept = ['intercept', 'web', '--port', '8080:http'];

describe('the daemon', () => {
  it('is one, whoever starts it, and only its user can reach it', async () => {
    const commands = await Promise.all(Array.from({ length: 4 }, () => world.byway('list')));
    expect(commands.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      commands.map(() => ({ code: 0, stderr: '' })),
    );
    expect(world.connector.abouts).toHaveLength(1);
    expect(statSync(world.file('.sock')).mode & 0o777).toBe(0o600);
    expect(statSync(world.runtimeDir).mode & 0o777).toBe(0o700);
    const foreground = await world.byway('daemon', '--foreground');
    expect(foreground.code).toBe(5);
    expect(foreground.stderr).toContain('runs already');
  });

  it.skipIf(process.platform !== 'linux')(
    'runs with the flags for its memory, started either way',
    async () => {
      const flags = JSON.parse(
        readFileSync(join(root, 'cli/bin/node-flags.json'), 'utf8'),
      ) as string[];
      const commandLine = () =>
        readFileSync(`/proc/${world.daemonPid}/cmdline`, 'utf8').split('\0');
      await world.byway('list');
      expect(commandLine()).toEqual(expect.arrayContaining(flags));
      await world.byway('quit');
      const { child, ended } = world.spawn('daemon');
      await until(() => world.daemonPid !== undefined, 'it does not start');
      expect(commandLine()).toEqual(expect.arrayContaining(flags));
      child.kill('SIGTERM');
      expect((await ended).code).toBe(0);
    },
  );

  it('goes on after kill -9: same client, same ids, same URLs', async () => {
    const made = await world.json(...intercept);
    await world.killDaemon();
    expect(existsSync(world.file('.sock'))).toBe(true);
    await world.byway('list');
    const [before, after] = world.connector.abouts;
    expect(before!.tickets).toEqual([]);
    expect(after).toMatchObject({
      client: before!.client,
      tickets: [world.connector.minted[0]!.ticket],
    });
    const { intercepts } = (await world.json('status')) as { intercepts: object[] };
    expect(intercepts).toMatchObject([
      { id: made.id, preview_url: (made.preview as { url: string }).url },
    ]);
    expect(world.edge.previews).toHaveLength(1);
  });

  it('starts although the pid of a dead one belongs to somebody else', async () => {
    await world.byway('list');
    await world.killDaemon();
    writeFileSync(world.file('.pid'), String(process.pid));
    expect((await world.byway('list')).code).toBe(0);
    expect(world.daemonPid).not.toBe(process.pid);
  });

  it('takes back what kill -9 broke off', async () => {
    world.edge.onCreate = () => {};
    const { ended } = world.spawn(...intercept);
    await until(() => world.edge.previews.length === 1, 'no preview');
    await world.killDaemon();
    const { code, stderr } = await ended;
    expect(code).toBe(4);
    expect(stderr).toContain('the daemon ended before it answered');
    world.edge.onCreate = undefined;
    await world.byway('list');
    expect(world.connector.abouts.at(-1)!.tickets).toEqual([]);
    await until(() => world.edge.previews.length === 0, 'the preview stays');
    await until(() => world.state.ending.length === 0, 'the entry stays');
  });

  it('drops an intercept that the connector calls gone, with its preview', async () => {
    await world.json(...intercept);
    const [made] = world.connector.minted;
    world.connector.session!.control({
      type: 'intercept',
      id: made!.id,
      state: 'GONE',
      reason: 'x',
    });
    await until(() => world.edge.previews.length === 0, 'the preview stays');
    expect(await world.json('status')).toMatchObject({ intercepts: [] });
  });

  it('ends the preview of an intercept that ended while the preview was made', async () => {
    world.edge.onCreate = (_request, response) => {
      const label = world.edge.previews.at(-1)!.label;
      const [made] = world.connector.minted;
      world.connector.session!.control({
        type: 'intercept',
        id: made!.id,
        state: 'GONE',
        reason: 'x',
      });
      void until(() => world.connector.left.length === 1, 'it does not hear').then(() =>
        response.writeHead(201).end(JSON.stringify({ label, url: `http://${label}` })),
      );
    };
    const { code, stderr } = await world.byway(...intercept);
    expect(code).toBe(5);
    expect(stderr).toContain('was ended meanwhile');
    expect(world.edge.previews).toEqual([]);
    expect(world.state).toMatchObject({ intercepts: [], ending: [], creating: [] });
  });

  it('keeps its intercepts over SIGTERM, in the foreground too', async () => {
    const { child, ended } = world.spawn('daemon', '--foreground');
    await until(() => world.connector.session !== undefined, 'it does not connect');
    await world.json(...intercept);
    child.kill('SIGTERM');
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ready: true, socket: expect.any(String) });
    expect(world.connector.left).toEqual([]);
    await world.byway('list');
    expect(world.connector.abouts.at(-1)!.tickets).toEqual([world.connector.minted[0]!.ticket]);
  });

  it('does not replace a state that it cannot read', async () => {
    await world.byway('list');
    await world.killDaemon();
    const state = world.file('.json');
    writeFileSync(state, '{');
    const { code, stderr } = await world.byway('list');
    expect(code).toBe(1);
    expect(stderr).toContain(`${state} cannot be read`);
    expect(stderr).toContain('move it away');
  });
});

/** What a pod's connection gets. */
class Peer {
  text = '';
  connected = false;
  ended = false;
  reset: ResetCode | undefined;
  readonly stream: Stream;

  constructor(id: string) {
    this.stream = world.connector.session!.open(StreamKind.tcp, id, ['peer', '10.1.1.1:1'], false, {
      onHead: () => (this.connected = true),
      onData: (bytes, _flags, fin) => {
        this.text += Buffer.from(bytes).toString();
        this.stream.consumed(bytes.length);
        if (fin) this.ended = true;
      },
      onReset: (code) => (this.reset = code),
    });
  }

  send(text: string): void {
    this.stream.write(Buffer.from(text));
  }
}

async function local(onSocket: (socket: Socket) => void): Promise<number> {
  server = createServer({ allowHalfOpen: true }, onSocket);
  return listening(server);
}

describe('a connection to the laptop', () => {
  it('carries bytes both ways and half-closes', async () => {
    const port = await local((socket) => {
      let heard = '';
      socket.on('data', (bytes) => (heard += bytes.toString()));
      socket.on('end', () => socket.end(`heard ${heard}`));
    });
    const { id } = await world.json('intercept', 'web', '--port', String(port));
    const peer = new Peer(String(id));
    peer.send('hello');
    await until(() => peer.connected, 'it is not told that it is connected');
    peer.stream.end();
    await until(() => peer.ended, 'it does not end');
    expect(peer.text).toBe('heard hello');
    const { tunnel } = (await world.json('status')) as { tunnel: Record<string, number> };
    expect(tunnel).toMatchObject({
      byway_streams: 0,
      byway_queued_bytes: 0,
      byway_credit_whole: 1,
    });
  });

  it('is reset with DIAL_REFUSED where nothing listens, with INTERCEPT_GONE where nothing is', async () => {
    const port = await local(() => {});
    await new Promise((resolve) => server!.close(resolve));
    const { id } = await world.json('intercept', 'web', '--port', String(port));
    const refused = new Peer(String(id));
    const gone = new Peer('0'.repeat(32));
    await until(() => refused.reset !== undefined && gone.reset !== undefined, 'no reset');
    expect(refused.reset).toBe(ResetCode.dialRefused);
    expect(gone.reset).toBe(ResetCode.interceptGone);
    expect(refused.connected).toBe(false);
  });

  it('reaches the laptop although it comes before the connector’s answer', async () => {
    const port = await local((socket) => socket.pipe(socket));
    let early: Peer | undefined;
    const { connector } = world;
    connector.answers.intercept = async (params) => {
      const answer = connector.mint(params);
      early = new Peer(connector.minted[0]!.id);
      early.send('early');
      // The daemon has the stream before it has the answer.
      await new Promise((resolve) => setTimeout(resolve, 50));
      return answer;
    };
    await world.json('intercept', 'web', '--port', String(port));
    await until(() => early?.text === 'early', `no echo, reset ${early?.reset}`);
    expect(early!.reset).toBeUndefined();
  });
});

describe('byway under an older Node', () => {
  it.skipIf(olderNode === undefined)('runs under the package’s, with its exit code', () => {
    const run = (...args: string[]) =>
      spawnSync(olderNode!, [bin, ...args], { encoding: 'utf8', env: world.env });
    expect(run('version')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^byway \d/) });
    expect(run('lisst').status).toBe(2);
    expect(run('connector', '--config', '/nonexistent.yaml').status).not.toBe(0);
  });

  it.skipIf(olderNode === undefined)('hands signals on', async () => {
    const { spawn } = await import('node:child_process');
    const child = spawn(olderNode!, [bin, 'daemon'], {
      env: world.env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const code = new Promise((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const pid = world.daemonPid!;
    expect(pid).not.toBe(child.pid);
    child.kill('SIGTERM');
    expect(await code).toBe(0);
    expect(alive(pid)).toBe(false);
  });
});
