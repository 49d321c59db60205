/**
 * The GitHub App that was set up in the browser: one file in `data_dir`, for the edge's user only. The
 * section `github` of `edge.yaml` goes before it.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '#protocol/config.ts';
import { gitHubSettingsOf, type GitHubNames, type GitHubSettings } from '../github/settings.ts';
import type { SetupStore } from '../setup/ports.ts';

const text = z.string();
const texts = z.strictObject({
  webUrl: text.optional(),
  apiUrl: text.optional(),
  appId: text,
  clientId: text,
  clientSecret: text,
  privateKey: text,
  webhookSecrets: text,
  slug: text,
  actionsIssuer: text.optional(),
  deployments: text.optional(),
});

export function gitHubFileOf(dataDir: string): string {
  return join(dataDir, 'github-app.json');
}

/** undefined: none was set up there. @throws ConfigError */
export function gitHubOfFile(file: string): GitHubSettings | undefined {
  const found = textOf(file);
  if (found === undefined) return undefined;
  let parsed: z.ZodSafeParseResult<z.infer<typeof texts>>;
  try {
    parsed = texts.safeParse(JSON.parse(found));
  } catch {
    throw new ConfigError(`${file} is not JSON; restore it, or delete it and set the app up again`);
  }
  if (parsed.success) return gitHubSettingsOf(parsed.data, namesIn(file), /\n/);
  const names = parsed.error.issues.map(({ path }) => path.join('.') || 'the whole');
  throw new ConfigError(`${file}: ${names.join(', ')}: not as it was written`);
}

/** `onStored`: the edge goes on with these settings. */
export function nodeSetupStore(
  file: string,
  onStored: (settings: GitHubSettings) => Promise<void>,
): SetupStore {
  return {
    async save(given) {
      // What GitHub gave is judged as what an operator writes down is.
      const settings = gitHubSettingsOf(given, namesIn(file), /\n/);
      writeWhole(file, `${JSON.stringify(given, undefined, 2)}\n`);
      await onStored(settings);
      return { where: file };
    },
  };
}

/** Nobody sees half of it, and one that is there is never replaced. @throws Error */
function writeWhole(file: string, whole: string): void {
  if (existsSync(file)) throw new Error(`${file} is there already`);
  const next = `${file}.${randomBytes(8).toString('hex')}.new`;
  try {
    writeFileSync(next, whole, { mode: 0o600, flag: 'wx', flush: true });
    renameSync(next, file);
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  } finally {
    rmSync(next, { force: true });
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new ConfigError(`${file} cannot be read: ${code}`);
  }
}

function namesIn(file: string): GitHubNames {
  const keys = Object.keys(texts.shape) as (keyof GitHubNames)[];
  const names = keys.map((key) => [key, `${file}: ${key}`] as const);
  return Object.fromEntries(names) as Record<keyof GitHubNames, string>;
}
