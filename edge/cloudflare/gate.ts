/** The gate of this isolate: settings, keys and the way to the objects. */
import type { Gate } from '../gate/gate.ts';
import type { Secrets } from '../gate/secrets.ts';
import { settingsOf, type Environment, type Settings } from './environment.ts';
import { keysOf } from './keys.ts';
import { clock, log, random } from './ports.ts';
import { Stubs } from './stubs.ts';

export interface MadeGate {
  settings: Settings;
  secrets: Secrets;
  stubs: Stubs;
  gate: Gate;
}

/** @throws EnvironmentFault */
export async function gateOf(env: Environment): Promise<MadeGate> {
  const settings = settingsOf(env);
  const secrets = await keysOf(settings.secret, settings.keys);
  const stubs = new Stubs(env, secrets.checkKey);
  const { appUrl, originOf, github } = settings;
  const gate: Gate = {
    ring: secrets.ring,
    ...{ clock, random, log, originOf },
    objects: stubs,
    appOrigin: () => appUrl,
    canSignIn: github !== undefined,
  };
  return { settings, secrets, stubs, gate };
}
