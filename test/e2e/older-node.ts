/** A Node on the path that cannot run the package's files itself, as people have it. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** undefined: this machine has none. */
export const olderNode: string | undefined = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'node'))
  .filter((file) => existsSync(file))
  .find((file) => {
    const text = execFileSync(file, ['--version'], { encoding: 'utf8' });
    return Number(/^v(\d+)/.exec(text)?.[1]) < 24;
  });
