import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { secretsOf } from '#edge/gate/secrets.ts';
import { openSql } from '#edge/node/sql.ts';
import { portsContract, type Place } from '../../../contract/ports.ts';
import { ScratchEdge } from '../scratch-edge.ts';

// As edge/node/main.ts supplies them.
const clock = { nowMs: () => Date.now() };
const random = { bytes: (count: number) => randomBytes(count) };

portsContract({
  place(): Promise<Place> {
    const dir = mkdtempSync(join(tmpdir(), 'byway-ports-'));
    const open = () => openSql(join(dir, 'object.sqlite'));
    let sql = open();
    return Promise.resolve({
      inside: async (work) => work({ sql, clock, random }),
      restart() {
        sql.close();
        sql = open();
        return Promise.resolve();
      },
      end() {
        sql.close();
        rmSync(dir, { recursive: true });
        return Promise.resolve();
      },
    });
  },
  async tokenHash(secret) {
    return (await secretsOf(secret)).tokenHash;
  },
  async clusterKey(secret) {
    const edge = await edgeWith(secret);
    edge.chance = (count) => new Uint8Array(count);
    const { key } = await edge.cluster();
    edge.stop();
    return key;
  },
});

function edgeWith(secret: Uint8Array): Promise<ScratchEdge> {
  const edge = new ScratchEdge();
  writeFileSync(join(edge.dir, 'secret'), secret, { mode: 0o600 });
  return edge.open();
}
