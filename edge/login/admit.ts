/** Whether somebody who is signed in may go on to a preview or act for an organisation. */
import { membershipAtLogin, type Membership } from '../github/membership.ts';
import type { Identity } from '../github/oauth.ts';
import type { NotAdmitted } from '../objects/admission.ts';
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
  const invitation = preview && (await invitationOf(port, preview, identity));
  if (preview && invitation?.kind === 'member') return { kind: 'admitted', preview };
  // As to a stranger: who guesses labels learns nothing (threat 19).
  const membership = preview
    ? await membershipFor(port, preview.organisationId, identity)
    : ({ kind: 'none' } as const);
  const denial = denialOf(
    membership.kind === 'member' && invitation ? invitation : membership,
    identity,
  );
  if (denial) return { kind: 'denied', denial };
  if (!preview || preview.ended) return { kind: 'denied', denial: endedDenial(preview?.endReason) };
  return { kind: 'admitted', preview };
}

/**
 * Whether the person may see this preview without being asked about membership: `member`, as a guest
 * or reader. undefined: its members may, and nothing else is to be asked.
 */
async function invitationOf(
  port: LoginPort,
  { ended, guests, readers, organisationId }: PreviewPlace,
  { user }: Identity,
): Promise<{ kind: 'member' } | NotAdmitted | undefined> {
  if (ended) return undefined;
  if (guests.includes(user.id)) return { kind: 'member' };
  if (!readers || readers.ownerId === user.id) return undefined;
  const answers = await Promise.all(
    readers.repositories.map((id) => port.readership(organisationId, id, user.id)),
  );
  if (answers.some(({ kind }) => kind === 'member')) return { kind: 'member' };
  return answers.find((each) => each.kind === 'unavailable') ?? { kind: 'no-reader' };
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
export function denialOf(
  membership: { kind: 'member' } | NotAdmitted,
  identity: Identity,
): Denial | undefined {
  const parameters = { login: identity.user.login };
  switch (membership.kind) {
    case 'member':
      return undefined;
    case 'none': {
      const kind = identity.organisations.length > 0 ? 'not-member' : 'wrong-account';
      return { kind, parameters };
    }
    case 'no-reader':
      return { kind: 'not-reader', parameters };
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
