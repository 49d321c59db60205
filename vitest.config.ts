/** Two projects: `node` (units, protocol, real processes) and `workers` (protocol inside workerd). */
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

/** Not after the release date of the workerd that package-lock.json pins. */
const compatibilityDate = '2026-11-01';

/** As many cores as there are at the least. */
const maxWorkers = 2;

const soak = process.env['BYWAY_SOAK'] === '1';

export default defineConfig({
  test: {
    // Tests of real processes measure nothing, but starve each other where cores are few.
    maxWorkers,
    projects: [
      {
        test: {
          name: 'node',
          environment: 'node',
          pool: 'forks',
          include: [
            'test/unit/**/*.test.{ts,tsx}',
            'test/conformance/**/*.test.ts',
            'test/e2e/**/*.test.ts',
            ...(soak ? ['test/soak/**/*.test.ts'] : []),
          ],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          setupFiles: ['test/runner/ports.ts'],
        },
      },
      {
        plugins: [
          cloudflareTest({
            main: 'test/workers/object.ts',
            miniflare: {
              compatibilityDate,
              durableObjects: { OBJECTS: { className: 'EmptyObject', useSQLite: true } },
            },
          }),
        ],
        test: {
          name: 'workers',
          include: ['test/conformance/**/*.test.ts', 'test/workers/**/*.test.ts'],
          testTimeout: 30_000,
        },
      },
    ],
  },
});
