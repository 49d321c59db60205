/** `byway login` with a person at the browser: for the demo, and for tests that begin with a login. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { node, root } from './process.ts';
import { Visitor } from './visitor.ts';

const limitMs = 30_000;

/**
 * Runs the command, opens what it prints as that user of the GitHub sandbox, and allows what is asked.
 * @throws Error with what the command said
 */
export async function signIn(
  login: string,
  config: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const args = ['login', '--no-browser', '--config', config];
  const child = spawn(node, [join(root, 'cli/main.ts'), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: limitMs,
  });
  let said = '';
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const address = await new Promise<string | undefined>((resolve) => {
    child.stderr.on('data', (bytes: Buffer) => {
      said += bytes.toString();
      const [url] = /https?:\/\/\S+\/oauth\/authorize\S*(?=\s)/.exec(said) ?? [];
      if (url !== undefined) resolve(url);
    });
    child.once('close', () => resolve(undefined));
  });
  if (address !== undefined) {
    const person = new Visitor(login);
    const page = await person.open(address);
    await person.follow(await person.submit(page, { decision: 'allow' }));
  }
  const code = await ended;
  if (code !== 0) throw new Error(`byway login as ${login} ended with ${code}: ${said}`);
}
