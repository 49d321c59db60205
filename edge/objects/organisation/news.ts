/** What GitHub tells about one organisation, applied once (threats 32, 44 and 49). */
import type { OrgNews, Told } from '../calls.ts';
import type { Audit } from '../stores/audit.ts';
import type { SeenDeliveries } from '../stores/deliveries.ts';
import type { Memberships } from '../stores/memberships.ts';
import type { Ended, EndedAccess } from './ended-access.ts';
import type { Installation } from './installation.ts';
import type { Readers } from './readers.ts';

export interface NewsServices {
  installation: Installation;
  memberships: Memberships;
  readers: Readers;
  deliveries: SeenDeliveries;
  ended: EndedAccess;
  audit: Audit;
}

type Applied = 'applied' | 'seen' | 'foreign';
type Installed = Extract<OrgNews, { kind: 'installed' }>;
type OfMember = Extract<OrgNews, { kind: 'member-removed' | 'member-added' }>;
type TakenAway = Exclude<OrgNews, Installed>;

export class News {
  readonly #services: NewsServices;

  constructor(services: NewsServices) {
    this.#services = services;
  }

  take(told: Told, news: OrgNews): Promise<Applied> {
    if (news.kind === 'installed') return this.#installed(told, news);
    if (news.kind === 'member-added') return Promise.resolve(this.#added(news));
    return this.#takenAway(told, news);
  }

  /** Whoever was refused a moment ago need not wait; GitHub is asked, so a forgery gains nothing. */
  #added({ userId, installationId }: OfMember): Applied {
    const { installation, memberships } = this.#services;
    if (installation.id !== installationId) return 'foreign';
    memberships.forgetDenialOf(userId);
    return 'applied';
  }

  /** By the signed installation the organisation may be another's; then nothing is done. */
  async #takenAway({ guid, bodyHash }: Told, news: TakenAway): Promise<Applied> {
    const { installation, deliveries, ended } = this.#services;
    if (installation.id !== news.installationId) return 'foreign';
    let access: Ended | undefined;
    const apply = (): void => {
      access = this.#end(news);
    };
    // Two removals of one person may have the same body, and access is better taken twice than never.
    deliveries.once(guid, bodyHash, apply, { evenSameBody: true });
    if (!access) return 'seen';
    try {
      await ended.settle(access);
    } catch (error) {
      // It may come again; what has not arrived is on its way even so.
      deliveries.forget(guid);
      throw error;
    }
    return 'applied';
  }

  #end(news: TakenAway): Ended {
    const { installation, ended } = this.#services;
    if (news.kind === 'readers-changed') return ended.ofReaders(news.of);
    if (news.kind !== 'installation-gone') return ended.ofPerson(news.userId, 'github');
    const subject = String(news.installationId);
    const access = ended.ofEverybody(news.suspended ? 'suspended' : 'not-installed', {
      actor: 'github',
      subject,
    });
    // A suspended one may come back; one that was removed never does.
    if (!news.suspended) installation.drop();
    return access;
  }

  async #installed(
    { guid, bodyHash }: Told,
    { installationId, login }: Installed,
  ): Promise<Applied> {
    const { installation, memberships, readers, deliveries, audit } = this.#services;
    if (deliveries.look(guid, bodyHash) !== 'new') return 'seen';
    if (!(await installation.fits(installationId))) return 'foreign';
    const sighting = deliveries.once(guid, bodyHash, () => {
      installation.take(installationId, login);
      memberships.forgetDenials();
      readers.forget({ repositoryIds: 'all' });
      const subject = String(installationId);
      audit.append({ actor: 'github', action: 'installation.accepted', subject });
    });
    return sighting === 'new' ? 'applied' : 'seen';
  }
}
