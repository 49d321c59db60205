/**
 * The variables of one environment in `wrangler.toml`: lines `NAME = "value"` below `[env.NAME.vars]`,
 * which is how the file is written. Nothing else of it is read or changed; a section that is written
 * otherwise counts as none.
 */

export interface VarsSection {
  /** Of the lines that are there. */
  values: ReadonlyMap<string, string>;
  /** The whole text with these values; the comments behind them stay. */
  with(values: Readonly<Record<string, string>>): string;
}

const line = /^(\s*([A-Z][A-Z0-9_]*)\s*=\s*)("(?:[^"\\\n]|\\["\\])*")(\s*(?:#.*)?)$/;

/** undefined: there is no such section, or one that holds more than such lines. */
export function varsIn(text: string, environment: string): VarsSection | undefined {
  const lines = text.split('\n').map((each) => each.replace(/\r$/, ''));
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  const heads = lines.flatMap((each, index) => (isHead(each, environment) ? [index] : []));
  const [head] = heads;
  if (head === undefined || heads.length > 1) return undefined;
  const found = lines.findIndex((each, index) => index > head && /^\s*\[/.test(each));
  const after = found === -1 ? lines.length : found;
  const values = new Map<string, string>();
  let last = head;
  for (let index = head + 1; index < after; index += 1) {
    const text = lines[index] ?? '';
    if (/^\s*(#.*)?$/.test(text)) continue;
    const [, , name, quoted] = line.exec(text) ?? [];
    if (name === undefined || quoted === undefined || values.has(name)) return undefined;
    values.set(name, String(JSON.parse(quoted)));
    last = index;
  }
  return {
    values,
    with(changed) {
      const rest = new Map(Object.entries(changed));
      const next = lines.map((each, index) => {
        const [, start = '', name = '', , comment = ''] = line.exec(each) ?? [];
        const value = rest.get(name);
        if (index <= head || index >= after || value === undefined) return each;
        rest.delete(name);
        return `${start}${JSON.stringify(value)}${comment}`;
      });
      const added = [...rest].map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
      return next.toSpliced(last + 1, 0, ...added).join(end);
    },
  };
}

function isHead(text: string, environment: string): boolean {
  const [, name] = /^\s*\[\s*env\.([A-Za-z0-9_-]+)\.vars\s*\]\s*(?:#.*)?$/.exec(text) ?? [];
  return name === environment;
}
