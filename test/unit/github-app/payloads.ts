/** Webhook payloads: the fields of GitHub's that matter, some that do not, and room to bend each. */
import type { Account, Repository } from '#github-app/ports.ts';

type Json = Readonly<Record<string, unknown>>;

export const repository: Repository = { id: 7, owner: { id: 70, login: 'acme' }, name: 'shop' };
export const ann: Account = { id: 1, login: 'ann' };
export const bob: Account = { id: 2, login: 'bob' };

export const shaOf = (number: number): string =>
  number.toString(16).padStart(6, '0').padEnd(40, 'a');
export const isoOf = (atMs: number): string => new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');

const user = ({ id, login }: Account, type = 'User'): Json => ({
  id,
  login,
  type,
  site_admin: false,
});

/** Parts that nearly all have. */
export function frame(sender: Account = ann, of: Repository = repository): Json {
  return {
    repository: {
      id: of.id,
      name: of.name,
      full_name: `${of.owner.login}/${of.name}`,
      private: true,
      owner: { ...user(of.owner), type: 'Organization' },
    },
    organization: { id: of.owner.id, login: of.owner.login },
    sender: user(sender),
    installation: { id: 700, node_id: 'MDIz' },
  };
}

export interface CommentParts {
  id: number;
  body: string;
  atMs: number;
  by?: Account;
  number?: number;
  of?: Repository;
  state?: 'open' | 'closed';
}

export function commentCreated(parts: CommentParts): Json {
  const { id, body, atMs, by = ann, number = 42, of, state = 'open' } = parts;
  return {
    action: 'created',
    issue: { id: 4200, number, state, pull_request: { url: 'https://api.github.com/…' } },
    comment: {
      id,
      body,
      user: user(by),
      author_association: 'NONE',
      created_at: isoOf(atMs),
      updated_at: isoOf(atMs),
      performed_via_github_app: null,
    },
    ...frame(by, of),
  };
}

export interface PullParts {
  action: string;
  sha: string;
  atMs: number;
  before?: string;
  closedMs?: number;
  number?: number;
  by?: Account;
  of?: Repository;
}

export function pullRequest(parts: PullParts): Json {
  const { action, sha, atMs, before, closedMs, number = 42, by = ann, of = repository } = parts;
  return {
    action,
    number,
    pull_request: {
      id: 4200,
      number,
      state: closedMs === undefined ? 'open' : 'closed',
      user: user(by),
      created_at: isoOf(atMs),
      updated_at: isoOf(atMs),
      closed_at: closedMs === undefined ? null : isoOf(closedMs),
      head: { ref: 'feature', sha, repo: { id: of.id, owner: user(of.owner) } },
      base: { ref: 'main', sha: shaOf(0), repo: { id: of.id } },
    },
    ...(before === undefined ? {} : { before, after: sha }),
    ...frame(by, of),
  };
}
