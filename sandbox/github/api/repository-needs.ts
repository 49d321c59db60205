/**
 * Which permission an operation in a repository needs, from the tables of
 * https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
 * and, where GitHub asks for something else than it says, from what was seen.
 */
import type { Role } from '../roles.ts';
import type { Level, Permissions } from '../world.ts';
import { allows } from './permissions.ts';

/** What an operation is about: comments of pull requests and of issues need different things. */
export type Subject = 'repository' | 'pull_request' | 'issue';

interface Rule {
  readonly level: Level;
  readonly permissions: readonly string[];
  /** `all`: each of them. Else one of them. */
  readonly all?: boolean;
  /** What a person has to be besides. */
  readonly role?: Role;
  /** What GitHub says to a person who is not. */
  readonly refusal?: string;
}

/** Either will do on a pull request, which is an issue as well; an issue needs its own. */
function words(level: Level, subject: Subject): Rule {
  return { level, permissions: subject === 'issue' ? ['issues'] : ['issues', 'pull_requests'] };
}

/** Both on a pull request, although only issues are documented: NOFireAI/ravel#347, eneo-ai/eneo#512. */
function reacting(subject: Subject): Rule {
  return { ...words('write', subject), all: true };
}

const only = (permission: string, level: Level, role?: Role): Rule => ({
  level,
  permissions: [permission],
  ...(role === undefined ? {} : { role }),
});

/** A person who asks has to be able to push (yegor256/rultor#1407); an app needs no such thing. */
const others = (what: string): Rule => ({
  ...only('metadata', 'read', 'write'),
  refusal: `Must have push access to view ${what}.`,
});

const pulls = only('pull_requests', 'read');

const rules: Readonly<Record<string, (subject: Subject) => Rule>> = {
  'repos/check-collaborator': () => others('repository collaborators'),
  'repos/get-collaborator-permission-level': () => others('collaborator permission'),
  'pulls/list': () => pulls,
  'pulls/get': () => pulls,
  'repos/list-pull-requests-associated-with-commit': () => pulls,
  'issues/get': (subject) => words('read', subject),
  'issues/list-comments': (subject) => words('read', subject),
  'issues/get-comment': (subject) => words('read', subject),
  'issues/create-comment': (subject) => words('write', subject),
  'issues/update-comment': (subject) => words('write', subject),
  'issues/delete-comment': (subject) => words('write', subject),
  'reactions/list-for-issue-comment': (subject) => words('read', subject),
  'reactions/list-for-issue': (subject) => words('read', subject),
  'reactions/create-for-issue-comment': reacting,
  'reactions/create-for-issue': reacting,
  'reactions/delete-for-issue-comment': reacting,
  'reactions/delete-for-issue': reacting,
  'repos/list-deployments': () => only('deployments', 'read'),
  'repos/get-deployment': () => only('deployments', 'read'),
  'repos/list-deployment-statuses': () => only('deployments', 'read'),
  'repos/create-deployment': () => only('deployments', 'write', 'write'),
  'repos/create-deployment-status': () => only('deployments', 'write', 'write'),
  'repos/delete-deployment': () => only('deployments', 'write', 'write'),
  'checks/get': () => only('checks', 'read'),
  'checks/list-for-ref': () => only('checks', 'read'),
  'checks/create': () => only('checks', 'write', 'write'),
  'checks/update': () => only('checks', 'write', 'write'),
};

/** Undefined: whoever sees the repository may. */
export function needOf(operationId: string, subject: Subject): Rule | undefined {
  return rules[operationId]?.(subject);
}

export function meets(permissions: Permissions, { level, permissions: names, all }: Rule): boolean {
  const has = (permission: string): boolean => allows(permissions, { permission, level });
  return all === true ? names.every(has) : names.some(has);
}
