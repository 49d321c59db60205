/** What people and services change of a preview, by one set of rules for API and dashboard. */
import type { z } from 'zod';
import type { GateRule, Preview } from '../objects/calls.ts';
import { forbidden, noPreview } from './failure.ts';
import { previewFor, type PreviewAt } from './places.ts';
import { isAdmin, mayChange, type Principal } from './principal.ts';
import { asAllowed, publicTime } from './public-rules.ts';
import type { changedPreview } from './schemas.ts';
import type { ApiServices } from './services.ts';

type Services = Pick<ApiServices, 'objects'>;
export type PreviewWish = z.output<typeof changedPreview>;
export type AccessWish = Pick<PreviewWish, 'public_for_s'> & {
  access: NonNullable<PreviewWish['access']>;
};

/** @throws ApiError unless it is there and the caller may change it */
export async function previewToChange(
  services: Services,
  principal: Principal,
  label: string,
): Promise<PreviewAt> {
  const at = await previewFor(services, principal, label);
  mayChange(principal);
  ownerOnly(principal, at.preview);
  return at;
}

/** The rule before the switch: whoever makes it public does so by the rule that comes after. @throws ApiError */
export async function changePreview(
  services: Services,
  principal: Principal,
  at: PreviewAt,
  { gate, access, public_for_s }: PreviewWish,
): Promise<Preview> {
  const changed = gate === undefined ? at.preview : await changeGate(services, principal, at, gate);
  if (access === undefined) return changed;
  return changeAccess(services, principal, at, { access, public_for_s });
}

/** @throws ApiError */
export async function changeGate(
  services: Services,
  principal: Principal,
  { shard, organisationId, preview: { label } }: PreviewAt,
  gate: GateRule,
): Promise<Preview> {
  const changed = await shard.setGate(label, gate);
  if (!changed) throw noPreview(label);
  await notePreview(services, principal, organisationId, 'preview.gate', changed, { gate });
  return changed;
}

/** @throws ApiError */
export async function changeAccess(
  services: Services,
  principal: Principal,
  { shard, organisationId, preview: { label } }: PreviewAt,
  wish: AccessWish,
): Promise<Preview> {
  const publicForS = await publicTimeOf(services, organisationId, wish);
  const set = await shard.setAccess(label, { access: wish.access, publicForS });
  if (!set) throw noPreview(label);
  const changed = await asAllowed(services, organisationId, set);
  await notePreview(services, principal, organisationId, `preview.${changed.access}`, changed);
  return changed;
}

/** As long as the organisation lets a new one live, from now on. @throws ApiError */
export async function extendPreview(
  services: Services,
  principal: Principal,
  { shard, organisationId, preview: { label } }: PreviewAt,
): Promise<Preview> {
  const { longest_life_s: forS } = await services.objects.org(organisationId).policy();
  const extended = await shard.extend(label, forS);
  if (!extended) throw noPreview(label);
  await notePreview(services, principal, organisationId, 'preview.extend', extended);
  return extended;
}

/** `left`: because its intercept is over. @throws ApiError */
export async function removePreview(
  services: Services,
  principal: Principal,
  { shard, organisationId, preview }: PreviewAt,
  reason: 'removed' | 'left' = 'removed',
): Promise<void> {
  const { label } = preview;
  if (!(await shard.remove(label, reason, nameOf(principal)))) throw noPreview(label);
  await notePreview(services, principal, organisationId, 'preview.remove', preview, { reason });
}

/** As those who look for it later are told who it was. */
export function nameOf(principal: Principal): string {
  switch (principal.kind) {
    case 'person':
      return principal.user.login;
    case 'operator':
      return 'operator';
    case 'service':
      return 'a service';
  }
}

/** Of no account while the preview is private. @throws ApiError */
export async function publicTimeOf(
  { objects }: Services,
  organisationId: number,
  { access, public_for_s: wantedS }: AccessWish,
): Promise<number> {
  return access === 'private' ? 0 : publicTime(objects.org(organisationId), wantedS);
}

/** `before`: the one whose access was changed instead. */
export async function noteMade(
  services: Services,
  principal: Principal,
  organisationId: number,
  made: Preview,
  before: Preview | undefined,
): Promise<void> {
  const { access, gate } = made;
  const note = (action: string, more = {}): Promise<void> =>
    notePreview(services, principal, organisationId, action, made, more);
  if (!before) return note('preview.create', gate === 'repo' ? { gate } : {});
  if (before.gate !== gate) await note('preview.gate', { gate });
  if (before.access !== access || access === 'public') await note(`preview.${access}`);
}

export function notePreview(
  { objects }: Services,
  { actor }: Principal,
  organisationId: number,
  action: string,
  { label, owner, access, publicUntilMs }: Preview,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const until = access === 'public' ? new Date(publicUntilMs).toISOString() : null;
  const details = { access, until, owner: owner.id, ...more };
  return objects.org(organisationId).note({ actor, action, subject: label, details });
}

export function mayChangePreview(principal: Principal, { owner }: Pick<Preview, 'owner'>): boolean {
  return principal.kind !== 'person' || isAdmin(principal) || owner.id === principal.user.id;
}

/** @throws ApiError */
export function ownerOnly(principal: Principal, preview: Pick<Preview, 'owner'>): void {
  if (mayChangePreview(principal, preview)) return;
  const { login } = preview.owner;
  throw forbidden(`only ${login} or an owner of the organisation at GitHub may change it`);
}
