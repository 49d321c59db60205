import { afterAll, beforeAll, expect, it } from 'vitest';
import { bulkLaptop, bulkPairs, report } from '../e2e/bulk.ts';
import { World } from '../e2e/world.ts';

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
  '1 GiB down and up, twice: memory reaches a plateau below 256 MiB',
  { timeout: 600_000 },
  async () => {
    const growth = await bulkPairs(world, host, 1024 * mebibyte);
    report(growth);
    await world.quiet();
    for (const { part, first, second, peak } of growth) {
      expect(second - first, `${part} grows`).toBeLessThan(16 * mebibyte);
      expect(peak, `${part} is too large`).toBeLessThan(256 * mebibyte);
    }
  },
);
