import { expect, it } from 'vitest';
import { endToEndTests, stagesOf } from '../../runner/stages.ts';

const files = endToEndTests();
const pathsOf = (engine: string): string[] =>
  stagesOf(files, false)
    .filter(({ env }) => env?.['BYWAY_ENGINE'] === engine)
    .flatMap(({ paths }) => paths);

it('runs every end-to-end test on Node, once', () => {
  expect(files.length).toBeGreaterThan(50);
  expect(pathsOf('node').sort()).toEqual(files.map((file) => `test/e2e/${file}`).sort());
});

it('runs those with an edge in them on the other engine too', () => {
  const found = pathsOf('cloudflare');
  expect(new Set(found).size).toBe(found.length);
  for (const name of ['gate/access', 'pull-request/story', 'dashboard', 'fidelity/http', 'loop']) {
    expect(found).toContain(`test/e2e/${name}.test.ts`);
  }
  expect(found.some((file) => file.includes('/connector/'))).toBe(false);
});

it('adds the long runs when they are asked for', () => {
  const titles = (soak: boolean) => stagesOf(files, soak).map(({ title }) => title);
  expect(titles(true)).toEqual([...titles(false), 'Long runs']);
});
