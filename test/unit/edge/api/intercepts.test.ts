/** Who sees the intercepts of a cluster, and who ends one. */
import { Hono } from 'hono';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ApiError, failure } from '#edge/api/failure.ts';
import { interceptList, interceptRoutes } from '#edge/api/intercepts.ts';
import type { ApiEnv, Person, Principal } from '#edge/api/principal.ts';
import type { ApiServices } from '#edge/api/services.ts';
import type { InterceptView, Objects, Outcome, Preview } from '#edge/objects/calls.ts';
import { interceptId } from './fake-edge.ts';

const key = 'abcdefgh';
const organisationId = 77;
const view: InterceptView = {
  id: interceptId('a'),
  name: 'web',
  workload: 'web',
  namespace: 'default',
  port: { name: 'http', number: 80 },
  owner: { id: 1001, login: 'alice' },
  laptop: 'book',
  mechanism: 'http',
  headers: ['x-id'],
  state: 'waiting',
  createdMs: 0,
  waitingSinceMs: 1000,
  connected: true,
};

let intercepts: InterceptView[];
let previews: Pick<Preview, 'label' | 'intercept' | 'owner' | 'access' | 'publicUntilMs'>[];
let outcome: Outcome<true>;
let ended: object[];
let notes: object[];
let principal: Principal;

beforeEach(() => {
  intercepts = [view, { ...view, id: interceptId('b'), owner: { id: 0, login: 'carol' } }];
  previews = [];
  outcome = { ok: true, value: true };
  ended = [];
  notes = [];
});

const objects = {
  cluster: (asked: string) =>
    asked === key
      ? {
          organisation: async () => organisationId,
          intercepts: async () => intercepts,
          list: async () => previews,
          endIntercept: async (id: string, by: object) => {
            ended.push({ id, ...by });
            return outcome;
          },
        }
      : undefined,
  org: (id: number) => ({ note: async (entry: object) => void notes.push({ id, ...entry }) }),
} as unknown as Objects;

function call(method: string, path: string) {
  const app = new Hono<ApiEnv>();
  app.onError((error, c) => failure(c, error as ApiError));
  app.use('*', (c, next) => {
    c.set('principal', principal);
    return next();
  });
  app.route('/', interceptRoutes({ objects } as ApiServices));
  return app.request(path, { method });
}

const person = (id: number, login: string, more: Partial<Person> = {}): Person => ({
  kind: 'person',
  actor: `gh:${id}`,
  user: { id, login },
  organisationId,
  organisationLogin: 'acme',
  role: 'member',
  scopes: ['view', 'intercept'],
  ...more,
});
const alice = person(1001, 'alice');
const end = (digit = 'a', of = key) => call('DELETE', `/${of}/${interceptId(digit)}`);

async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { error: { code: string } }).error.code;
}

describe('the list of intercepts', () => {
  it('is for every member, and has the names of headers only', async () => {
    principal = person(1002, 'bob', { scopes: ['view'] });
    const answer = await call('GET', `/?cluster=${key}`);
    expect(answer.status).toBe(200);
    const body = interceptList.parse(await answer.json());
    expect(body.intercepts[0]).toEqual({
      id: view.id,
      name: 'web',
      workload: 'web',
      namespace: 'default',
      port: { name: 'http', number: 80 },
      owner: { id: 1001, login: 'alice' },
      laptop: 'book',
      mechanism: 'http',
      headers: ['x-id'],
      state: 'waiting',
      created_at: '1970-01-01T00:00:00.000Z',
      waiting_since: '1970-01-01T00:00:01.000Z',
      connected: true,
    });
  });

  it('threat 36: of another organisation is that of a cluster that never was', async () => {
    principal = person(1001, 'alice', { organisationId: 88 });
    const answers = [
      await call('GET', `/?cluster=${key}`),
      await call('GET', '/?cluster=nothing7'),
      await call('GET', '/'),
      await end('a'),
    ];
    for (const answer of answers) {
      expect([answer.status, await codeOf(answer)]).toEqual([404, 'BW-5003']);
    }
    expect(ended).toEqual([]);
  });
});

describe('ending an intercept', () => {
  it.each<[string, Principal, string]>([
    ['its owner', alice, 'alice'],
    ['an owner of the organisation', person(1003, 'carol', { role: 'admin' }), 'carol'],
    ['the operator', { kind: 'operator', actor: 'operator' }, 'operator'],
  ])('is for %s, and has its row', async (_name, who, login) => {
    principal = who;
    const answer = await end();
    expect(answer.status).toBe(204);
    expect(ended).toEqual([{ id: view.id, login }]);
    expect(notes).toEqual([
      {
        id: organisationId,
        actor: who.actor,
        action: 'intercept.end',
        subject: view.id,
        details: { cluster: key, name: 'web', workload: 'web', namespace: 'default', owner: 1001 },
      },
    ]);
  });

  it('ends its previews too, and each has its row', async () => {
    principal = alice;
    const preview = { owner: view.owner, access: 'private', publicUntilMs: 0 } as const;
    previews = [
      { ...preview, label: 'one', intercept: { id: view.id, name: 'web' } },
      { ...preview, label: 'other', intercept: { id: interceptId('b'), name: 'web' } },
    ];
    await end();
    expect(notes).toEqual([
      expect.objectContaining({ action: 'intercept.end' }),
      {
        id: organisationId,
        actor: 'gh:1001',
        action: 'preview.remove',
        subject: 'one',
        details: {
          access: 'private',
          until: null,
          owner: 1001,
          reason: 'left',
          intercept: view.id,
        },
      },
    ]);
  });

  it.each<[string, Principal, string]>([
    ['another member', person(1002, 'bob'), 'a'],
    ['its owner without the scope', person(1001, 'alice', { scopes: ['view'] }), 'a'],
    ['somebody who has the login of an owner without id', person(1003, 'carol'), 'b'],
    [
      'a service',
      {
        kind: 'service',
        actor: 'token:x',
        organisationId,
        scopes: ['intercept'],
        binding: { kind: 'organisation' },
      },
      'a',
    ],
  ])('is not for %s', async (_name, who, digit) => {
    principal = who;
    const answer = await end(digit);
    expect([answer.status, await codeOf(answer)]).toEqual([403, 'BW-5007']);
    expect([ended, notes]).toEqual([[], []]);
  });

  it('says why it was not done, and writes no row', async () => {
    principal = alice;
    outcome = { ok: false, refusal: { kind: 'refused', reason: 'the connector is away' } };
    const refused = await end();
    expect([refused.status, await codeOf(refused)]).toEqual([422, 'BW-5005']);
    expect((await end('c')).status).toBe(404);
    expect(notes).toEqual([]);
  });
});
