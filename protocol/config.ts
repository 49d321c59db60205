/**
 * Configuration files: YAML text through a schema, with errors that name file, line and key. The YAML
 * parser (`yaml`) and the schema (`zod`) are handed in; this only joins them.
 */

/** Thrown for a file that cannot be used; the message is for the person who wrote the file. */
export class ConfigError extends Error {}

interface Pair {
  key: unknown;
  value: unknown;
}

interface Document {
  errors: readonly { message: string }[];
  contents: unknown;
  toJS(): unknown;
}

export interface YamlParser {
  LineCounter: new () => { linePos(offset: number): { line: number } };
  parseDocument(text: string, options: { lineCounter: never }): Document;
}

interface Issue {
  code?: string | undefined;
  path: readonly PropertyKey[];
  message: string;
  keys?: readonly string[];
}

export interface Schema<T> {
  safeParse(
    value: unknown,
  ): { success: true; data: T } | { success: false; error: { issues: readonly Issue[] } };
}

/** @throws ConfigError with one line for each fault: `file:line: key: what is wrong` */
export function readConfig<T>(yaml: YamlParser, schema: Schema<T>, file: string, text: string): T {
  const lineCounter = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: lineCounter as never });
  const [broken] = document.errors;
  if (broken) throw new ConfigError(`${file}: ${broken.message}`);
  const result = schema.safeParse(document.toJS() ?? {});
  if (result.success) return result.data;
  const lines = result.error.issues.flatMap((issue) => {
    const paths = (issue.keys ?? ['']).map((key) => (key ? [...issue.path, key] : [...issue.path]));
    return paths.map((path) => {
      const offset = offsetOf(document.contents, path);
      const line = offset === undefined ? '' : `:${lineCounter.linePos(offset).line}`;
      const name = path.map(String).join('.') || 'the file';
      const what = issue.keys ? 'unknown key; see docs/configuration.md' : issue.message;
      return `${file}${line}: ${name}: ${what}`;
    });
  });
  throw new ConfigError(lines.join('\n'));
}

/** Where the node at `path`, or its nearest parent, begins. */
function offsetOf(contents: unknown, path: readonly PropertyKey[]): number | undefined {
  let node = contents;
  let offset = startOf(node);
  for (const step of path) {
    const items = itemsOf(node);
    const isIndex = typeof step === 'number';
    const item = isIndex ? items[step] : items.find((pair) => isKey(pair, String(step)));
    if (item === undefined) return offset;
    offset = startOf(isIndex ? item : (item as Pair).key) ?? offset;
    node = isIndex ? item : (item as Pair).value;
  }
  return offset;
}

function itemsOf(node: unknown): readonly unknown[] {
  const items = (node as { items?: unknown } | null)?.items;
  return Array.isArray(items) ? items : [];
}

function isKey(item: unknown, name: string): boolean {
  const key = (item as Pair).key as { value?: unknown } | null;
  return String(key?.value) === name;
}

function startOf(node: unknown): number | undefined {
  return (node as { range?: [number, number, number] } | null)?.range?.[0];
}
