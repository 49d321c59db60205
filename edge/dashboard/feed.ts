/** What has changed in organisations, looked up at most every second whoever asks. */
import { listsOf, signaturesOf, type Signatures } from './lists.ts';
import type { DashboardServices } from './services.ts';

/** How often one connection asks. */
export const paceMs = 2000;
/** What is younger is not looked up again; half as long, or two who take turns would wait for four seconds. */
const freshMs = 1000;
/** A look-up that takes longer is given up on, and the next one who asks tries. */
const staleMs = 10_000;
/** Organisations that are remembered. */
const maxRemembered = 1000;

interface Look {
  signatures: Signatures | undefined;
  atMs: number;
  /** When a look-up began that has yet to end. */
  sinceMs: number | undefined;
}

/**
 * Connections share values and never a promise or a timer: on one of the engines no request may wait
 * for what another one began.
 */
export class Feed {
  readonly #services: Pick<DashboardServices, 'objects' | 'parts' | 'clock'>;
  readonly #looks = new Map<number, Look>();

  constructor(services: Pick<DashboardServices, 'objects' | 'parts' | 'clock'>) {
    this.#services = services;
  }

  /** As of one second ago at the earliest, or of the last look-up while another is under way. */
  async look(organisationId: number): Promise<Signatures | undefined> {
    const nowMs = this.#services.clock.nowMs();
    const known = this.#looks.get(organisationId);
    const isFresh = known !== undefined && nowMs - known.atMs < freshMs;
    const isBusy = known?.sinceMs !== undefined && nowMs - known.sinceMs < staleMs;
    if (known && (isFresh || isBusy)) return known.signatures;
    const look: Look = { signatures: known?.signatures, atMs: 0, sinceMs: nowMs };
    this.#looks.delete(organisationId);
    this.#looks.set(organisationId, look);
    if (this.#looks.size > maxRemembered) {
      for (const [first] of this.#looks) {
        this.#looks.delete(first);
        break;
      }
    }
    try {
      look.signatures = await signaturesOf(await listsOf(this.#services, organisationId));
      look.atMs = nowMs;
    } finally {
      look.sinceMs = undefined;
    }
    return look.signatures;
  }
}
