/** What stands behind the flags: ports, headers, yes and no. */
import { ExitCode, Failure } from './failure.ts';

/** From 1 to 65535; undefined for anything else. */
export function readPort(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}

/** @throws Failure naming the flag */
export function parsePort(flag: string, text: string): number {
  const port = readPort(text);
  if (port === undefined) {
    throw new Failure(ExitCode.usage, `${flag} ${text}: must be a port from 1 to 65535`);
  }
  return port;
}

/** `8080`, `8080:http`, `8080:80`. @throws Failure */
export function parsePorts(text: string): { local: number; remote: string | undefined } {
  const [first = '', remote, ...rest] = text.split(':');
  const local = readPort(first);
  const named = remote === undefined || /^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?$/.test(remote);
  if (local === undefined || !named || rest.length > 0) {
    throw new Failure(
      ExitCode.usage,
      `--port ${text}: must be LOCAL or LOCAL:REMOTE, with LOCAL a port from 1 to 65535 and REMOTE the name or number of a service port`,
    );
  }
  return { local, remote };
}

/** `NAME=VALUE`; the value may hold `=`. @throws Failure */
export function parseHeader(text: string): { name: string; value: string } {
  // RFC 9110 §5.1 and §5.5: a token; visible characters with blanks between them.
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)=([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)$/.exec(
    text,
  );
  const [, name, value] = match ?? [];
  if (name === undefined || value === undefined) {
    throw new Failure(
      ExitCode.usage,
      `--http-header ${text}: must be NAME=VALUE, with a header's name and a value of visible ASCII`,
    );
  }
  return { name, value };
}

const unitsS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** `90s`, `30m`, `24h`, `30d`, `2w`; in seconds. @throws Failure naming the flag */
export function parseDuration(flag: string, text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  const seconds = unit === undefined ? undefined : Number(count) * (unitsS[unit] ?? 0);
  if (seconds === undefined) {
    throw new Failure(
      ExitCode.usage,
      `${flag} ${text}: must be a number and a unit (s, m, h, d, w), like 24h or 30d`,
    );
  }
  return seconds;
}

/** A flag with or without `=true|false`. @throws Failure */
export function parseBoolean(
  flag: string,
  value: string | boolean | undefined,
): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  const answer = readYes(value);
  if (answer === undefined) {
    throw new Failure(ExitCode.usage, `${flag}=${value}: must be true or false`);
  }
  return answer;
}

export function readYes(text: string): boolean | undefined {
  if (/^(y|yes|true|1)$/i.test(text)) return true;
  return /^(n|no|false|0)$/i.test(text) ? false : undefined;
}

/** A host name or an address; undefined for anything else. */
export function readHost(text: string): string | undefined {
  return /^[A-Za-z0-9._:[\]-]{1,253}$/.test(text) ? text : undefined;
}

/** @throws Failure naming the flag */
export function parseHost(flag: string, text: string | undefined): string | undefined {
  if (text === undefined || readHost(text) !== undefined) return text;
  throw new Failure(ExitCode.usage, `${flag} ${text}: must be a host name or an IP address`);
}
