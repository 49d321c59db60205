/** What an organisation allows; overrides what any member chooses (design §4). */
import { z } from 'zod';
import type { Outcome } from '../calls.ts';
import type { StoreServices } from './services.ts';

export const steps = [['CREATE TABLE policy (name TEXT PRIMARY KEY, value TEXT NOT NULL)']];

const dayS = 86_400;
const shape = {
  public_allowed: z.boolean().describe('whether previews may be public at all'),
  longest_public_s: z
    .int()
    .min(60)
    .max(30 * dayS)
    .describe('after this a public preview is private again'),
  longest_life_s: z
    .int()
    .min(3600)
    .max(365 * dayS)
    .describe('after this a preview ends, unless it was extended'),
  idle_life_s: z
    .int()
    .min(600)
    .max(90 * dayS)
    .describe('a preview that nobody has used for this long ends'),
  max_previews_per_person: z.int().min(0).max(1000).describe('live previews that one person owns'),
  max_public_requests_per_minute: z
    .int()
    .min(1)
    .max(1_000_000_000)
    .describe('of anonymous viewers, to one public preview'),
  max_public_bytes_per_day: z
    .int()
    .min(0)
    .max(1e15)
    .describe('to anonymous viewers, from one public preview'),
  edge_intercepts: z
    .enum(['nobody', 'admins', 'members'])
    .describe('who may intercept through the edge, without a kubeconfig'),
};

/** What `PATCH` takes: the parts to change. */
export const policyPatch = z.strictObject(shape).partial();
export const policyShape = z.strictObject(shape);
export type Policy = z.infer<typeof policyShape>;

export const defaultPolicy: Policy = {
  public_allowed: true,
  longest_public_s: dayS,
  longest_life_s: 14 * dayS,
  idle_life_s: 3 * dayS,
  max_previews_per_person: 20,
  max_public_requests_per_minute: 6000,
  max_public_bytes_per_day: 10 * 1024 ** 3,
  edge_intercepts: 'nobody',
};

/** Where a stored value cannot be read: what allows least. */
const closed: Policy = {
  public_allowed: false,
  longest_public_s: 60,
  longest_life_s: 3600,
  idle_life_s: 600,
  max_previews_per_person: 0,
  max_public_requests_per_minute: 1,
  max_public_bytes_per_day: 0,
  edge_intercepts: 'nobody',
};

export interface PolicyChange {
  policy: Policy;
  changed: Partial<Policy>;
}

export class Policies {
  readonly #sql: StoreServices['sql'];
  /** The object is the only writer. */
  #policy: Policy;

  constructor({ sql }: Pick<StoreServices, 'sql'>) {
    this.#sql = sql;
    this.#policy = this.#read();
  }

  get current(): Policy {
    return this.#policy;
  }

  /**
   * `changed`: the names of what is different now, with the values before; for the audit row. `also`
   * runs in the same transaction, with what the policy will be.
   */
  update(patch: unknown, also: (change: PolicyChange) => void = () => {}): Outcome<PolicyChange> {
    const parsed = policyPatch.safeParse(patch);
    if (!parsed.success) {
      return { ok: false, refusal: { kind: 'refused', reason: faultOf(parsed.error) } };
    }
    const before = this.#policy;
    const wanted = Object.entries(parsed.data).filter(([, value]) => value !== undefined);
    const differing = wanted.filter(([name, value]) => before[name as keyof Policy] !== value);
    const names = differing.map(([name]) => name as keyof Policy);
    const changed = Object.fromEntries(names.map((name) => [name, before[name]]));
    const policy = this.#sql.transaction(() => {
      for (const [name, value] of differing) {
        this.#sql.run('INSERT OR REPLACE INTO policy VALUES (?, ?)', name, JSON.stringify(value));
      }
      const next = this.#read();
      also({ policy: next, changed });
      return next;
    });
    this.#policy = policy;
    return { ok: true, value: { policy, changed } };
  }

  /** Names of other versions are left alone. */
  #read(): Policy {
    const policy: Record<string, unknown> = { ...defaultPolicy };
    for (const { name, value } of this.#sql.all('SELECT * FROM policy')) {
      if (!isPart(name)) continue;
      const parsed = shape[name].safeParse(jsonOf(value));
      policy[name] = parsed.success ? parsed.data : closed[name];
    }
    return policyShape.parse(policy);
  }
}

function isPart(name: unknown): name is keyof Policy {
  return typeof name === 'string' && Object.hasOwn(shape, name);
}

function jsonOf(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}

function faultOf(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message))
    .join('; ')
    .slice(0, 500);
}
