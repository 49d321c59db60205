/** What GitHub says about an app that was made from a manifest; its secrets once only. */
import { z } from 'zod';
import { ownUrl, type GitHubPlace } from './place.ts';

export const slug = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?$/);
const secret = z.string().regex(/^[\x21-\x7e]{16,512}$/);

export const registeredApp = z.object({
  id: z.int().min(1),
  slug,
  name: z.string(),
  html_url: z.url(),
  owner: z.object({ login: z.string() }),
  permissions: z.record(z.string(), z.string()),
  client_id: z.string().regex(/^[A-Za-z0-9._-]{1,100}$/),
  client_secret: secret,
  webhook_secret: secret,
  pem: z.string().min(1).max(32_768),
});
export type RegisteredApp = z.infer<typeof registeredApp>;

/** `GET /app`, asked with the new key. */
export const appItself = z.object({
  id: z.int(),
  slug,
  permissions: z.record(z.string(), z.string()),
});

/** Which fields are not as they should be; names only, for the values are secrets. */
export function wrongFields({ issues }: z.ZodError): string {
  const names = issues.map(({ path }) => path.join('.') || 'the answer');
  return [...new Set(names)].join(', ');
}

/** GitHub's own address of the app, which Enterprise Server has elsewhere; never one of another host. */
export function pageOf(
  place: GitHubPlace,
  { html_url, slug: name }: Pick<RegisteredApp, 'html_url' | 'slug'>,
): string {
  return ownUrl(place, html_url, `${place.webUrl}/apps/${name}`);
}

/** Where to delete an app whose secrets nobody has. `app` undefined: it may exist. */
export function orphanPage(
  { webUrl }: GitHubPlace,
  organisation: string,
  app: Pick<RegisteredApp, 'slug' | 'owner'> | undefined,
): string {
  const apps = `${webUrl}/organizations/${app?.owner.login ?? organisation}/settings/apps`;
  return app ? `${apps}/${app.slug}/advanced` : apps;
}
