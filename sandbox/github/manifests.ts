/**
 * Apps that are made from a manifest, and the codes for which their secrets are told, once:
 * https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
 */
import { z } from 'zod';
import type { Clock } from './clock.ts';
import { newId } from './ids.ts';
import { privateKeyFor } from './keys.ts';
import { randomBase62, randomHex } from './random-text.ts';
import type { App, Organization, World } from './world.ts';

/** "You must complete this step of the GitHub App Manifest flow within one hour." */
export const codeLifeMs = 3_600_000;

const level = z.enum(['read', 'write', 'admin']);

/** https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest#github-app-manifest-parameters */
export const manifestSchema = z.strictObject({
  name: z.string().min(1).max(34).optional(),
  url: z.url(),
  hook_attributes: z.strictObject({ url: z.url(), active: z.boolean().optional() }).optional(),
  redirect_url: z.url().optional(),
  callback_urls: z.array(z.url()).max(10).default([]),
  setup_url: z.url().optional(),
  description: z.string().optional(),
  public: z.boolean().optional(),
  default_events: z.array(z.string()).default([]),
  default_permissions: z.record(z.string(), level).default({}),
  request_oauth_on_install: z.boolean().optional(),
  setup_on_update: z.boolean().optional(),
});

export type Manifest = z.output<typeof manifestSchema>;

/** @throws Error naming what is wrong, a line each */
export function readManifest(text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('the manifest is no JSON');
  }
  const read = manifestSchema.safeParse(value);
  if (read.success) return read.data;
  throw new Error(
    read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'),
  );
}

/** @throws Error when the name is taken */
export function appFrom(manifest: Manifest, name: string, owner: Organization, world: World): App {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  if (slug === '') throw new Error('the name has no letter and no digit');
  if (world.apps.some((app) => app.slug === slug)) {
    throw new Error('Name is already taken');
  }
  const id = newId() % 1_000_000_000;
  const app = {
    id,
    slug,
    name,
    owner_id: owner.id,
    client_id: `Iv23li${randomBase62(14)}`,
    client_secret: randomHex(40),
    webhook_secret: randomHex(40),
    webhook_url: manifest.hook_attributes?.url ?? null,
    callback_urls: manifest.callback_urls,
    setup_url: manifest.setup_url ?? null,
    private_key: privateKeyFor(`app ${id}`),
    permissions: { metadata: 'read' as const, ...manifest.default_permissions },
    events: manifest.default_events,
  };
  world.apps.push(app);
  return app;
}

export class ManifestStore {
  readonly #clock: Clock;
  readonly #codes = new Map<string, { readonly appId: number; readonly expiresAtMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  clear(): void {
    this.#codes.clear();
  }

  issue(appId: number): string {
    const code = randomHex(40);
    this.#codes.set(code, { appId, expiresAtMs: this.#clock.now() + codeLifeMs });
    return code;
  }

  /** The app of a code, the first time that it is asked. */
  take(code: string): number | undefined {
    const known = this.#codes.get(code);
    this.#codes.delete(code);
    return known !== undefined && known.expiresAtMs > this.#clock.now() ? known.appId : undefined;
  }
}
