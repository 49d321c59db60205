/** What commands print. Labels, their order and state words are those of the specification. */
import { stringify } from 'yaml';
import type { Ingress, InterceptHeader, Mechanism } from '#protocol/control.ts';

export type Format = 'text' | 'json' | 'yaml';

/** `value` in the chosen format, or the text of `text`. */
export function print(format: Format, value: unknown, text: () => string): void {
  if (format === 'json') process.stdout.write(`${JSON.stringify(value)}\n`);
  else if (format === 'yaml') process.stdout.write(stringify(value));
  else process.stdout.write(text());
}

/** For people, beside the result. */
export function remark(text: string): void {
  process.stderr.write(`byway: ${text}\n`);
}

/** One's own intercept. */
export interface InterceptView {
  name: string;
  state: string;
  destination: string;
  portName: string;
  /** Empty: all TCP connections, or all requests. */
  headers: readonly InterceptHeader[];
  mechanism: Mechanism;
  previewUrl?: string | undefined;
  l5?: string | undefined;
  /** Label and text: how the preview is now. */
  preview?: readonly [string, string][];
}

export function interceptBlock(view: InterceptView): string {
  const rows: [string, string][] = [
    ['Intercept name', view.name],
    ['State', view.state],
    ['Destination', view.destination],
  ];
  if (view.portName !== '') rows.push(['Service Port Name', view.portName]);
  rows.push(['Intercepting', filterText(view)]);
  if (view.previewUrl !== undefined) rows.push(['Preview URL', view.previewUrl]);
  if (view.l5 !== undefined) rows.push(['Layer 5 Hostname', view.l5]);
  for (const [label, text] of view.preview ?? []) rows.push([`Preview ${label}`, text]);
  return keyBlock(rows);
}

/** The colons in one column. `indent`: by how many blanks. */
export function keyBlock(rows: readonly [string, string][], indent = 4): string {
  const width = Math.max(...rows.map(([label]) => label.length));
  const start = ' '.repeat(indent);
  return rows.map(([label, value]) => `${start}${label.padEnd(width)}: ${value}\n`).join('');
}

function filterText({ mechanism, headers }: InterceptView): string {
  if (mechanism === 'tcp') return 'all TCP connections';
  if (headers.length === 0) return 'all HTTP requests';
  const lines = headers.map(
    ({ name, value }) =>
      `      header(${JSON.stringify(name)}) ~= regexp(${JSON.stringify(value)})`,
  );
  return ['HTTP requests that match all of:', ...lines].join('\n');
}

/** The header to paste into a browser plugin or Postman, and a command to paste into a shell. */
export function headerLines(
  headers: readonly InterceptHeader[],
  ingress: Ingress | undefined,
): string {
  if (headers.length === 0) return '';
  const plain = headers.map(({ name, value }) => `${name}: ${value}`);
  const flags = plain.map((line) => `-H ${shellQuote(line)}`).join(' ');
  const url = ingress ? urlOf(ingress) : 'http://HOST-OF-YOUR-INGRESS/';
  return (
    `\nRequests with ${plain.length === 1 ? 'this header' : 'these headers'} reach your laptop:\n` +
    `${plain.map((line) => `    ${line}\n`).join('')}    curl ${flags} ${shellQuote(url)}\n`
  );
}

/** Where viewers outside most likely enter: by the layer-5 host, on the port of the ingress. */
function urlOf({ port, tls, l5 }: Ingress): string {
  const usual = port === (tls ? 443 : 80) || /:\d+$/.test(l5);
  return `${tls ? 'https' : 'http'}://${l5}${usual ? '' : `:${port}`}/`;
}

export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
