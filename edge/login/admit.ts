/** Whether somebody who is signed in may go on to a preview or act for an organisation. */
import { membershipAtLogin, type Membership } from '../github/membership.ts';
import type { Identity } from '../github/oauth.ts';
import { endedDenial, type Denial } from './denials.ts';
import type { LoginPort, PreviewPlace } from './ports.ts';

export type Admission =
  | { kind: 'admitted'; preview: PreviewPlace }
  | { kind: 'denied'; denial: Denial };

export async function admitTo(
  port: LoginPort,
  label: string,
  identity: Identity,
): Promise<Admission> {
  const preview = await port.preview(label);
  if (preview && isGuest(preview, identity)) return { kind: 'admitted', preview };
  // As to a stranger: who guesses labels learns nothing (threat 19).
  const membership = preview
    ? await membershipFor(port, preview.organisationId, identity)
    : ({ kind: 'none' } as const);
  const denial = denialOf(membership, identity);
  if (denial) return { kind: 'denied', denial };
  if (!preview || preview.ended) return { kind: 'denied', denial: endedDenial(preview?.endReason) };
  return { kind: 'admitted', preview };
}

/** Whether the person was let into this one preview. */
export function isGuest({ ended, guests }: PreviewPlace, { user }: Identity): boolean {
  return !ended && guests.includes(user.id);
}

/** GitHub's word, and what the person's own login could reach (threats 33 and 35). */
export async function membershipFor(
  port: LoginPort,
  organisationId: number,
  identity: Identity,
): Promise<Membership> {
  const membership = await port.membership(organisationId, identity.user.id);
  const reached = identity.organisations.some(({ id }) => id === organisationId);
  // How things stand between the app and the organisation is for its own people: to others it would
  // tell a label that exists from one that does not (threat 19).
  if (!reached && ownAffairs.has(membership.kind)) return { kind: 'none' };
  return membershipAtLogin(membership, identity, organisationId);
}

const ownAffairs: ReadonlySet<Membership['kind']> = new Set([
  'suspended',
  'no-permission',
  'unavailable',
]);

/** undefined: a member. */
export function denialOf(membership: Membership, identity: Identity): Denial | undefined {
  const parameters = { login: identity.user.login };
  switch (membership.kind) {
    case 'member':
      return undefined;
    case 'none': {
      const kind = identity.organisations.length > 0 ? 'not-member' : 'wrong-account';
      return { kind, parameters };
    }
    case 'saml': {
      const links = membership.url
        ? [{ text: 'Sign in with single sign-on', url: membership.url }]
        : [];
      return { kind: 'saml', parameters, links };
    }
    case 'unavailable':
      return { kind: 'unavailable', retryAfterMs: membership.retryAfterMs };
    default:
      return { kind: membership.kind, parameters };
  }
}
