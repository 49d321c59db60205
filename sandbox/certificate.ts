/** Throw-away certificates for tests and demos, by the `openssl` command. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { delimiter, join } from 'node:path';
import { run } from './process.ts';

export interface Certificate {
  /** What a client trusts. */
  readonly caFile: string;
  readonly certFile: string;
  /** Mode 0600. */
  readonly keyFile: string;
}

const validDays = 2;

export function findOpenssl(): string | undefined {
  const dirs = (process.env.PATH ?? '').split(delimiter);
  return dirs.map((dir) => join(dir, 'openssl')).find((file) => existsSync(file));
}

/**
 * A certificate authority of its own and a server certificate (P-256) by it. The authority's key is
 * thrown away at once.
 *
 * @param dir where the files go; made if need be
 * @param names host names, `*.` before them allowed, and IP addresses
 * @throws Error when openssl is missing or fails; TypeError for a name that is none
 */
export async function makeCertificate(
  dir: string,
  names: readonly string[],
  openssl: string | undefined = findOpenssl(),
): Promise<Certificate> {
  if (openssl === undefined) throw new Error('openssl is not installed');
  if (names.length === 0) throw new TypeError('a certificate needs a name');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const at = (name: string): string => join(dir, name);
  const call = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await run(openssl, args);
    if (code !== 0) throw new Error(`openssl ${args[0]}: ${stderr.trim()}`);
  };
  const newKey = async (file: string): Promise<void> => {
    writeFileSync(file, '', { mode: 0o600 });
    await call('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', file);
  };
  const config = at('openssl.cnf');
  writeFileSync(config, configOf(names));
  await newKey(at('ca.key'));
  await newKey(at('server.key'));
  const days = String(validDays);
  const request = ['req', '-new', '-config', config];
  const authority = [
    '-x509',
    '-days',
    days,
    '-extensions',
    'authority',
    '-subj',
    '/CN=Byway sandbox authority',
  ];
  await call(...request, ...authority, '-key', at('ca.key'), '-out', at('ca.pem'));
  const server = ['-key', at('server.key'), '-subj', '/CN=Byway sandbox'];
  await call(...request, ...server, '-out', at('server.csr'));
  const signed = ['x509', '-req', '-in', at('server.csr'), '-days', days, '-set_serial', '1'];
  const by = ['-CA', at('ca.pem'), '-CAkey', at('ca.key')];
  const extensions = ['-extfile', config, '-extensions', 'server'];
  await call(...signed, ...by, ...extensions, '-out', at('server.pem'));
  for (const name of ['ca.key', 'server.csr', 'openssl.cnf']) rmSync(at(name));
  return { caFile: at('ca.pem'), certFile: at('server.pem'), keyFile: at('server.key') };
}

function configOf(names: readonly string[]): string {
  const entries = names.map((name) => {
    if (isIP(name) !== 0) return `IP:${name}`;
    if (!/^(\*\.)?[\w-]+(\.[\w-]+)*$/.test(name)) throw new TypeError(`“${name}” is no host name`);
    return `DNS:${name}`;
  });
  return `[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
authorityKeyIdentifier = keyid
subjectAltName = ${entries.join(', ')}
`;
}
