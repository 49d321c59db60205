/** The pages: which address leads to which. */
import type { Incoming, Outgoing } from '../http.ts';
import { isPullRequest, threadOf } from '../threads.ts';
import type { Repository, Thread } from '../world.ts';
import { accessToken } from './access-token.ts';
import { createApp, manifestForm, manifestPage } from './app-manifest.ts';
import { authorizeForm, authorizePage } from './authorize.ts';
import { deliveriesPage, sendAgain } from './deliveries.ts';
import { homePage } from './home.ts';
import {
  appPage,
  changeInstallation,
  install,
  installationPage,
  installPage,
} from './installation.ts';
import { organizationPage } from './organization.ts';
import { errorPage } from './page.ts';
import { changePeople, peoplePage } from './people.ts';
import { changeThread } from './pull-request-form.ts';
import { threadPage } from './pull-request.ts';
import { accessPage, changeAccess } from './repository-access.ts';
import { changeSettings, settingsPage } from './repository-settings.ts';
import { fork, proposePullRequest, pushCommit } from './repository-forms.ts';
import { foundRepository, repositoryPage } from './repository.ts';
import { isFromElsewhere, missing, switchUser, visitOf, type Parts, type Visit } from './visit.ts';

type Answer = (visit: Visit, ...parts: string[]) => Outgoing;
type Route = readonly [method: string, path: RegExp, answer: Answer];

const name = '([\\w.-]+)';
const path = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replaceAll(/:\w+/g, name).replaceAll('#', '(\\d{1,15})')}$`);

/** Forms that are meant to come from other sites: they change nothing, or ask the person. */
const fromAnywhere: readonly Route[] = [
  ['GET', path('/login/oauth/authorize'), ({ incoming, state }) => authorizePage(incoming, state)],
  ['POST', path('/login/oauth/authorize'), ({ incoming, state }) => authorizeForm(incoming, state)],
  [
    'POST',
    path('/login/oauth/access_token'),
    ({ incoming, state }) => accessToken(incoming, state),
  ],
  ['GET', path('/organizations/:org/settings/apps/new'), manifestPage],
  ['POST', path('/organizations/:org/settings/apps/new'), manifestForm],
];

const routes: readonly Route[] = [
  ['GET', path('/'), homePage],
  ['POST', path('/acting'), switchUser],
  ['GET', path('/orgs/:org/people'), peoplePage],
  ['POST', path('/orgs/:org/people'), changePeople],
  ['POST', path('/organizations/:org/settings/apps'), createApp],
  [
    'GET',
    path('/organizations/:org/settings/installations/#'),
    (visit, org = '', id = '') => installationPage(visit, org, Number(id)),
  ],
  [
    'POST',
    path('/organizations/:org/settings/installations/#'),
    (visit, org = '', id = '') => changeInstallation(visit, org, Number(id)),
  ],
  ['GET', path('/apps/:slug'), appPage],
  ['GET', path('/apps/:slug/deliveries'), deliveriesPage],
  ['POST', path('/apps/:slug/deliveries'), sendAgain],
  ['GET', path('/apps/:slug/installations/new'), installPage],
  ['POST', path('/apps/:slug/installations/new'), install],
  ['GET', path('/:owner'), organizationPage],
  ['GET', path('/:owner/:repo'), inRepository(repositoryPage)],
  ['POST', path('/:owner/:repo/pulls'), inRepository(proposePullRequest)],
  ['POST', path('/:owner/:repo/fork'), inRepository(fork)],
  ['POST', path('/:owner/:repo/push'), inRepository(pushFromForm)],
  ['GET', path('/:owner/:repo/settings'), inRepository(settingsPage)],
  ['POST', path('/:owner/:repo/settings'), inRepository(changeSettings)],
  ['GET', path('/:owner/:repo/settings/access'), inRepository(accessPage)],
  ['POST', path('/:owner/:repo/settings/access'), inRepository(changeAccess)],
  ['GET', path('/:owner/:repo/(pull|issues)/#'), onThread(threadPage)],
  ['POST', path('/:owner/:repo/(pull|issues)/#'), onThread(changeThread)],
];

export function webAnswer(incoming: Incoming, parts: Parts): Outgoing {
  const visit = visitOf(incoming, parts);
  const open = answerOf(fromAnywhere, visit);
  if (open !== undefined) return open;
  if (incoming.method !== 'GET' && isFromElsewhere(incoming)) {
    return errorPage(403, 'Not from there', 'This form came from another site.');
  }
  return answerOf(routes, visit) ?? missing(visit);
}

function answerOf(among: readonly Route[], visit: Visit): Outgoing | undefined {
  const { method, url } = visit.incoming;
  for (const [wanted, pattern, answer] of among) {
    const [, ...parts] = (wanted === method && pattern.exec(url.pathname)) || [];
    if (wanted === method && pattern.test(url.pathname)) return answer(visit, ...parts);
  }
  return undefined;
}

function inRepository(then: (visit: Visit, repository: Repository) => Outgoing): Answer {
  return (visit, owner = '', repo = '') => {
    const found = foundRepository(visit, owner, repo);
    return 'status' in found ? found : then(visit, found);
  };
}

function onThread(
  then: (visit: Visit, repository: Repository, thread: Thread) => Outgoing,
): Answer {
  return (visit, owner = '', repo = '', kind = '', number = '') => {
    const found = foundRepository(visit, owner, repo);
    if ('status' in found) return found;
    const thread = threadOf(visit.state, found.id, Number(number));
    if (thread === undefined || isPullRequest(thread) !== (kind === 'pull')) return missing(visit);
    return then(visit, found, thread);
  };
}

function pushFromForm(visit: Visit, repository: Repository): Outgoing {
  const { pathname } = visit.incoming.url;
  const branch = visit.fields.get('branch') ?? '';
  return pushCommit(visit, repository, branch, pathname.replace(/\/push$/, ''));
}
