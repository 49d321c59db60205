import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { operations as acted } from '#sandbox/github/api/operations.ts';
import { checksumOf } from '#sandbox/github/contract/checksum.ts';
import { operations, webhooks } from '#sandbox/github/contract/operations.ts';
import { subsetOf } from '#sandbox/github/contract/subset-of.ts';
import { useGitHub } from './client.ts';

const client = useGitHub();
const source = { package: 'p', version: '1', file: 'f', sha256: '0' };

describe('the extract', () => {
  const file = new URL('../../../../sandbox/github/contract/subset.json', import.meta.url);
  const { 'x-extract': extract, ...document } = JSON.parse(readFileSync(file, 'utf8'));

  it('is what the extraction wrote, and says from what', () => {
    expect(checksumOf(document)).toBe(extract.checksum);
    expect(extract.source).toMatchObject({
      package: '@octokit/openapi',
      version: document.info.version,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('has the operations and events that are asked for, and no others', () => {
    const found = Object.entries<object>(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(found.sort()).toEqual([...operations].sort());
    expect(Object.keys(document['x-webhooks']).sort()).toEqual([...webhooks].sort());
  });

  it('has nothing that is not acted out', () => {
    const described = Object.values<Record<string, { operationId: string }>>(document.paths)
      .flatMap((item) => Object.values(item))
      .map(({ operationId }) => operationId);
    expect(Object.keys(acted).sort()).toEqual(described.sort());
  });
});

describe('the extraction', () => {
  const whole = {
    'x-webhooks': {},
    paths: {
      '/a': {
        post: {
          operationId: 'a',
          summary: 'prose',
          parameters: [{ $ref: '#/components/parameters/p' }],
          requestBody: {
            content: { 'application/json': { schema: { $ref: '#/components/schemas/b' } } },
          },
          responses: {
            200: {
              description: 'prose',
              content: { 'application/json': { schema: { $ref: '#/components/schemas/r' } } },
            },
          },
        },
      },
      '/other': { get: { operationId: 'other', responses: {} } },
    },
    components: {
      parameters: {
        p: { name: 'p', in: 'query', description: 'prose', schema: { type: 'string' } },
      },
      schemas: {
        b: { type: 'object', properties: { inner: { $ref: '#/components/schemas/c' } } },
        c: { type: 'object', properties: { description: { type: 'string' } } },
        r: { title: 'prose', nullable: true, allOf: [{ $ref: '#/components/schemas/deep' }] },
        deep: { type: 'string', nullable: true, enum: ['x'], example: 'x' },
        unused: { type: 'string' },
      },
    },
  };
  const cut = subsetOf(whole, { operations: ['POST /a'], webhooks: [] }, source);

  it('follows references and leaves out the rest', () => {
    expect(Object.keys(cut.paths)).toEqual(['/a']);
    expect(Object.keys(cut.components['schemas'] as object).sort()).toEqual(['deep', 'r']);
    expect(JSON.stringify(cut)).not.toContain('prose');
  });

  it('closes request bodies, those that they refer to as well', () => {
    expect(cut.paths['/a']).toMatchObject({
      post: {
        requestBody: {
          content: {
            'application/json': {
              schema: {
                additionalProperties: false,
                properties: {
                  inner: {
                    additionalProperties: false,
                    properties: { description: { type: 'string' } },
                  },
                },
              },
            },
          },
        },
      },
    });
  });

  it('says null where a validator looks for it', () => {
    expect(cut.components['schemas']).toEqual({
      r: { anyOf: [{ allOf: [{ $ref: '#/components/schemas/deep' }] }, { enum: [null] }] },
      deep: { type: 'string', nullable: true, enum: ['x', null] },
    });
  });

  it('names an operation that is not there', () => {
    expect(() => subsetOf(whole, { operations: ['GET /a'], webhooks: [] }, source)).toThrow(
      'GET /a',
    );
  });
});

describe('a request that is not as described', () => {
  it.each([
    ['an operation that nobody described', 'GET', '/teapot', undefined, 'unknown'],
    [
      'a parameter that does not exist',
      'GET',
      '/orgs/sandbox/members?rolle=all',
      undefined,
      'request',
    ],
    ['a value that does not exist', 'GET', '/orgs/sandbox/members?role=king', undefined, 'request'],
    ['a number that is none', 'GET', '/user/alice2', undefined, 'request'],
    [
      'a field that does not exist',
      'POST',
      '/app/installations/501/access_tokens',
      { permission: {} },
      'request',
    ],
    [
      'a field within a field',
      'POST',
      '/app/installations/501/access_tokens',
      { permissions: { member: 'read' } },
      'request',
    ],
    ['a body that is missing', 'DELETE', '/applications/x/token', undefined, 'request'],
  ])('%s: is a violation', async (_what, method, path, body, kind) => {
    const answer = await client.api(path, { method, as: client.jwt(), body });
    expect(answer.status).toBe(500);
    const { body: listed } = await client.fetch('/_sandbox/violations');
    expect(listed).toEqual([expect.objectContaining({ kind, what: `${method} /api/v3${path}` })]);
    expect(client.takeViolations()).toHaveLength(1);
  });
});

describe('a reply that is not as described', () => {
  it('is a violation of the sandbox', async () => {
    client.github.state.world.users[0]!.name = 5 as never;
    expect((await client.api('/users/alice')).status).toBe(500);
    expect(client.takeViolations()).toMatchObject([
      { kind: 'reply', what: 'GET /api/v3/users/alice' },
    ]);
  });

  it('an event whose payload is not as described is one as well', async () => {
    client.github.state.world.users[1]!.id = 1002.5;
    client.github.state.world.organizations[0]!.members[1]!.user_id = 1002.5;
    client.github.actions.act({ action: 'remove_member', org: 'sandbox', login: 'bob' });
    expect(client.takeViolations()).toMatchObject([
      { kind: 'webhook', what: 'organization member_removed' },
    ]);
  });
});

describe('what the platform asks of every request', () => {
  it('a User-Agent: docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api', async () => {
    const answer = await client.api('/users/alice', { headers: { 'user-agent': '' } });
    expect(answer.status).toBe(403);
    expect(answer.body.message).toContain('User-Agent');
  });

  it('a version that exists: docs.github.com/en/rest/about-the-rest-api/api-versions', async () => {
    const version = (value: string) => ({ headers: { 'x-github-api-version': value } });
    expect((await client.api('/users/alice', version('2022-11-28'))).status).toBe(200);
    expect((await client.api('/users/alice', version('2019-01-01'))).status).toBe(400);
  });

  it('JSON that can be read', async () => {
    const answer = await client.fetch('/api/v3/app/installations/501/access_tokens', {
      method: 'POST',
      headers: { 'user-agent': 'x', authorization: client.jwt() },
      body: '{"permissions":',
    });
    expect(answer).toMatchObject({ status: 400, body: { message: 'Problems parsing JSON' } });
  });
});
