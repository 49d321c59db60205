/**
 * GitHub's keys for workflows' tokens. Kept as values: on one engine no request may wait for what
 * another one has begun.
 */
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { fetchOf } from '../github/rest.ts';
import type { Clock, Log } from '../ports.ts';
import { ApiError } from './failure.ts';

/** A key that GitHub withdraws is good here no longer than this. */
export const keysLifeMs = 3_600_000;
/** Whoever invents key ids makes us ask no more often than this. */
export const refetchPauseMs = 30_000;
/** GitHub's have about 10 KB. */
const maxBytes = 256 * 1024;

const keySet = z.object({
  keys: z
    .array(z.looseObject({ kty: z.string() }))
    .min(1)
    .max(100),
});

export interface KeySourceServices {
  issuer: string;
  clock: Clock;
  log: Log;
  fetch?: typeof fetch;
}

export class WorkflowKeys {
  readonly #services: KeySourceServices;
  #keys: { get: JWTVerifyGetKey; fetchedMs: number } | undefined;

  constructor(services: KeySourceServices) {
    this.#services = services;
  }

  /** @throws ApiError while GitHub is away */
  async get(): Promise<JWTVerifyGetKey> {
    const known = this.#keys;
    return known && this.#isYounger(known, keysLifeMs) ? known.get : this.#renew();
  }

  /** After a token with an unknown key; undefined: they were fetched just now. @throws ApiError */
  async newer(): Promise<JWTVerifyGetKey | undefined> {
    const known = this.#keys;
    return known && this.#isYounger(known, refetchPauseMs) ? undefined : this.#renew();
  }

  /** A clock that was set back makes them old. */
  #isYounger({ fetchedMs }: { fetchedMs: number }, lifeMs: number): boolean {
    const ageMs = this.#services.clock.nowMs() - fetchedMs;
    return ageMs >= 0 && ageMs < lifeMs;
  }

  async #renew(): Promise<JWTVerifyGetKey> {
    const { issuer, clock, log } = this.#services;
    const fetchedMs = clock.nowMs();
    try {
      // No redirects; ten seconds.
      const response = await fetchOf(this.#services)(`${issuer}/.well-known/jwks`, {
        headers: { accept: 'application/json' },
      });
      if (response.status !== 200) throw new Error(`status ${response.status}`);
      const keys = keySet.parse(JSON.parse(await textOf(response)));
      const get = createLocalJWKSet(keys as JSONWebKeySet);
      this.#keys = { get, fetchedMs };
      return get;
    } catch (error) {
      log.warn({ issuer, why: (error as Error).message }, 'keys for workflows cannot be fetched');
      throw new ApiError('BW-5013');
    }
  }
}

async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`more than ${maxBytes} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
