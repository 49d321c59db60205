/** Viewers of this shard's previews: who they are, and what goes along with those who are let in. */
import type { Session } from '#protocol/session.ts';
import { bannerPath } from '../banner/hide.ts';
import type { Banner } from '../banner/tail.ts';
import type { Credentials } from '../gate/credentials.ts';
import type { Viewer } from '../gate/decide.ts';
import type { Passage } from '../relay/passage.ts';
import { Admission, type Finding, type Known } from './admission.ts';
import type { Preview, Withdrawal } from './calls.ts';
import type { ClusterServices } from './cluster.ts';
import type { Lives } from './lives.ts';
import type { Previews } from './previews.ts';
import type { PullLinks } from './pull-links.ts';
import { SessionRenewal } from './session-renewal.ts';
import { Strangers } from './strangers.ts';
import { Sweeps } from './sweeps.ts';
import { guestKey, namesOf } from './viewer-keys.ts';

/** Questions to other objects about one credential. */
const maxQuestions = 6;

/** What viewers have to do with of the shard. */
export interface VisitsOf {
  key: string;
  previews: Previews;
  lives: Lives;
  links: () => PullLinks;
  /** The tunnel's, of this moment. */
  session: () => Session | undefined;
  /** `nextMs` may be another one. */
  onChange(): void;
}

export class Visits {
  readonly strangers: Strangers;
  readonly banners = { styled: 0, plain: 0, none: 0 };
  readonly #services: ClusterServices;
  readonly #of: VisitsOf;
  readonly #admission: Admission;
  readonly #renewal: SessionRenewal;
  readonly #sweeps: Sweeps;

  constructor(services: ClusterServices, of: VisitsOf) {
    const { previews } = of;
    this.#services = services;
    this.#of = of;
    this.strangers = new Strangers(services, () => {
      const { organisationId } = previews;
      if (organisationId === undefined) throw new Error('the cluster was removed');
      return services.objects.org(organisationId).policy();
    });
    this.#admission = new Admission(
      services,
      of.key,
      () => previews.organisationId,
      (viewer) => {
        this.#sweeps.close(of.session(), (keys) =>
          viewer === 'everybody'
            ? keys.length > 0
            : keys.some((key) => namesOf(key).includes(viewer)),
        );
      },
      (label, userId) => of.links().guests.untilMs(label, userId) !== undefined,
    );
    this.#renewal = new SessionRenewal(services);
    this.#sweeps = new Sweeps(services, this.#admission.leases, () => of.onChange());
  }

  /** Who the request is from, as far as it is known here. */
  who(label: string, credentials: Credentials): Finding {
    const { organisationId } = this.#of.previews;
    if (organisationId === undefined) {
      const badToken = credentials.token !== undefined;
      return { known: { viewer: undefined, keys: [], badToken } };
    }
    const preview = this.#of.previews.find(label);
    const links = this.#of.links();
    const place = {
      label,
      organisationId,
      epoch: preview?.epoch,
      isGuest: (userId: number) => links.guests.untilMs(label, userId) !== undefined,
      repositories: () => links.repositoriesOf(label),
      ...(preview?.gate === 'repo' && { readersOnly: { ownerId: preview.owner.id } }),
    };
    return this.#admission.find(place, credentials);
  }

  /** The same for those who can wait. */
  async viewerOf(label: string, credentials: Credentials): Promise<Viewer | undefined> {
    for (let question = 0; question < maxQuestions; question += 1) {
      const finding = this.who(label, credentials);
      const known = 'known' in finding ? finding.known : await finding.ask();
      if (known) return known.viewer;
    }
    return undefined;
  }

  /** For a request that may go through the tunnel now. */
  passage(
    session: Session,
    preview: Preview,
    { keys, viewer, claims }: Known,
    isPrivate: boolean,
    isPage: boolean,
  ): { kind: 'relay'; passage: Passage } | { ask: () => Promise<void> } {
    const { label } = preview;
    const setCookie = claims && this.#renewal.cookieFor(claims);
    if (typeof setCookie === 'object') return setCookie;
    const isMember = viewer?.admitted === true;
    if (isPrivate) this.#sweeps.expect(keys);
    // Strangers have no name, and whoever is not admitted is one, public as the preview may be.
    this.#of.lives.hit(label, isMember ? viewer.holder : undefined);
    const passage: Passage = {
      session,
      label,
      keys: isPrivate ? keys : [],
      openedMs: this.#services.clock.nowMs(),
      isPrivate,
      setCookie,
      sent: this.#meter(label, isMember),
      banner: isPage ? this.#bannerOf(preview) : undefined,
    };
    return { kind: 'relay', passage };
  }

  /** Of a WebSocket that outlived this object's memory. */
  resumed(
    session: Session,
    from: Pick<Passage, 'label' | 'keys' | 'openedMs' | 'isPrivate'> & { isMember: boolean },
  ): Passage {
    const { label, keys, openedMs, isPrivate, isMember } = from;
    if (!isMember) void this.strangers.learn().catch(() => {});
    return { session, label, keys, openedMs, isPrivate, sent: this.#meter(label, isMember) };
  }

  #bannerOf({ label, owner, banner }: Preview): Banner | undefined {
    if (!banner) return undefined;
    return {
      facts: () => {
        const { access, gate, publicUntilMs } = this.#of.previews.find(label) ?? {};
        const life = this.#of.lives.of(label);
        return {
          owner: owner.login,
          organisation: banner.organisation,
          publicUntilMs: access === 'public' ? publicUntilMs : undefined,
          forReaders: gate === 'repo',
          endsMs: life?.untilMs,
          hits: life?.hits ?? 0,
          isConnected: this.#of.session()?.ready === true,
          dashboardUrl: `${this.#services.appOrigin()}/dashboard`,
          hideUrl: this.#services.originOf(label) + bannerPath,
          nowMs: this.#services.clock.nowMs(),
        };
      },
      count: (outcome) => (this.banners[outcome] += 1),
    };
  }

  #meter(label: string, isMember: boolean): Passage['sent'] {
    return isMember ? undefined : (bytes) => this.strangers.sent(label, bytes);
  }

  /** Who was let in one by one is not any more. */
  revokeGuest(label: string, userId: number): void {
    this.#admission.leases.revoke(guestKey(label, userId));
  }

  withdraw(what: Withdrawal): void {
    this.#admission.withdraw(what);
    if (what.kind === 'policy') this.strangers.policy = what.policy;
  }

  /** When the alarm has to go off for what is open. */
  get nextMs(): number {
    return this.#sweeps.nextMs;
  }

  async alarm(): Promise<void> {
    this.strangers.flush();
    await this.#sweeps.sweep(this.#of.session);
  }
}
