import { describe, expect, it } from 'vitest';
import {
  decisionProblems,
  linkProblems,
  presenceProblems,
  scriptProblems,
} from '../../house/documents.ts';

const files = (entries: Record<string, string>) => new Map(Object.entries(entries));

describe('links', () => {
  it('to nothing are found', () => {
    const tree = files({ 'docs/a.md': '[b](b.md), [c](../c.md#x)', 'docs/c.md': '' });
    expect(linkProblems(tree)).toEqual([
      'docs/a.md links to b.md, which is not there',
      'docs/a.md links to ../c.md#x, which is not there',
    ]);
  });

  it('to files, folders, anchors and other sites pass', () => {
    const text = '[a](./docs/a.md) [b](docs/) [c](docs) [d](#d) [e](https://example.dev/e)';
    expect(linkProblems(files({ 'README.md': text, 'docs/a.md': '' }))).toEqual([]);
  });

  it('in code are not links', () => {
    const text = '`[a](a.md)`\n\n```md\n[b](b.md)\n```\n';
    expect(linkProblems(files({ 'README.md': text }))).toEqual([]);
  });
});

describe('documented scripts', () => {
  const manifest = JSON.stringify({ scripts: { demo: '', test: '' } });

  it('must exist', () => {
    const tree = files({ 'package.json': manifest, 'README.md': '`npm run dmeo`, `npm start`' });
    expect(scriptProblems(tree)).toHaveLength(2);
  });

  it('pass when they do', () => {
    const text = 'npm run demo\nnpm run demo -- --json\nnpm test\nnpm ci';
    expect(scriptProblems(files({ 'package.json': manifest, 'README.md': text }))).toEqual([]);
  });
});

describe('decisions', () => {
  it('with one number twice, or none, are found', () => {
    const paths = { 'docs/decisions/001-a.md': '', 'docs/decisions/001-b.md': '' };
    expect(decisionProblems(files(paths))).toHaveLength(1);
    expect(decisionProblems(files({ 'docs/decisions/why.md': '' }))).toHaveLength(1);
  });
});

describe('documents of a repository', () => {
  const all = { 'README.md': '', 'CONTRIBUTING.md': '', 'SECURITY.md': '', 'CHANGELOG.md': '' };

  it('are named when missing', () => {
    expect(presenceProblems(files(all))).toEqual(['LICENSE is missing']);
  });

  it('must carry the licence that package.json names', () => {
    expect(presenceProblems(files({ ...all, LICENSE: 'MIT License' }))).toHaveLength(1);
    expect(presenceProblems(files({ ...all, LICENSE: 'Apache License\n Version 2.0' }))).toEqual(
      [],
    );
  });
});
