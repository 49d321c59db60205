import { env, evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { makeClusterKey } from '#protocol/label.ts';
import { portsContract, type Place } from '../contract/ports.ts';
import { clock, keysOf, random, sqlOf } from './engine.ts';

let places = 0;

portsContract({
  place(): Promise<Place> {
    places += 1;
    const stub = env.OBJECTS.get(env.OBJECTS.idFromName(`place-${places}`));
    return Promise.resolve({
      inside: (work) =>
        runInDurableObject(stub, (_object, { storage }) =>
          work({ sql: sqlOf(storage), clock, random }),
        ),
      restart: () => evictDurableObject(stub),
      end: () => Promise.resolve(),
    });
  },
  tokenHash: async (secret) => (await keysOf(secret)).tokenHash,
  clusterKey: async (secret) => makeClusterKey(new Uint8Array(5), (await keysOf(secret)).checkKey),
});
