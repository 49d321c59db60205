import type { Child } from './children.ts';

const startTimeoutMs = 20_000;
const lookEveryMs = 20;

/**
 * The JSON object that a server prints as a line of standard output once it listens.
 * @throws Error with the server's last words when it ends first or takes more than 20 s
 */
export async function readyLine<Shape>(child: Child): Promise<Shape> {
  const deadlineMs = Date.now() + startTimeoutMs;
  for (;;) {
    const line = child
      .stdout()
      .split('\n')
      .slice(0, -1)
      .find((each) => each.startsWith('{'));
    if (line !== undefined) return JSON.parse(line) as Shape;
    if (!child.alive() || Date.now() > deadlineMs) {
      throw new Error(`it did not start: ${lastWords(child)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

export function lastWords(child: Child): string {
  const text = child.stderr().trim() || child.stdout().trim();
  return text.split('\n').at(-1) || 'it printed nothing';
}
