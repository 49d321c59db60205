import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ingress, interceptId, organisation, owner, ScratchEdge } from '../scratch-edge.ts';

interface Content {
  content?: { 'application/json': { schema: object } };
}
interface Operation {
  parameters?: { name: string; in: string }[];
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
const edge = new ScratchEdge();
let document: Document;
let key: string;
let label: string;

beforeAll(async () => {
  await edge.open();
  document = (await edge.call('GET', '/api/v1/openapi.json')).body as unknown as Document;
});
afterAll(() => edge.stop());

const preview = () => ({
  cluster: key,
  intercept: { id: interceptId('a'), name: 'web' },
  owner,
  ingress,
});

/** Calls, and holds question and answer against the document. */
async function call(method: string, template: string, status: number, body?: unknown) {
  const operation = document.paths[template]?.[method.toLowerCase()];
  expect(operation, `${method} ${template} is documented`).toBeDefined();
  const path = template.replace('{key}', key).replace('{label}', label);
  const query = operation!.parameters?.find((each) => each.in === 'query')?.name;
  const value = query === 'organisation' ? organisation.id : key;
  const answer = await edge.call(method, query ? `${path}?${query}=${value}` : path, body);
  expect(answer.status).toBe(status);
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
    ({ label } = await call('POST', '/api/v1/previews', 201, preview()));
    await call('GET', '/api/v1/previews', 200);
    await call('GET', '/api/v1/previews/{label}', 200);
    await call('PATCH', '/api/v1/previews/{label}', 200, { access: 'public' });
    await call('PATCH', '/api/v1/previews/{label}', 400, { access: 'org' });
    await call('DELETE', '/api/v1/previews/{label}', 204);
    await call('GET', '/api/v1/previews/{label}', 404);
    await call('PATCH', '/api/v1/previews/{label}', 404, { access: 'public' });
    await call('DELETE', '/api/v1/previews/{label}', 404);
    await call('DELETE', '/api/v1/clusters/{key}', 204);
    await call('DELETE', '/api/v1/clusters/{key}', 404);
    await call('POST', '/api/v1/previews', 404, preview());
    await call('GET', '/api/v1/previews', 404);
  });

  it('refuses what the API refuses: unknown keys', () => {
    const schema =
      document.paths['/api/v1/previews']!.post!.requestBody!.content!['application/json'].schema;
    expect(ajv.validate(schema, preview())).toBe(true);
    expect(ajv.validate(schema, { ...preview(), colour: 1 })).toBe(false);
    expect(ajv.validate(schema, { ...preview(), ingress: { ...ingress, sni: 'x' } })).toBe(false);
    expect(ajv.validate(schema, { ...preview(), access: 'org' })).toBe(false);
  });
});
