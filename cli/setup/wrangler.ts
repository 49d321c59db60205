/** Runs wrangler: the project's, else the one on the path. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ExitCode, Failure } from '../failure.ts';

export interface WranglerEnd {
  code: number;
  /** The end of what it said, on either stream. */
  said: string;
}

const maxSaidCharacters = 4000;

/** `input` goes to its standard input; secrets never stand on a command line. @throws Failure */
export function runWrangler(
  folder: string,
  args: readonly string[],
  input: string,
): Promise<WranglerEnd> {
  const own = ownWrangler(folder);
  const [program, first] = own === undefined ? ['wrangler', []] : [process.execPath, [own]];
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...first, ...args], {
      cwd: folder,
      stdio: 'pipe',
      // Ctrl-C on the terminal is for byway, which lets what has begun come to its end.
      detached: process.platform !== 'win32',
      // A log of its own on disk is nobody's wish here.
      env: { ...process.env, WRANGLER_WRITE_LOGS: 'false', WRANGLER_SEND_METRICS: 'false' },
      // wrangler is a script with an ending there, which only a shell finds; the arguments are ours.
      shell: process.platform === 'win32' && own === undefined,
    });
    let said = '';
    const hear = (text: string): void => {
      said = (said + text).slice(-maxSaidCharacters);
    };
    child.stdout.setEncoding('utf8').on('data', hear);
    child.stderr.setEncoding('utf8').on('data', hear);
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.once('error', ({ message }) =>
      reject(
        new Failure(
          ExitCode.notConfigured,
          `wrangler cannot be started (${message}); run npm ci in ${folder}, or install wrangler`,
        ),
      ),
    );
    child.once('close', (code) => resolve({ code: code ?? 1, said: readable(said) }));
  });
}

/** Of the nearest folder that has one. */
function ownWrangler(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, 'node_modules', 'wrangler', 'bin', 'wrangler.js');
    if (existsSync(file)) return file;
    if (dirname(at) === at) return undefined;
  }
}

/** Without colours and other control characters, but with its lines. */
function readable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  const plain = text.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '');
  return plain.replaceAll(/[^\P{C}\n]/gu, '').trim();
}
