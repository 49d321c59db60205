/** The ports that a Worker's globals supply. */
import packageFile from '../../package.json' with { type: 'json' };
import type { Clock, Log, Random } from '../ports.ts';

export const version: string = packageFile.version;

export const clock: Clock = { nowMs: () => Date.now() };

export const random: Random = { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) };

/** One JSON line each, for `wrangler tail` and Workers Logs. */
export const log: Log = {
  info: (fields, message) => console.log(JSON.stringify({ level: 'info', message, ...fields })),
  warn: (fields, message) => console.warn(JSON.stringify({ level: 'warn', message, ...fields })),
};
