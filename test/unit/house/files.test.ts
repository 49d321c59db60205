import { describe, expect, it } from 'vitest';
import {
  caseProblems,
  lengthProblems,
  lockProblems,
  personalPathProblems,
  vagueNameProblems,
} from '../../house/files.ts';

const tree = (path: string, text = ''): ReadonlyMap<string, string> => new Map([[path, text]]);
const lock = (packages: object) => tree('package-lock.json', JSON.stringify({ packages }));

describe('length of source files', () => {
  it('400 lines pass, 401 do not', () => {
    expect(lengthProblems(tree('edge/x.ts', 'x\n'.repeat(400)))).toEqual([]);
    expect(lengthProblems(tree('edge/x.ts', 'x\n'.repeat(401)))).toHaveLength(1);
  });

  it('is counted with and without a line end at the end', () => {
    expect(lengthProblems(tree('edge/x.ts', `${'x\n'.repeat(399)}x`))).toEqual([]);
    expect(lengthProblems(tree('edge/x.ts', `${'x\n'.repeat(400)}x`))).toHaveLength(1);
  });

  it('does not concern documents and tests', () => {
    expect(lengthProblems(tree('docs/x.md', 'x\n'.repeat(900)))).toEqual([]);
    expect(lengthProblems(tree('test/x.test.ts', 'x\n'.repeat(900)))).toEqual([]);
  });
});

describe('file names', () => {
  it.each(['edge/HostName.ts', 'edge/host_name.ts', 'edge/Gate/host.ts', 'docs/Notes.md'])(
    '%s is not kebab-case',
    (path) => expect(caseProblems(tree(path))).toHaveLength(1),
  );

  it.each(['edge/host-name.ts', 'edge/http1/x.test.ts', 'docs/README.md', '.ci/run', 'LICENSE'])(
    '%s is fine',
    (path) => expect(caseProblems(tree(path))).toEqual([]),
  );

  it.each(['edge/utils.ts', 'edge/session-manager.ts', 'edge/common/x.ts', 'test/helper.test.ts'])(
    '%s is vague',
    (path) => expect(vagueNameProblems(tree(path))).toHaveLength(1),
  );

  it('a vague word inside a longer one does not count', () => {
    expect(vagueNameProblems(tree('edge/uncommon.ts'))).toEqual([]);
  });
});

describe('paths of one machine', () => {
  // In pieces, so that this file itself does not break the rule.
  const home = ['', 'home', 'jane', 'byway'].join('/');

  it('are found with their line', () => {
    expect(personalPathProblems(tree('docs/x.md', `one\nsee ${home}`))).toEqual([
      `docs/x.md:2 names ${home.slice(0, 10)}, a path of one machine`,
    ]);
  });

  it('are not confused with paths of a URL', () => {
    expect(personalPathProblems(tree('docs/x.md', `https://example.dev${home}`))).toEqual([]);
  });
});

describe('package-lock.json', () => {
  it('may not name a registry', () => {
    const resolved = { 'node_modules/a': { version: '1.0.0', resolved: 'https://npm.example/a' } };
    expect(lockProblems(lock(resolved))).toHaveLength(1);
  });

  it('must know the binaries of every platform', () => {
    const parent = { 'node_modules/a': { optionalDependencies: { 'a-darwin': '1.0.0' } } };
    expect(lockProblems(lock(parent))).toHaveLength(1);
    expect(lockProblems(lock({ ...parent, 'node_modules/a-darwin': {} }))).toEqual([]);
  });

  it('must be there', () => {
    expect(lockProblems(new Map())).toEqual(['package-lock.json is missing']);
  });
});
