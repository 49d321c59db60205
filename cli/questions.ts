/** The four questions about the ingress. Asked on a terminal only; each is replaced by its flag. */
import { createInterface, type Interface } from 'node:readline';
import type { Ingress } from '#protocol/control.ts';
import { readHost, readPort, readYes } from './arguments.ts';
import { ExitCode, Failure } from './failure.ts';

export interface IngressFlags {
  host?: string | undefined;
  port?: number | undefined;
  tls?: boolean | undefined;
  l5?: string | undefined;
}

export interface Terminal {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
}

/**
 * The ingress by flags and answers. `last`: the answers of the time before, offered again. Without a
 * terminal what no flag says comes from the connector's only candidate.
 * @throws Failure when nothing says it, or when the person gives up
 */
export async function askIngress(
  flags: IngressFlags,
  candidates: readonly Ingress[],
  last: Ingress | undefined,
  terminal: Terminal | undefined,
): Promise<Ingress> {
  const [only, ...others] = candidates;
  const certain = others.length === 0 ? only : undefined;
  if (!terminal) return withoutAsking(flags, candidates, certain);
  const { host, port, tls, l5 } = flags;
  if (host !== undefined && port !== undefined && tls !== undefined && l5 !== undefined) {
    return { host, port, tls, l5 };
  }
  const questions = new Questions(terminal);
  try {
    return await askAll(questions, flags, candidates, last ?? certain);
  } finally {
    questions.close();
  }
}

/** Flags of the ingress, for an error that a person can paste from. */
export function flagsOf({ host, port, tls, l5 }: Ingress): string {
  return `--ingress-host ${host} --ingress-port ${port} --ingress-tls=${tls} --ingress-l5 ${l5}`;
}

function withoutAsking(
  flags: IngressFlags,
  candidates: readonly Ingress[],
  certain: Ingress | undefined,
): Ingress {
  // A candidate says nothing about another address than its own.
  const fits =
    certain !== undefined &&
    (flags.host ?? certain.host) === certain.host &&
    (flags.port ?? certain.port) === certain.port;
  const preset = fits ? certain : undefined;
  const host = flags.host ?? preset?.host;
  const port = flags.port ?? preset?.port;
  if (host !== undefined && port !== undefined) {
    const tls = flags.tls ?? preset?.tls ?? false;
    return { host, port, tls, l5: flags.l5 ?? preset?.l5 ?? host };
  }
  const known = candidates.map((each) => `\n  ${flagsOf(each)}`).join('');
  throw new Failure(
    ExitCode.usage,
    'the ingress of the preview is not known, and this is no terminal to ask on. Give --ingress-host and ' +
      '--ingress-port (and --ingress-tls, --ingress-l5), or --preview-url=false. ' +
      (known === '' ? 'The connector knows no candidates.' : `Candidates:${known}`),
  );
}

async function askAll(
  questions: Questions,
  flags: IngressFlags,
  candidates: readonly Ingress[],
  preset: Ingress | undefined,
): Promise<Ingress> {
  questions.say('A preview URL enters the cluster by its ingress. Please say which one.\n');
  if (candidates.length > 1) {
    questions.say('The connector knows several:\n');
    for (const { host, port, tls, l5 } of candidates) {
      questions.say(`  ${host}, port ${port}, ${tls ? 'TLS' : 'no TLS'}, for ${l5}\n`);
    }
  }
  const host =
    flags.host ??
    (await questions.ask(
      '1/4: Layer 3 (IP) address of the ingress: an address or a DNS name\n     (inside a cluster mostly "service.namespace")',
      preset?.host,
      readHost,
      'an IP address or a host name',
    ));
  const port =
    flags.port ??
    (await questions.ask(
      '2/4: Layer 4 address of the ingress: its TCP port number',
      preset && String(preset.port),
      readPort,
      'a number from 1 to 65535',
    ));
  const tls =
    flags.tls ??
    (await questions.ask(
      '3/4: Is TLS spoken on that port (y), or cleartext (n)?',
      preset?.tls === true ? 'y' : 'n',
      readYes,
      'y or n',
    ));
  const l5 =
    flags.l5 ??
    (await questions.ask(
      '4/4: Layer 5 hostname that the ingress expects\n     (TLS-SNI, HTTP "Host" header)',
      preset && preset.host === host ? preset.l5 : host,
      readHost,
      'a host name',
    ));
  return { host, port, tls, l5 };
}

/** Asks line by line; an end of input or Ctrl-C ends the command. */
class Questions {
  readonly #reader: Interface;
  readonly #output: NodeJS.WritableStream;
  readonly #lines: string[] = [];
  #over = false;
  #wake = (): void => {};

  constructor({ input, output }: Terminal) {
    this.#output = output;
    this.#reader = createInterface({ input, output });
    this.#reader.on('line', (line) => {
      this.#lines.push(line);
      this.#wake();
    });
    this.#reader.on('SIGINT', () => this.#reader.close());
    this.#reader.on('close', () => {
      this.#over = true;
      this.#wake();
    });
  }

  say(text: string): void {
    this.#output.write(text);
  }

  async ask<T>(
    question: string,
    byDefault: string | undefined,
    read: (answer: string) => T | undefined,
    wanted: string,
  ): Promise<T> {
    this.say(`\n${question}\n\n`);
    for (;;) {
      this.#prompt(`       [default: ${byDefault ?? '-'}]: `);
      const answer = (await this.#line()).trim();
      const value = read(answer === '' && byDefault !== undefined ? byDefault : answer);
      if (value !== undefined) return value;
      this.say(`       The answer must be ${wanted}.\n`);
    }
  }

  close(): void {
    this.#reader.close();
  }

  #prompt(text: string): void {
    // Lines may wait that came before the end of input.
    if (this.#over) return this.say(text);
    this.#reader.setPrompt(text);
    this.#reader.prompt();
  }

  async #line(): Promise<string> {
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) return line;
      if (this.#over) {
        this.say('\n');
        throw new Failure(
          ExitCode.interrupted,
          'no answer, so nothing was intercepted; --preview-url=false asks nothing',
        );
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
