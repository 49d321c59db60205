import { afterAll, beforeAll, expect, it } from 'vitest';
import { bulkLaptop, bulkPairs, report } from './bulk.ts';
import { World } from './world.ts';

const mebibyte = 1024 * 1024;
const world = new World();
let host = '';
beforeAll(async () => {
  await world.start((_request, response) => response.end('cluster'), bulkLaptop);
  await world.stack.startPart('daemon');
  host = new URL((await world.intercept()).preview!.url).host;
});
afterAll(() => world.stop());

it(
  '64 MiB down and up, twice: every byte arrives and memory stays bounded',
  { timeout: 120_000 },
  async () => {
    const growth = await bulkPairs(world, host, 64 * mebibyte);
    report(growth);
    await world.quiet();
    for (const { part, peak } of growth) {
      expect(peak, `${part} is too large`).toBeLessThan(256 * mebibyte);
    }
  },
);
