/** What an organisation's policy says to a wish: time in public, and previews of one person. */
import type { Account, NewPreview, Objects, OrgCalls, Preview } from '../objects/calls.ts';
import { ApiError } from './failure.ts';
import type { ApiServices } from './services.ts';

/** What is forgotten must not stay open. */
export const defaultPublicS = 24 * 60 * 60;

/** How long the preview will be public. It holds for the operator, too. @throws ApiError */
export async function publicTime(org: OrgCalls, wantedS: number | undefined): Promise<number> {
  const { public_allowed: allowed, longest_public_s: longestS } = await org.policy();
  if (!allowed) throw refused('the organisation allows no public previews');
  if (wantedS === undefined) return Math.min(defaultPublicS, longestS);
  if (wantedS > longestS) {
    throw refused(`the organisation lets a preview be public for ${longestS} s at most`);
  }
  return wantedS;
}

/**
 * The policy may have changed between the question and the change, and its push to the objects may
 * have come before it: what is public although it may not be is private again.
 */
export async function asAllowed(
  { objects }: Pick<ApiServices, 'objects'>,
  organisationId: number,
  preview: Preview,
): Promise<Preview> {
  if (preview.access === 'private') return preview;
  if ((await objects.org(organisationId).policy()).public_allowed) return preview;
  const shard = objects.clusterOfLabel(preview.label);
  const now = await shard?.setAccess(preview.label, { access: 'private', publicForS: 0 });
  return now ?? { ...preview, access: 'private' };
}

function refused(reason: string): ApiError {
  return new ApiError('BW-5010', { reason });
}

/** Whether that owner may have one more. @throws ApiError */
export async function leaveRoom(
  objects: Objects,
  organisationId: number,
  owner: Account,
): Promise<void> {
  const { limit, previews } = await previewsOf(objects, organisationId, owner);
  if (previews.length >= limit) throw tooMany(owner, limit);
}

/**
 * After one more: of several that were asked for at the same time only as many stay as there is
 * room for, the oldest. @throws ApiError when this one does not stay
 */
export async function stayWithin(
  objects: Objects,
  organisationId: number,
  made: Preview,
): Promise<void> {
  const { limit, previews } = await previewsOf(objects, organisationId, made.owner);
  const place = previews.filter((each) => isBefore(each, made)).length;
  if (place < limit) return;
  await objects.clusterOfLabel(made.label)?.remove(made.label);
  throw tooMany(made.owner, limit);
}

function isBefore(one: Preview, other: Preview): boolean {
  if (one.createdMs !== other.createdMs) return one.createdMs < other.createdMs;
  return one.label < other.label;
}

function tooMany(owner: Account, limit: number): ApiError {
  return new ApiError('BW-5011', { owner: owner.login, limit });
}

/** All live ones of the owner in the organisation, and how many they may be. */
async function previewsOf(objects: Objects, organisationId: number, owner: Account) {
  const org = objects.org(organisationId);
  const [policy, clusters] = await Promise.all([org.policy(), org.clusters()]);
  const lists = await Promise.all(clusters.map(({ key }) => objects.cluster(key)?.list()));
  const previews = lists.flatMap((list) => list ?? []).filter((each) => each.owner.id === owner.id);
  return { limit: policy.max_previews_per_person, previews };
}

/** The live one that a wish would give again. */
export function likeOf(
  previews: readonly Preview[],
  { intercept, ingress }: Pick<NewPreview, 'intercept' | 'ingress'>,
): Preview | undefined {
  return previews.find(
    (each) =>
      each.intercept.id === intercept.id &&
      each.ingress.host === ingress.host &&
      each.ingress.port === ingress.port &&
      each.ingress.tls === ingress.tls &&
      each.ingress.l5 === ingress.l5,
  );
}
