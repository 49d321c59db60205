/** Programs beside Node that tests use, and how to get them. */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './child.ts';

interface Program {
  /** Any of these names in PATH will do. */
  readonly names: readonly string[];
  readonly debianPackage: string;
  readonly usedFor: string;
}

const programs: readonly Program[] = [
  { names: ['nginx'], debianPackage: 'nginx', usedFor: 'the ingress of the e2e tests' },
  {
    names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    debianPackage: 'chromium',
    usedFor: 'tests in a browser',
  },
  { names: ['openssl'], debianPackage: 'openssl', usedFor: 'certificates of the TLS tests' },
];

const goFolder = '/usr/local/go/bin';

function inPath(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function isDebianRoot(): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/etc/os-release')) return false;
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'));
}

function missing(): Program[] {
  return programs.filter(({ names }) => !names.some(inPath));
}

/**
 * Looks for the programs; as root on Debian it installs those that are missing, elsewhere it says
 * which they are. Tests that need one that stays missing skip themselves and say so.
 */
export async function prepareMachine(say: (line: string) => void): Promise<void> {
  if (existsSync(goFolder)) process.env['PATH'] += `${delimiter}${goFolder}`;
  // Debian keeps servers out of the PATH of ordinary users.
  if (existsSync('/usr/sbin')) process.env['PATH'] += `${delimiter}/usr/sbin`;

  if (missing().length > 0 && isDebianRoot()) {
    const packages = missing().map(({ debianPackage }) => debianPackage);
    say(`Installing ${packages.join(', ')} (apt-get) …`);
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    const update = await run('apt-get', ['update', '-qq'], { env });
    const install = ['install', '-y', '-qq', '--no-install-recommends', ...packages];
    const result = update.exitCode === 0 ? await run('apt-get', install, { env }) : update;
    if (result.exitCode !== 0) say(`apt-get failed:\n${result.output.trim()}`);
  }
  for (const { names, debianPackage, usedFor } of missing()) {
    say(
      `Missing: ${names[0]}, ${usedFor}. Install it (on Debian: apt-get install ${debianPackage}).`,
    );
  }
}
