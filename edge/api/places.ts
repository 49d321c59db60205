/**
 * The organisation, cluster or preview that a call is about, if the caller may know of it. What
 * belongs to another organisation, or is outside of a token's binding, is answered exactly as what
 * never was (threat 36).
 */
import type { Context } from 'hono';
import { clusterKeyOfLabel } from '#protocol/label.ts';
import type { ClusterCalls, Preview } from '../objects/calls.ts';
import { invalid, noCluster, noOrganisation, noPreview } from './failure.ts';
import type { Principal, Service } from './principal.ts';
import type { ApiServices } from './services.ts';

/** The caller's own; the operator names it: `?organisation=ID`. @throws ApiError */
export function organisationFor(principal: Principal, c: Context): number {
  const text = c.req.query('organisation');
  if (text === undefined && principal.kind !== 'operator') return principal.organisationId;
  if (!/^\d{1,15}$/.test(text ?? '')) {
    throw invalid('organisation: must be a numeric organisation id');
  }
  return ownOrganisation(principal, Number(text));
}

/** @throws ApiError */
export function ownOrganisation(principal: Principal, id: number): number {
  if (principal.kind !== 'operator' && principal.organisationId !== id) throw noOrganisation(id);
  return id;
}

export interface ClusterPlace {
  cluster: ClusterCalls;
  organisationId: number;
}

/** @throws ApiError */
export async function clusterFor(
  { objects }: Pick<ApiServices, 'objects'>,
  principal: Principal,
  key: string,
): Promise<ClusterPlace> {
  const cluster = objects.cluster(key);
  const organisationId = await cluster?.organisation();
  if (!cluster || organisationId === undefined || !isWithin(principal, organisationId, key)) {
    throw noCluster(key);
  }
  return { cluster, organisationId };
}

export interface PreviewAt {
  /** The shard that the preview is on. */
  shard: ClusterCalls;
  organisationId: number;
  preview: Preview;
}

/** @throws ApiError */
export async function previewFor(
  services: Pick<ApiServices, 'objects'>,
  principal: Principal,
  label: string,
): Promise<PreviewAt> {
  const { shard, organisationId } = await shardFor(services, principal, label);
  const preview = await shard.find(label);
  if (!preview) throw noPreview(label);
  return { shard, organisationId, preview };
}

/** Where the label was issued, whether or not the preview lives. @throws ApiError */
export async function shardFor(
  { objects }: Pick<ApiServices, 'objects'>,
  principal: Principal,
  label: string,
): Promise<Omit<PreviewAt, 'preview'>> {
  const shard = objects.clusterOfLabel(label);
  const organisationId = await shard?.organisation();
  if (!shard || organisationId === undefined) throw noPreview(label);
  if (!isWithin(principal, organisationId, clusterKeyOfLabel(label), label)) throw noPreview(label);
  return { shard, organisationId };
}

function isWithin(
  principal: Principal,
  organisationId: number,
  key: string,
  label?: string,
): boolean {
  if (principal.kind === 'operator') return true;
  if (principal.organisationId !== organisationId) return false;
  return principal.kind === 'person' || isBoundTo(principal, key, label);
}

/** Clusters and previews know no repositories: tokens bound to one open previews, and nothing here. */
export function isBoundTo({ binding }: Service, key: string, label?: string): boolean {
  switch (binding.kind) {
    case 'organisation':
      return true;
    case 'cluster':
      return binding.key === key;
    case 'preview':
      return binding.label === label;
    case 'repository':
      return false;
  }
}
