/** Wrong user codes, counted by the address that they come from (RFC 8628 §5.1, threats 54 and 60). */
import { maxUserCodeTries } from '../../gate/device-code.ts';
import { isFull, take, type Bucket, type Rate } from '../../gate/rate-limit.ts';
import type { StoreServices } from './services.ts';

export const steps = [
  [
    `CREATE TABLE device_tries (
      address TEXT PRIMARY KEY, level INTEGER NOT NULL, at_ms INTEGER NOT NULL)`,
    'CREATE INDEX device_tries_by_time ON device_tries (at_ms)',
  ],
];

/** A try costs two and one comes back each minute: five at once, full again after 10 minutes. */
const tryCost = 2;
const rate: Rate = { burst: maxUserCodeTries * tryCost, perMinute: 1 };
const fullAfterMs = (rate.burst / rate.perMinute) * 60_000;

/** Addresses that are remembered; one more, and the one that tried longest ago is forgotten. */
export const maxAddresses = 10_000;
const maxAddressCharacters = 100;

export class CodeTries {
  readonly #services: Pick<StoreServices, 'sql' | 'clock'>;

  constructor(services: Pick<StoreServices, 'sql' | 'clock'>) {
    this.#services = services;
  }

  /** Seconds until the address may try again; 0: now. Takes nothing. */
  waitS(address: string): number {
    const { clock } = this.#services;
    return take(this.#bucket(address), clock.nowMs(), rate, tryCost).retryAfterS;
  }

  /** One more wrong code. */
  wrong(address: string): void {
    const { sql, clock } = this.#services;
    const nowMs = clock.nowMs();
    sql.transaction(() => {
      const { bucket } = take(this.#bucket(address), nowMs, rate, tryCost);
      sql.run(
        'INSERT OR REPLACE INTO device_tries VALUES (?, ?, ?)',
        keyOf(address),
        bucket.level,
        bucket.atMs,
      );
      this.clean();
    });
  }

  clean(): void {
    const { sql, clock } = this.#services;
    sql.run('DELETE FROM device_tries WHERE at_ms <= ?', clock.nowMs() - fullAfterMs);
    const [row] = sql.all('SELECT COUNT(*) AS count FROM device_tries');
    const surplus = Number(row?.count) - maxAddresses;
    if (surplus <= 0) return;
    sql.run(
      `DELETE FROM device_tries WHERE address IN
        (SELECT address FROM device_tries ORDER BY at_ms, rowid LIMIT ?)`,
      surplus,
    );
  }

  #bucket(address: string): Bucket | undefined {
    const { sql, clock } = this.#services;
    const [row] = sql.all('SELECT * FROM device_tries WHERE address = ?', keyOf(address));
    if (!row) return undefined;
    const bucket = { level: Number(row.level), atMs: Number(row.at_ms) };
    return isFull(bucket, clock.nowMs(), rate) ? undefined : bucket;
  }
}

function keyOf(address: string): string {
  return address.slice(0, maxAddressCharacters);
}
