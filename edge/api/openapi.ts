/** The OpenAPI 3.1 document of `/api/v1`. */
import { z } from 'zod';
import { operations, type Operation } from './operations.ts';
import { errorAnswer } from './schemas.ts';

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
    security: [{ bearer: [] }],
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    paths,
  };
}

function operationOf(operation: Operation): Record<string, unknown> {
  const { summary, query = {}, path, body, answers, open } = operation;
  const parameters = [
    ...Object.entries(query).map(([name, need]) => parameter(name, 'query', need === 'required')),
    ...(path === undefined ? [] : [path].flat().map((each) => parameter(each, 'path', true))),
  ];
  const all = {
    ...answers,
    400: errorAnswer,
    // `open`: whoever proves nothing is not told to try a bearer.
    ...(open ? {} : { 401: errorAnswer }),
    403: errorAnswer,
    429: errorAnswer,
    500: errorAnswer,
    503: errorAnswer,
    ...(body ? { 413: errorAnswer } : {}),
  };
  return {
    summary,
    ...(open ? { security: [] } : {}),
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

function parameter(name: string, where: 'query' | 'path', required: boolean) {
  return { name, in: where, required, schema: { type: 'string' } };
}

function json(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  return {
    'application/json': { schema: z.toJSONSchema(schema, { io, target: 'draft-2020-12' }) },
  };
}
