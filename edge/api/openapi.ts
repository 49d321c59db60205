/** The OpenAPI 3.1 document of `/api/v1`. */
import { z } from 'zod';
import * as schemas from './schemas.ts';

interface Operation {
  summary: string;
  query?: string;
  path?: string;
  body?: z.ZodType;
  answers: Readonly<Record<number, z.ZodType | undefined>>;
}

const operations: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  '/api/v1/clusters': {
    get: {
      summary: 'List the clusters of an organisation',
      query: 'organisation',
      answers: { 200: schemas.clusterList },
    },
    post: {
      summary: 'Register a cluster; the answer holds its connector token',
      body: schemas.newCluster,
      answers: { 201: schemas.registeredCluster, 409: schemas.errorAnswer },
    },
  },
  '/api/v1/clusters/{key}': {
    get: {
      summary: 'The shards of a cluster: their tunnels and what is open on them',
      path: 'key',
      answers: { 200: schemas.clusterStatus, 404: schemas.errorAnswer },
    },
    patch: {
      summary: 'Spread a cluster over more shards; live previews stay where they are',
      path: 'key',
      body: schemas.changedCluster,
      answers: { 200: schemas.clusterStatus, 404: schemas.errorAnswer, 409: schemas.errorAnswer },
    },
    delete: {
      summary: 'Remove a cluster with its tokens and previews, and close its tunnel',
      path: 'key',
      answers: { 204: undefined, 404: schemas.errorAnswer },
    },
  },
  '/api/v1/previews': {
    get: {
      summary: 'List the live previews of a cluster',
      query: 'cluster',
      answers: { 200: schemas.previewList, 404: schemas.errorAnswer },
    },
    post: {
      summary: 'Create a preview; the same intercept and ingress give the same preview',
      body: schemas.newPreview,
      answers: { 201: schemas.preview, 404: schemas.errorAnswer, 422: schemas.errorAnswer },
    },
  },
  '/api/v1/previews/{label}': {
    get: {
      summary: 'One preview',
      path: 'label',
      answers: { 200: schemas.preview, 404: schemas.errorAnswer },
    },
    patch: {
      summary: 'Change who may see a preview; it holds for the next request',
      path: 'label',
      body: schemas.changedPreview,
      answers: { 200: schemas.preview, 404: schemas.errorAnswer },
    },
    delete: {
      summary: 'End a preview for good',
      path: 'label',
      answers: { 204: undefined, 404: schemas.errorAnswer },
    },
  },
};

export function openApi(appUrl: string, version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [path, methods] of Object.entries(operations)) {
    paths[path] = Object.fromEntries(
      Object.entries(methods).map(([method, operation]) => [method, operationOf(operation)]),
    );
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Byway edge',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: appUrl }],
    security: [{ operator: [] }],
    components: { securitySchemes: { operator: { type: 'http', scheme: 'bearer' } } },
    paths,
  };
}

function operationOf({ summary, query, path, body, answers }: Operation): Record<string, unknown> {
  const parameters = [
    ...(query ? [{ name: query, in: 'query', required: true, schema: { type: 'string' } }] : []),
    ...(path ? [{ name: path, in: 'path', required: true, schema: { type: 'string' } }] : []),
  ];
  const all = {
    ...answers,
    400: schemas.errorAnswer,
    401: schemas.errorAnswer,
    500: schemas.errorAnswer,
    ...(body ? { 413: schemas.errorAnswer } : {}),
  };
  return {
    summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { required: true, content: json(body, 'input') } } : {}),
    responses: Object.fromEntries(
      Object.entries(all).map(([status, schema]) => [
        status,
        { description: `status ${status}`, ...(schema ? { content: json(schema, 'output') } : {}) },
      ]),
    ),
  };
}

function json(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  return {
    'application/json': { schema: z.toJSONSchema(schema, { io, target: 'draft-2020-12' }) },
  };
}
