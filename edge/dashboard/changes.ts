/** What forms of the dashboard change; each by the API's own rules, then back to a page. */
import type { Page } from '#protocol/pages.ts';
import { removeCluster } from '../api/cluster-changes.ts';
import { forbidden, invalid, valueOf } from '../api/failure.ts';
import { allowGuest, disallowGuest } from '../api/guest-changes.ts';
import { endIntercept } from '../api/intercept-changes.ts';
import {
  changeAccess,
  changeGate,
  extendPreview,
  previewToChange,
  removePreview,
} from '../api/preview-changes.ts';
import { clusterFor } from '../api/places.ts';
import { adminOnly } from '../api/principal.ts';
import { changedPreview, newGuest } from '../api/schemas.ts';
import { seeOther } from '../login/page.ts';
import { one } from '../login/visit.ts';
import type { Session } from './entry.ts';
import { pathTo, type Done, type Section } from './frame.ts';
import { policyPatchOf } from './policy-form.ts';
import type { DashboardServices } from './services.ts';

export type Change = (
  services: DashboardServices,
  session: Session,
  form: URLSearchParams,
  /** Of the path. */
  parameter: (name: string) => string,
) => Promise<Page>;

export function back(session: Session, section: Section, done: Done): Page {
  return seeOther(pathTo(session, section, { done }));
}

export const makePublic: Change = async (services, session, form, parameter) => {
  await setPublic(services, session, form, parameter('label'));
  return back(session, '/dashboard', 'public');
};

/** As long as the policy lets a new one live, from now on. */
export const extend: Change = async (services, session, _form, parameter) => {
  const at = await previewToChange(services, session.person, parameter('label'));
  await extendPreview(services, session.person, at);
  return back(session, '/dashboard', 'extended');
};

/** Public from now on for so long, which must be longer than it is; only what is public can stay it. */
export const prolong: Change = async (services, session, form, parameter) => {
  await setPublic(services, session, form, parameter('label'), true);
  return back(session, '/dashboard', 'prolonged');
};

async function setPublic(
  services: DashboardServices,
  { person }: Session,
  form: URLSearchParams,
  label: string,
  mustProlong = false,
): Promise<void> {
  const at = await previewToChange(services, person, label);
  const text = one(form, 'for');
  const access = 'public';
  const wish = { access, ...(text !== undefined && { public_for_s: Number(text) }) };
  const read = changedPreview.safeParse(wish);
  if (!read.success) throw invalid('for: must be a number of seconds, 30 days at most');
  const { access: before, publicUntilMs } = at.preview;
  if (mustProlong && before !== 'public') {
    throw invalid('the preview is not public any more; make it public anew');
  }
  const untilMs = services.clock.nowMs() + (read.data.public_for_s ?? 0) * 1000;
  if (mustProlong && untilMs < publicUntilMs) {
    throw invalid('the preview is public for longer than that already');
  }
  const changed = await changeAccess(services, person, at, { ...read.data, access });
  if (changed.access !== 'public') throw forbidden('the organisation allows no public previews');
}

export const requireAuthentication: Change = async (services, session, _form, parameter) => {
  const at = await previewToChange(services, session.person, parameter('label'));
  await changeAccess(services, session.person, at, { access: 'private' });
  return back(session, '/dashboard', 'private');
};

export const remove: Change = async (services, session, _form, parameter) => {
  const at = await previewToChange(services, session.person, parameter('label'));
  await removePreview(services, session.person, at);
  return back(session, '/dashboard', 'removed');
};

export const removeIntercept: Change = async (services, session, _form, parameter) => {
  await endIntercept(services, session.person, parameter('cluster'), parameter('id'));
  return back(session, '/dashboard', 'intercept-ended');
};

/** Which rule holds while it is private. */
export const chooseGate: Change = async (services, session, form, parameter) => {
  const at = await previewToChange(services, session.person, parameter('label'));
  const { data } = changedPreview.safeParse({ gate: one(form, 'gate') });
  if (data?.gate === undefined) throw invalid('gate: must be org or repo');
  await changeGate(services, session.person, at, data.gate);
  return back(session, '/dashboard', 'gate');
};

/** Somebody who asked, for so many seconds. */
export const allow: Change = async (services, session, form, parameter) => {
  const at = await previewToChange(services, session.person, parameter('label'));
  const text = one(form, 'for');
  const wish = {
    user_id: Number(parameter('user')),
    ...(text !== undefined && { for_s: Number(text) }),
  };
  const read = newGuest.safeParse(wish);
  if (!read.success) throw invalid('for: must be a number of seconds, a minute to 30 days');
  await allowGuest(services, session.person, at, read.data);
  return back(session, '/dashboard', 'allowed');
};

export const disallow: Change = async (services, session, _form, parameter) => {
  const at = await previewToChange(services, session.person, parameter('label'));
  await disallowGuest(services, session.person, at, Number(parameter('user')));
  return back(session, '/dashboard', 'disallowed');
};

/** Its name has to be typed: previews and tokens go with it. */
export const dropCluster: Change = async (services, session, form, parameter) => {
  const { person } = session;
  const key = parameter('key');
  const { organisationId } = await clusterFor(services, person, key);
  adminOnly(person);
  const clusters = await services.objects.org(organisationId).clusters();
  const name = clusters.find((each) => each.key === key)?.name;
  if (one(form, 'name')?.trim() !== name) {
    throw invalid(`name: type “${name ?? ''}” to remove that cluster`);
  }
  await removeCluster(services, person, key);
  return back(session, '/dashboard/clusters', 'cluster-removed');
};

export const changePolicy: Change = async ({ objects }, session, form) => {
  const { person } = session;
  adminOnly(person);
  const org = objects.org(person.organisationId);
  const patch = policyPatchOf(form, await org.policy());
  valueOf(await org.setPolicy(patch, person.actor), 'BW-5002');
  return back(session, '/dashboard/policy', 'policy');
};

export const stopAll: Change = async ({ objects }, session) => {
  const { person } = session;
  adminOnly(person);
  const patch = { public_allowed: false };
  const org = objects.org(person.organisationId);
  valueOf(await org.setPolicy(patch, person.actor, 'stop-all'), 'BW-5002');
  return back(session, '/dashboard/policy', 'stopped');
};
