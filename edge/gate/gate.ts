/** What the gate works with on every engine. */
import type { Objects } from '../objects/calls.ts';
import type { Clock, Log, Random } from '../ports.ts';
import type { PreviewHost } from './preview-login.ts';
import type { KeyRing } from './signing.ts';

export interface Gate {
  ring: KeyRing;
  clock: Clock;
  random: Random;
  log: Log;
  objects: Pick<Objects, 'identity' | 'org'>;
  /** The app host's origin. */
  appOrigin(): string;
  /** `https://<label>.<preview domain>[:port]` */
  originOf(label: string): string;
  /** Whether there is a GitHub App to sign in with. Without one a private preview stays closed. */
  readonly canSignIn: boolean;
}

export function previewHost(gate: Gate, label: string): PreviewHost {
  const { ring, random, clock } = gate;
  return {
    ring,
    random,
    label,
    appOrigin: gate.appOrigin(),
    origin: gate.originOf(label),
    nowMs: clock.nowMs(),
  };
}
