import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ExitCode } from '#cli/failure.ts';
import { askIngress } from '#cli/questions.ts';

const nginx = { host: 'nginx.ingress', port: 443, tls: true, l5: 'shop.example.com' };
const other = { host: 'other.ingress', port: 80, tls: false, l5: 'other.example.com' };

/** A terminal on which `answers` are typed, one at each prompt; then it is closed, or `last` comes. */
function person(answers: readonly string[], last?: string) {
  const input = new PassThrough();
  const output = new PassThrough();
  const waiting = [...answers];
  let shown = '';
  output.on('data', (bytes: Buffer) => {
    shown += bytes.toString();
    if (!shown.endsWith(']: ')) return;
    const answer = waiting.shift();
    shown += '\n';
    if (answer !== undefined) input.write(`${answer}\n`);
    else if (last === undefined) input.end();
    else input.write(last);
  });
  return {
    terminal: { input, output },
    get shown() {
      return shown;
    },
    left: waiting,
  };
}

function promptsOf(shown: string): string[] {
  return [...shown.matchAll(/^(\d\/4:|.*\[default: .*\]:)/gm)].map((match) => match[1]!.trim());
}

describe('on a terminal', () => {
  it('asks four questions, without a default where nothing is known', async () => {
    const someone = person(['ambassador.ambassador', '443', 'y', 'dev.example.com']);
    await expect(askIngress({}, [], undefined, someone.terminal)).resolves.toEqual({
      host: 'ambassador.ambassador',
      port: 443,
      tls: true,
      l5: 'dev.example.com',
    });
    expect(promptsOf(someone.shown)).toEqual([
      '1/4:',
      '[default: -]:',
      '2/4:',
      '[default: -]:',
      '3/4:',
      '[default: n]:',
      '4/4:',
      '[default: ambassador.ambassador]:',
    ]);
  });

  it('takes the only candidate as default', async () => {
    const someone = person(['', '', '', '']);
    await expect(askIngress({}, [nginx], undefined, someone.terminal)).resolves.toEqual(nginx);
    expect(promptsOf(someone.shown).filter((line) => line.startsWith('['))).toEqual([
      '[default: nginx.ingress]:',
      '[default: 443]:',
      '[default: y]:',
      '[default: shop.example.com]:',
    ]);
  });

  it('takes the last answers before the candidate', async () => {
    const someone = person(['', '', '', '']);
    await expect(askIngress({}, [nginx], other, someone.terminal)).resolves.toEqual(other);
  });

  it('shows several candidates and presets none of them', async () => {
    const someone = person(['other.ingress', '80', '', '']);
    const chosen = await askIngress({}, [nginx, other], undefined, someone.terminal);
    expect(chosen).toEqual({ ...other, l5: 'other.ingress' });
    expect(someone.shown).toContain('nginx.ingress, port 443, TLS, for shop.example.com');
    expect(someone.shown).toContain('other.ingress, port 80, no TLS, for other.example.com');
    expect(someone.shown).toContain('[default: -]');
  });

  it('does not offer one ingress’ layer-5 host for another address', async () => {
    const someone = person(['10.0.0.1', '', '', '']);
    const { l5 } = await askIngress({}, [nginx], undefined, someone.terminal);
    expect(l5).toBe('10.0.0.1');
  });

  it('asks again after a wrong answer, saying what it must be', async () => {
    const someone = person(['', 'a b', 'web', '0', 'http', '80', 'maybe', 'n', '']);
    await expect(askIngress({}, [], undefined, someone.terminal)).resolves.toEqual({
      host: 'web',
      port: 80,
      tls: false,
      l5: 'web',
    });
    expect(someone.shown.match(/must be an IP address or a host name/g)).toHaveLength(2);
    expect(someone.shown.match(/must be a number from 1 to 65535/g)).toHaveLength(2);
    expect(someone.shown).toContain('must be y or n');
  });

  it('leaves out each question whose flag is given, and all of them when all are', async () => {
    const someone = person(['', '']);
    const flags = { host: 'flag.host', tls: true };
    const chosen = await askIngress(flags, [nginx], undefined, someone.terminal);
    expect(chosen).toEqual({ host: 'flag.host', port: 443, tls: true, l5: 'flag.host' });
    expect(promptsOf(someone.shown).filter((line) => /^\d/.test(line))).toEqual(['2/4:', '4/4:']);
    const nobody = person([]);
    await expect(askIngress(nginx, [], undefined, nobody.terminal)).resolves.toEqual(nginx);
    expect(nobody.shown).toBe('');
  });

  it('ends the command at the end of input', async () => {
    const someone = person(['host']);
    await expect(askIngress({}, [], undefined, someone.terminal)).rejects.toMatchObject({
      exitCode: ExitCode.interrupted,
    });
  });

  it('takes answers that were piped in at once', async () => {
    const input = new PassThrough();
    const output = new PassThrough();
    input.end('web\n80\nn\nweb.example.com\n');
    await expect(askIngress({}, [], undefined, { input, output })).resolves.toEqual({
      host: 'web',
      port: 80,
      tls: false,
      l5: 'web.example.com',
    });
  });
});

describe('without a terminal', () => {
  const ask = (flags = {}, candidates = [nginx]) => askIngress(flags, candidates, other, undefined);

  it('takes the only candidate, and flags before it', async () => {
    await expect(ask()).resolves.toEqual(nginx);
    await expect(ask({ l5: 'x' })).resolves.toEqual({ ...nginx, l5: 'x' });
  });

  it('needs host and port only', async () => {
    await expect(ask({ host: 'h', port: 80 }, [])).resolves.toEqual({
      host: 'h',
      port: 80,
      tls: false,
      l5: 'h',
    });
  });

  it('takes nothing of a candidate for another address', async () => {
    await expect(ask({ host: 'h', port: 80 })).resolves.toEqual({
      host: 'h',
      port: 80,
      tls: false,
      l5: 'h',
    });
    await expect(ask({ host: 'h' })).rejects.toThrow('--ingress-port');
  });

  it('lists candidates with their flags where there are several', async () => {
    const error = await ask({}, [nginx, other]).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ exitCode: ExitCode.usage });
    expect((error as Error).message).toContain(
      '\n  --ingress-host other.ingress --ingress-port 80 --ingress-tls=false --ingress-l5 other.example.com',
    );
    await expect(ask({}, [])).rejects.toThrow('The connector knows no candidates.');
  });
});
