import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { freePort } from '#sandbox/free-port.ts';
import { node, root, run, start, stopAll } from '#sandbox/process.ts';
import { tempDir } from '#sandbox/temp-dir.ts';

const stay = 'setInterval(() => {}, 1e6);';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('start', () => {
  it('waits for a JSON line and skips what comes before it', async () => {
    const running = await start(node, [
      '-e',
      `console.log('starting\\n{not json'); console.log('{"port":1}'); ${stay}`,
    ]);
    expect(running.said).toEqual({ port: 1 });
    await running.stop();
    expect(await running.ended).toBe('SIGTERM');
    expect(isAlive(running.pid)).toBe(false);
  });

  it('takes “ready” as a line', async () => {
    const running = await start(node, ['-e', `console.log('ready'); ${stay}`]);
    expect(running.said).toEqual({});
    await running.stop();
  });

  it.each(['port', 'http'] as const)('waits until a server answers by %s', async (by) => {
    const port = await freePort();
    const ready = by === 'port' ? { by, port } : { by, url: `http://127.0.0.1:${port}/anything` };
    const script = `setTimeout(() => require('node:http').createServer((q, s) => {
      s.statusCode = 404; s.end();
    }).listen(${port}, '127.0.0.1'), 100);`;
    const running = await start(node, ['-e', script], { ready });
    expect(isAlive(running.pid)).toBe(true);
    await running.stop();
  });

  it('reports the last lines of stderr of a process that ends too early', async () => {
    const script = `for (let i = 0; i < 500; i += 1) console.error('line ' + i); process.exitCode = 3;`;
    const failure = start(node, ['-e', script]);
    await expect(failure).rejects.toThrow(/ended with 3 before it was ready\n/);
    await expect(failure).rejects.toThrow(/line 499$/);
    await expect(failure).rejects.not.toThrow(/line 1\n/);
  });

  it('ends a process that does not become ready', async () => {
    const script = `console.error(process.pid); ${stay}`;
    const error = await start(node, ['-e', script], { readyMs: 500 }).catch((why: unknown) => why);
    expect(String(error)).toContain('not ready after 0.5 s');
    const pid = Number(String(error).trim().split('\n').at(-1));
    expect(Number.isNaN(pid) || !isAlive(pid)).toBe(true);
  });

  it('reports a program that is not there', async () => {
    await expect(start('no-such-program', [])).rejects.toThrow('ENOENT');
    await expect(run('no-such-program', [])).rejects.toThrow('ENOENT');
  });

  it('kills what ignores SIGTERM', async () => {
    const script = `process.on('SIGTERM', () => {}); console.log('ready'); ${stay}`;
    const running = await start(node, ['-e', script]);
    await running.stop(100);
    expect(await running.ended).toBe('SIGKILL');
  });

  it('stops all, the last one first', async () => {
    const order: string[] = [];
    for (const name of ['first', 'second']) {
      const running = await start(node, ['-e', `console.log('ready'); ${stay}`]);
      void running.ended.then(() => order.push(name));
    }
    await stopAll();
    expect(order).toEqual(['second', 'first']);
  });
});

describe('run', () => {
  it('gives the exit code and both outputs', async () => {
    const script = `console.log('out'); console.error('err'); process.exitCode = 4;`;
    expect(await run(node, ['-e', script])).toEqual({ code: 4, stdout: 'out\n', stderr: 'err\n' });
  });
});

describe('a parent that is ended', () => {
  const parent = `
    import { start, node } from ${JSON.stringify(pathToFileURL(join(root, 'sandbox/process.ts')).href)};
    import { tempDir } from ${JSON.stringify(pathToFileURL(join(root, 'sandbox/temp-dir.ts')).href)};
    const dir = tempDir('byway-parent-');
    const script = "require('node:net').connect(process.argv[1], '127.0.0.1', () => console.log('ready'))";
    await start(node, ['-e', script, process.argv[2]]);
    console.log(JSON.stringify({ dir: dir.path }));
  `;
  it.each([
    ['by SIGTERM', '', 'SIGTERM'],
    ['by SIGINT', '', 'SIGINT'],
    ['by its own listener', `process.on('SIGTERM', () => process.exit(7));`, 'SIGTERM'],
    ['by an uncaught error', `process.on('SIGTERM', () => { throw new Error('oh'); });`, 'SIGTERM'],
  ] as const)('%s leaves no process and no directory behind', async (_how, more, signal) => {
    const dir = tempDir();
    const file = join(dir.path, 'parent.mjs');
    writeFileSync(file, parent + more);
    // Held open by the grandchild for as long as it lives; a process id would outlast it as a zombie.
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const held = once(server, 'connection') as Promise<[Socket]>;
    const { port } = server.address() as AddressInfo;
    const child = spawn(node, [file, String(port)], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const said = JSON.parse(line.toString()) as { dir: string };
    const [socket] = await held;
    const gone = once(socket.on('error', () => {}).resume(), 'close');
    expect(existsSync(said.dir)).toBe(true);
    child.kill(signal);
    const [code, by] = (await once(child, 'exit')) as [number | null, string | null];
    if (more === '') expect([code, by]).toEqual([null, signal]);
    else expect(code).not.toBe(0);
    await gone;
    expect(existsSync(said.dir)).toBe(false);
    dir.remove();
    server.close();
  });
});
