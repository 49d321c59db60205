/** The document against what the API takes and gives. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { githubIssuer as issuer } from '#edge/gate/github-oidc.ts';
import {
  acme as organisation,
  alice as owner,
  appUrl,
  FakeEdge,
  ingress,
  interceptId,
  operatorToken,
} from './fake-edge.ts';

interface Content {
  content?: { 'application/json': { schema: object } };
}
interface Operation {
  parameters?: { name: string; in: string; required: boolean }[];
  security?: unknown[];
  requestBody?: Content;
  responses: Record<string, Content>;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
}

const ajv = new Ajv2020({
  strict: false,
  allErrors: true,
  formats: {
    'date-time': (text: string) => new Date(text).toISOString() === text,
    uri: (text: string) => URL.canParse(text),
  },
});
const pair = await generateKeyPair('RS256');
const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'a', alg: 'RS256', use: 'sig' };
const edge = new FakeEdge();
let document: Document;
let key: string;
let label: string;
let id: string;
let asAlice: string;

beforeAll(async () => {
  const fetch = (async () => Response.json({ keys: [jwk] })) as unknown as typeof globalThis.fetch;
  await edge.open({
    github: { config: { webhookSecrets: [], webUrl: 'https://github.com' }, issuer, fetch },
  });
  document = (await edge.call('GET', '/api/v1/openapi.json', '')).body as Document;
  edge.org(organisation.id).members.set(owner.id, { kind: 'member', role: 'admin' });
  asAlice = edge.login(owner);
});

const preview = () => ({
  cluster: key,
  intercept: { id: interceptId('a'), name: 'web' },
  owner,
  ingress,
});

/** Calls, and holds question and answer against the document. */
async function call(
  method: string,
  template: string,
  status: number,
  body?: unknown,
  bearer = operatorToken,
) {
  const operation = document.paths[template]?.[method.toLowerCase()];
  expect(operation, `${method} ${template} is documented`).toBeDefined();
  const path = template
    .replace('{key}', key)
    .replace('{label}', label)
    .replace('{id}', id)
    .replace('{user}', '1004');
  const names = operation!.parameters?.filter((each) => each.in === 'query') ?? [];
  const values: Record<string, unknown> = { organisation: organisation.id, cluster: key };
  const query = names.flatMap(({ name }) => (name in values ? `${name}=${values[name]}` : []));
  const url = bearer === operatorToken && query.length > 0 ? `${path}?${query.join('&')}` : path;
  const answer = await edge.call(method, url, bearer, body);
  expect(answer.status, `${method} ${url}: ${answer.text}`).toBe(status);
  const documented = operation!.responses[String(status)];
  expect(documented, `${method} ${template} ${status} is documented`).toBeDefined();
  const schema = documented!.content?.['application/json'].schema;
  if (answer.body === undefined) expect(schema).toBeUndefined();
  else expect([ajv.validate(schema!, answer.body), ajv.errors]).toEqual([true, null]);
  const input = operation!.requestBody?.content?.['application/json'].schema;
  if (body !== undefined && status < 300) {
    expect([ajv.validate(input!, body), ajv.errors]).toEqual([true, null]);
  }
  return answer.body;
}

describe('the OpenAPI document', () => {
  it('is of version 3.1 and every path parameter is declared', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    for (const [path, operations] of Object.entries(document.paths)) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      for (const { parameters = [] } of Object.values(operations)) {
        const declared = parameters.filter((each) => each.in === 'path').map(({ name }) => name);
        expect(declared).toEqual(names);
      }
    }
  });

  it('describes every answer on the way of a cluster and its preview', async () => {
    const cluster = { name: 'main', organisation };
    ({ key } = await call('POST', '/api/v1/clusters', 201, cluster));
    await call('POST', '/api/v1/clusters', 409, cluster);
    await call('POST', '/api/v1/clusters', 400, { name: 'main' });
    await call('POST', '/api/v1/clusters', 413, { name: 'x'.repeat(65_536) });
    await call('GET', '/api/v1/clusters', 200);
    await call('GET', '/api/v1/clusters/{key}', 200);
    await call('PATCH', '/api/v1/clusters/{key}', 200, { shards: 2 });
    await call('PATCH', '/api/v1/clusters/{key}', 409, { shards: 1 });
    ({ label } = await call('POST', '/api/v1/previews', 201, preview()));
    await call('GET', '/api/v1/previews', 200);
    await call('GET', '/api/v1/previews/{label}', 200);
    await call('PATCH', '/api/v1/previews/{label}', 200, { access: 'public' });
    await call('PATCH', '/api/v1/previews/{label}', 400, { access: 'org' });
    await edge.clusterOfLabel(label)?.askFor(label, { id: 1004, login: 'mallory' });
    await call('POST', '/api/v1/previews/{label}/guests', 200, { user_id: 1004, for_s: 60 });
    await call('POST', '/api/v1/previews/{label}/guests', 400, { user_id: 1004, for_s: 1 });
    await call('POST', '/api/v1/previews/{label}/guests', 404, { user_id: 7 });
    await call('GET', '/api/v1/previews/{label}', 200);
    await call('DELETE', '/api/v1/previews/{label}/guests/{user}', 204);
    await call('DELETE', '/api/v1/previews/{label}/guests/{user}', 404);
    await call('DELETE', '/api/v1/previews/{label}', 204);
    await call('GET', '/api/v1/previews/{label}', 404);
    await call('PATCH', '/api/v1/previews/{label}', 404, { access: 'public' });
    await call('DELETE', '/api/v1/previews/{label}', 404);
    ({ label } = await call('POST', '/api/v1/previews', 201, preview(), asAlice));
  });

  it('describes who asks, the policy and the audit log', async () => {
    for (const bearer of [operatorToken, asAlice]) {
      await call('GET', '/api/v1/me', 200, undefined, bearer);
      await call('GET', '/api/v1/policy', 200, undefined, bearer);
      await call('PATCH', '/api/v1/policy', 200, { longest_public_s: 60 }, bearer);
      await call('GET', '/api/v1/audit', 200, undefined, bearer);
      await call('POST', '/api/v1/stop-all', 200, undefined, bearer);
    }
    await call('PATCH', '/api/v1/policy', 400, { colour: 1 });
    await call('PATCH', '/api/v1/previews/{label}', 403, { access: 'public' }, asAlice);
    await call('GET', '/api/v1/me', 401, undefined, '');
    edge.org(organisation.id).members.set(owner.id, { kind: 'unavailable', retryAfterMs: 1 });
    await call('GET', '/api/v1/me', 503, undefined, asAlice);
    edge.org(organisation.id).members.set(owner.id, { kind: 'member', role: 'admin' });
  });

  it('describes tokens', async () => {
    const wish = { kind: 'service', name: 'e2e' };
    ({ id } = await call('POST', '/api/v1/tokens', 201, wish, asAlice));
    await call('POST', '/api/v1/tokens', 201, { kind: 'personal', name: 'mine' }, asAlice);
    const connector = { kind: 'connector', name: 'c', cluster: key, organisation: organisation.id };
    await call('POST', '/api/v1/tokens', 201, connector);
    await call('POST', '/api/v1/tokens', 400, wish);
    await call('POST', '/api/v1/tokens', 404, { ...wish, preview: 'x' }, asAlice);
    await call('GET', '/api/v1/tokens', 200, undefined, asAlice);
    await call('POST', '/api/v1/tokens/{id}/rotate', 200, { grace_s: 60 });
    await call('DELETE', '/api/v1/tokens/{id}', 204);
    await call('DELETE', '/api/v1/tokens/{id}', 404);
    await call('POST', '/api/v1/tokens/{id}/rotate', 404, {});
  });

  it('describes the exchange for workflows, which needs no bearer', async () => {
    expect(document.paths['/api/v1/oidc']?.['post']?.security).toEqual([]);
    const nowS = edge.nowMs / 1000;
    const claims = {
      iss: issuer,
      aud: appUrl,
      iat: nowS,
      exp: nowS + 300,
      jti: 'a',
      repository_id: '74',
      repository_owner_id: String(organisation.id),
      event_name: 'push',
      actor_id: '1',
    };
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: 'a' })
      .sign(pair.privateKey);
    const wish = { token, label, repository_id: 74 };
    await call('POST', '/api/v1/oidc', 201, wish, '');
    await call('POST', '/api/v1/oidc', 403, wish, '');
    await call('POST', '/api/v1/oidc', 400, { token }, '');
  });

  it('describes what there is no more of', async () => {
    await call('DELETE', '/api/v1/clusters/{key}', 204);
    await call('DELETE', '/api/v1/clusters/{key}', 404);
    await call('POST', '/api/v1/previews', 404, preview());
    await call('GET', '/api/v1/previews', 404);
  });

  it('refuses what the API refuses: unknown keys', () => {
    const schema =
      document.paths['/api/v1/previews']!['post']!.requestBody!.content!['application/json'].schema;
    expect(ajv.validate(schema, preview())).toBe(true);
    expect(ajv.validate(schema, { ...preview(), colour: 1 })).toBe(false);
    expect(ajv.validate(schema, { ...preview(), ingress: { ...ingress, sni: 'x' } })).toBe(false);
    expect(ajv.validate(schema, { ...preview(), access: 'org' })).toBe(false);
  });
});
