/** The four questions about the ingress. Asked on a terminal only; each has a flag. */
import { createInterface, type Interface } from 'node:readline/promises';
import type { Ingress } from '#protocol/control.ts';
import { ExitCode, Failure } from './failure.ts';

export interface IngressFlags {
  host?: string | undefined;
  port?: number | undefined;
  tls?: boolean | undefined;
  l5?: string | undefined;
}

/** Answers by flags, then by the person; without a terminal by the one candidate. @throws Failure */
export async function askIngress(
  flags: IngressFlags,
  candidates: readonly Ingress[],
  last: Ingress | undefined,
  terminal: { input: NodeJS.ReadableStream; output: NodeJS.WritableStream } | undefined,
): Promise<Ingress> {
  const [only, ...others] = candidates;
  const preset = last ?? (others.length === 0 ? only : undefined);
  if (flags.host !== undefined && flags.port !== undefined) {
    const tls = flags.tls ?? false;
    return { host: flags.host, port: flags.port, tls, l5: flags.l5 ?? flags.host };
  }
  if (!terminal) {
    if (preset) {
      const host = flags.host ?? preset.host;
      return {
        host,
        port: flags.port ?? preset.port,
        tls: flags.tls ?? preset.tls,
        l5: flags.l5 ?? preset.l5,
      };
    }
    const list = candidates.map(
      ({ host, port, tls, l5 }) =>
        `  --ingress-host ${host} --ingress-port ${port} --ingress-tls=${tls} --ingress-l5 ${l5}`,
    );
    const hint =
      list.length > 0 ? `Candidates:\n${list.join('\n')}` : 'The connector knows no candidates.';
    throw new Failure(
      ExitCode.usage,
      `which ingress should the preview enter by? Give --ingress-host, --ingress-port, --ingress-tls and --ingress-l5, or --preview-url=false. ${hint}`,
    );
  }
  const reader = createInterface(terminal);
  try {
    return await askAll(reader, flags, preset, terminal.output);
  } finally {
    reader.close();
  }
}

async function askAll(
  reader: Interface,
  flags: IngressFlags,
  preset: Ingress | undefined,
  output: NodeJS.WritableStream,
): Promise<Ingress> {
  const ask = async <T>(
    preface: string,
    shown: string,
    read: (answer: string) => T | undefined,
  ): Promise<T> => {
    output.write(preface);
    for (;;) {
      const answer = (await reader.question(`\n       [default: ${shown}]: `)).trim();
      const value = read(answer === '' && shown !== '-' ? shown : answer);
      if (value !== undefined) return value;
      output.write('       That is not a valid answer.\n');
    }
  };
  output.write(
    'To create a preview URL, the ingress of your cluster must be known: where requests from outside enter.\n' +
      'Please confirm or change the following values.\n',
  );
  const host =
    flags.host ??
    (await ask(
      '\n1/4: What\'s your ingress\' layer 3 (IP) address?\n     You may use an IP address or a DNS name (this is usually a\n     "service.namespace" DNS name).\n',
      preset?.host ?? '-',
      (answer) => (/^[A-Za-z0-9._:[\]-]+$/.test(answer) ? answer : undefined),
    ));
  const port =
    flags.port ??
    (await ask(
      "\n2/4: What's your ingress' layer 4 address (TCP port number)?\n",
      preset ? String(preset.port) : '-',
      readPort,
    ));
  const tls =
    flags.tls ??
    (await ask(
      '\n3/4: Does that TCP port on your ingress use TLS (as opposed to cleartext)?\n',
      (preset?.tls ?? port === 443) ? 'y' : 'n',
      readYes,
    ));
  const l5 =
    flags.l5 ??
    (await ask(
      '\n4/4: If required by your ingress, specify a different layer 5 hostname\n     (TLS-SNI, HTTP "Host" header) to access this service.\n',
      preset?.l5 ?? host,
      (answer) => (/^[A-Za-z0-9._:[\]-]+$/.test(answer) ? answer : undefined),
    ));
  return { host, port, tls, l5 };
}

export function readPort(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}

function readYes(text: string): boolean | undefined {
  if (/^(y|yes|true)$/i.test(text)) return true;
  return /^(n|no|false)$/i.test(text) ? false : undefined;
}
