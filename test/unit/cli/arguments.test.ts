import { describe, expect, it } from 'vitest';
import { parseBoolean, parseHeader, parseHost, parsePort, parsePorts } from '#cli/arguments.ts';
import { ExitCode, Failure } from '#cli/failure.ts';

function failureOf(act: () => unknown): Failure {
  try {
    act();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

describe('--port', () => {
  it.each([
    ['8080', 8080, undefined],
    ['8080:http', 8080, 'http'],
    ['1:65535', 1, '65535'],
    ['65535:grpc-web', 65_535, 'grpc-web'],
  ])('%s', (text, local, remote) => {
    expect(parsePorts(text)).toEqual({ local, remote });
  });

  it.each(['', '0', '65536', '08080a', '-1', ':80', '80:', '80:a:b', '80: a', '80:-a', '1e3'])(
    '%j is wrong, and the error says what it must be',
    (text) => {
      const { message, exitCode } = failureOf(() => parsePorts(text));
      expect(exitCode).toBe(ExitCode.usage);
      expect(message).toContain(`--port ${text}: must be LOCAL or LOCAL:REMOTE`);
    },
  );
});

describe('--http-header', () => {
  it.each([
    ['x-me=one', 'x-me', 'one'],
    ['X-Me=a=b', 'X-Me', 'a=b'],
    ['baggage=user id 7', 'baggage', 'user id 7'],
  ])('%s', (text, name, value) => {
    expect(parseHeader(text)).toEqual({ name, value });
  });

  it.each([
    'x-me',
    '=one',
    'x-me=',
    'x me=1',
    'x-me= one',
    'x-me=one ',
    'x-me=é',
    'x-me=a\r\nb',
    'x:me=1',
  ])('%j is wrong', (text) => {
    const failure = failureOf(() => parseHeader(text));
    expect(failure.exitCode).toBe(ExitCode.usage);
    expect(failure.message).toContain('must be NAME=VALUE');
  });
});

describe('flags of yes and no', () => {
  it('may stand alone or have a value', () => {
    expect(parseBoolean('--x', undefined)).toBeUndefined();
    expect(parseBoolean('--x', true)).toBe(true);
    for (const yes of ['true', 'yes', 'y', 'TRUE', '1'])
      expect(parseBoolean('--x', yes)).toBe(true);
    for (const no of ['false', 'no', 'n', 'False', '0'])
      expect(parseBoolean('--x', no)).toBe(false);
    expect(failureOf(() => parseBoolean('--x', 'web')).message).toBe(
      '--x=web: must be true or false',
    );
  });
});

it('hosts and ports name their flag', () => {
  expect(parseHost('--address', '::1')).toBe('::1');
  expect(failureOf(() => parseHost('--address', 'a b')).message).toContain(
    '--address a b: must be a host',
  );
  expect(parsePort('--ingress-port', '443')).toBe(443);
  expect(failureOf(() => parsePort('--ingress-port', 'x')).message).toBe(
    '--ingress-port x: must be a port from 1 to 65535',
  );
});
