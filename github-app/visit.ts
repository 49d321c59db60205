/** One look at GitHub, on which a batch of events is worked; whatever they need is asked once. */
import type { Person } from './authorize.ts';
import type { Account, Answer, AppServices, Place, Pull } from './ports.ts';

export class Visit {
  readonly place: Place;
  readonly pull: Pull;
  /** Of the previews. */
  readonly organisationId: number;
  readonly #services: Pick<AppServices, 'github' | 'previews'>;
  readonly #persons = new Map<number, Answer<Person>>();

  constructor(
    services: Pick<AppServices, 'github' | 'previews'>,
    about: { place: Place; pull: Pull; organisationId: number },
  ) {
    this.#services = services;
    this.place = about.place;
    this.pull = about.pull;
    this.organisationId = about.organisationId;
  }

  get isFork(): boolean {
    return this.pull.head.repository?.id !== this.place.repository.id;
  }

  /** What the person may do, by GitHub's API. Unknown ones may do nothing. */
  async person(account: Account): Promise<Answer<Person>> {
    const known = this.#persons.get(account.id);
    if (known) return known;
    const answer = await this.#ask(account);
    if (answer.kind === 'ok') this.#persons.set(account.id, answer);
    return answer;
  }

  async #ask({ id, login }: Account): Promise<Answer<Person>> {
    const [granted, role] = await Promise.all([
      this.#services.github.permission(this.place.repository, login),
      this.#services.previews.role(this.organisationId, id),
    ]);
    if (granted.kind === 'unavailable') return granted;
    if (role.kind === 'unavailable') return role;
    // The login may be somebody else's by now.
    const isSame = granted.kind === 'ok' && granted.value.userId === id;
    return {
      kind: 'ok',
      value: {
        id,
        permission: isSame ? granted.value.permission : 'none',
        role: role.kind === 'ok' ? role.value : 'none',
      },
    };
  }
}
