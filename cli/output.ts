/** What commands print. Labels, their order and state words are those of the specification. */
import { stringify } from 'yaml';

export type Format = 'text' | 'json' | 'yaml';

/** `value` in the chosen format, or the text of `text`. */
export function print(format: Format, value: unknown, text: () => string): void {
  if (format === 'json') process.stdout.write(`${JSON.stringify(value)}\n`);
  else if (format === 'yaml') process.stdout.write(stringify(value));
  else process.stdout.write(text());
}

export interface InterceptView {
  name: string;
  workload: string;
  state: string;
  destination: string;
  portName: string;
  /** Empty: all TCP connections, or all requests. */
  headers: readonly { name: string; value: string }[];
  mechanism: 'http' | 'tcp';
  previewUrl?: string;
  l5?: string;
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
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.map(([label, value]) => `    ${label.padEnd(width)}: ${value}`);
  return `Using deployment ${view.workload}\nintercepted\n${lines.join('\n')}\n`;
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

/** For browser plugins and Postman, and for a shell. */
export function headerLines(
  headers: readonly { name: string; value: string }[],
  l5: string | undefined,
): string {
  if (headers.length === 0) return '';
  const plain = headers.map(({ name, value }) => `${name}: ${value}`);
  const flags = plain.map((line) => `-H ${shellQuote(line)}`).join(' ');
  const url = l5 === undefined ? 'http://<host of the service>/' : `http://${l5}/`;
  return `\nHeader: ${plain.join('\n        ')}\nTry:    curl ${flags} ${shellQuote(url)}\n`;
}

export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
