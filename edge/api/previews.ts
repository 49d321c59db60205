/** `/api/v1/previews` */
import { Hono } from 'hono';
import { pullLink } from '#github-app/pull-link.ts';
import { clusterKeyOfLabel } from '#protocol/label.ts';
import type { Account, Preview } from '../objects/calls.ts';
import type { LastViewer } from '../objects/last-viewers.ts';
import { bodyOf } from './body.ts';
import { removalReason } from './endings.ts';
import { forbidden, invalid, noCluster, valueOf } from './failure.ts';
import { allowGuest, disallowGuest } from './guest-changes.ts';
import { clusterFor, previewFor } from './places.ts';
import {
  changePreview,
  extendPreview,
  noteMade,
  ownerOnly,
  previewToChange,
  publicTimeOf,
  removePreview,
} from './preview-changes.ts';
import { mayChange, type ApiEnv, type Principal } from './principal.ts';
import { asAllowed, leaveRoom, likeOf, stayWithin } from './public-rules.ts';
import { changedPreview, newGuest, newPreview } from './schemas.ts';
import type { ApiServices } from './services.ts';

export function previewRoutes(services: ApiServices): Hono<ApiEnv> {
  const { objects } = services;
  const webUrl = services.github?.config.webUrl;
  const routes = new Hono<ApiEnv>();
  routes.post('/', async (c) => {
    const principal = c.get('principal');
    mayChange(principal);
    const wish = await bodyOf(c, newPreview);
    const { cluster: key, access, intercept, ingress } = wish;
    const { cluster, organisationId } = await clusterFor(services, principal, key);
    const owner = ownerOf(principal, wish.owner);
    const live = await cluster.list();
    if (!live) throw noCluster(key);
    const before = likeOf(live, { intercept, ingress });
    // The answer would be that one, with its access changed.
    if (before) ownerOnly(principal, before);
    else if (principal.kind !== 'operator') await leaveRoom(objects, organisationId, owner);
    const publicForS = await publicTimeOf(services, organisationId, wish);
    const org = objects.org(organisationId);
    const [policy, clusters] = await Promise.all([org.policy(), org.clusters()]);
    const organisation = clusters.find((each) => each.key === key)?.organisation.login ?? '';
    const life = { lifeS: policy.longest_life_s, idleS: policy.idle_life_s };
    const banner = wish.banner ? { organisation } : undefined;
    const { source, gate } = wish;
    const input = { intercept, owner, ingress, access, publicForS, banner, source, gate, ...life };
    const created = valueOf(await cluster.create(input));
    const made = await asAllowed(services, organisationId, created);
    const isNew = !live.some(({ label }) => label === made.label);
    if (isNew && principal.kind !== 'operator') await stayWithin(objects, organisationId, made);
    await noteMade(services, principal, organisationId, made, isNew ? undefined : before);
    return c.json(answerOf(made, principal), 201);
  });
  routes.get('/', async (c) => {
    const key = c.req.query('cluster') ?? '';
    const principal = c.get('principal');
    const { cluster } = await clusterFor(services, principal, key);
    const previews = await cluster.list();
    if (!previews) throw noCluster(key);
    return c.json({ previews: previews.map((each) => answerOf(each, principal)) });
  });
  routes.get('/:label', async (c) => {
    const principal = c.get('principal');
    const { preview } = await previewFor(services, principal, c.req.param('label'));
    return c.json(answerOf(preview, principal));
  });
  routes.patch('/:label', async (c) => {
    const principal = c.get('principal');
    const at = await previewToChange(services, principal, c.req.param('label'));
    const wish = await bodyOf(c, changedPreview);
    return c.json(answerOf(await changePreview(services, principal, at, wish), principal));
  });
  routes.post('/:label/extend', async (c) => {
    const principal = c.get('principal');
    const at = await previewToChange(services, principal, c.req.param('label'));
    return c.json(answerOf(await extendPreview(services, principal, at), principal));
  });
  routes.delete('/:label', async (c) => {
    const principal = c.get('principal');
    const at = await previewToChange(services, principal, c.req.param('label'));
    await removePreview(services, principal, at, removalReason(c.req.query('reason')));
    return c.body(null, 204);
  });
  routes.post('/:label/guests', async (c) => {
    const principal = c.get('principal');
    const at = await previewToChange(services, principal, c.req.param('label'));
    const wish = await bodyOf(c, newGuest);
    return c.json(answerOf(await allowGuest(services, principal, at, wish), principal));
  });
  routes.delete('/:label/guests/:user', async (c) => {
    const principal = c.get('principal');
    const at = await previewToChange(services, principal, c.req.param('label'));
    await disallowGuest(services, principal, at, Number(c.req.param('user')));
    return c.body(null, 204);
  });
  return routes;

  function answerOf(preview: Preview, { kind }: Principal) {
    const {
      createdMs,
      publicUntilMs,
      epoch: _epoch,
      life,
      banner,
      madePrivate: _,
      pullSearch = null,
      ...all
    } = preview;
    const { source = null, gate = 'org', pulls = [], guests = [], askers = [], ...rest } = all;
    const at = (ms: number): string => new Date(ms).toISOString();
    return {
      ...rest,
      source,
      gate,
      pulls: pulls.map((pull) => ({
        repository: `${pull.repository.owner.login}/${pull.repository.name}`,
        repository_id: pull.repository.id,
        number: pull.number,
        url: webUrl === undefined ? null : pullLink(webUrl, pull).url,
        since: at(pull.sinceMs),
      })),
      pull_search: pullSearch,
      allowed: guests.map(({ user, untilMs }) => ({ user, until: at(untilMs) })),
      askers,
      banner: banner !== undefined,
      hits: life?.hits ?? 0,
      // Programs that open a preview have no business with who else did.
      last_viewers: kind === 'service' ? [] : (life?.viewers ?? []).map((each) => viewerOf(each)),
      last_used_at: life ? at(life.usedMs) : null,
      expires_at: life ? at(life.untilMs) : null,
      idle_expires_at: life ? at(life.usedMs + life.idleS * 1000) : null,
      public_until: rest.access === 'public' ? new Date(publicUntilMs).toISOString() : null,
      url: services.originOf(rest.label),
      cluster: clusterKeyOfLabel(rest.label),
      created_at: new Date(createdMs).toISOString(),
    };
  }
}

/** A person's previews are the person's own. @throws ApiError */
function ownerOf(principal: Principal, named: Account | undefined): Account {
  if (principal.kind === 'person') {
    if (named && named.id !== principal.user.id) {
      throw forbidden('a preview belongs to the person who creates it; leave owner out');
    }
    return principal.user;
  }
  if (!named) throw invalid('owner: must be given where no person asks');
  return named;
}

function viewerOf({ viewer, atMs }: LastViewer) {
  const { kind, id } = viewer;
  const login = viewer.kind === 'person' ? viewer.login : null;
  return { kind, id: String(id), login, at: new Date(atMs).toISOString() };
}
