/** Cuts the operations and events that the sandbox speaks out of GitHub's whole description. */
import { checksumOf } from './checksum.ts';
import { isObject, objectAt, type Json, type JsonObject } from './json.ts';
import { closedSchema, plainSchema } from './schema.ts';

export interface Source {
  readonly package: string;
  readonly version: string;
  readonly file: string;
  /** Of the file as it was read, in hexadecimal. */
  readonly sha256: string;
}

export interface Wanted {
  /** `METHOD path`. */
  readonly operations: readonly string[];
  /** `event-action`. */
  readonly webhooks: readonly string[];
}

/**
 * @param whole an OpenAPI 3.0 document
 * @returns an OpenAPI 3.0 document; `x-extract` says where it is from, `x-webhooks` has the schemas
 *   of payloads
 * @throws Error naming an operation, an event or a reference that is not there
 */
export function subsetOf(whole: JsonObject, { operations, webhooks }: Wanted, source: Source) {
  const wanted = new Set<string>();
  const paths: JsonObject = {};
  const resolve = (reference: string): Json => componentAt(whole, reference);
  for (const name of operations) {
    const [method = '', path = ''] = name.split(' ');
    const item = objectAt(whole, 'paths')[path];
    const operation = isObject(item) ? item[method.toLowerCase()] : undefined;
    if (!isObject(operation)) throw new Error(`${name} is not in the description`);
    const entry = isObject(paths[path]) ? paths[path] : {};
    paths[path] = { ...entry, [method.toLowerCase()]: plainOperation(operation, resolve) };
  }
  collect(paths, wanted);
  const payloads: JsonObject = {};
  for (const name of webhooks) {
    const post = objectAt(objectAt(objectAt(whole, 'x-webhooks'), name), 'post');
    payloads[name] = plainSchema(jsonSchemaOf(objectAt(post, 'requestBody')) ?? {});
  }
  collect(payloads, wanted);
  const components: JsonObject = {};
  for (const reference of wanted) {
    // Grows while it is walked: what a component refers to is wanted as well.
    const [kind = '', name = ''] = reference.split('/').slice(2);
    const component = plainComponent(kind, resolve(reference));
    collect(component, wanted);
    components[kind] = { ...(components[kind] as JsonObject | undefined), [name]: component };
  }
  const document = {
    openapi: '3.0.3',
    info: {
      title: 'The part of the API of GitHub that the sandbox speaks',
      version: source.version,
    },
    paths,
    'x-webhooks': payloads,
    components,
  };
  return { 'x-extract': { source: { ...source }, checksum: checksumOf(document) }, ...document };
}

function plainOperation(operation: JsonObject, resolve: (reference: string) => Json): JsonObject {
  const { operationId, parameters, requestBody, responses } = operation;
  if (operationId === undefined || !isObject(responses)) throw new Error('no operation');
  return {
    operationId,
    ...(Array.isArray(parameters)
      ? { parameters: parameters.map((entry) => plainComponent('parameters', entry)) }
      : {}),
    ...(isObject(requestBody) ? { requestBody: closedBody(requestBody, resolve) } : {}),
    responses: Object.fromEntries(
      Object.entries(responses).map(([status, entry]) => [
        status,
        plainComponent('responses', entry),
      ]),
    ),
  };
}

function closedBody(body: JsonObject, resolve: (reference: string) => Json): JsonObject {
  const schema = closedSchema(jsonSchemaOf(body) ?? {}, resolve);
  return {
    required: body['required'] === true,
    content: { 'application/json': { schema: plainSchema(schema) } },
  };
}

function plainComponent(kind: string, component: Json): Json {
  if (!isObject(component)) return component;
  if (typeof component['$ref'] === 'string') return { $ref: component['$ref'] };
  if (kind === 'schemas') return plainSchema(component);
  if (kind === 'parameters') {
    const { name, in: place, required, schema, style, explode } = component;
    return {
      name: name ?? '',
      in: place ?? '',
      ...(required === undefined ? {} : { required }),
      ...(style === undefined ? {} : { style }),
      ...(explode === undefined ? {} : { explode }),
      schema: plainSchema(schema ?? {}),
    };
  }
  const schema = jsonSchemaOf(component);
  return {
    description: '',
    ...(schema === undefined
      ? {}
      : { content: { 'application/json': { schema: plainSchema(schema) } } }),
  };
}

function jsonSchemaOf(component: JsonObject): Json | undefined {
  const content = component['content'];
  const json = isObject(content) ? content['application/json'] : undefined;
  return isObject(json) ? json['schema'] : undefined;
}

function collect(value: Json, into: Set<string>): void {
  if (Array.isArray(value)) for (const inner of value) collect(inner, into);
  else if (isObject(value)) {
    for (const [key, inner] of Object.entries(value)) {
      if (key === '$ref' && typeof inner === 'string') into.add(inner);
      else collect(inner, into);
    }
  }
}

function componentAt(whole: JsonObject, reference: string): Json {
  const [root, components, kind = '', name = ''] = reference.split('/');
  if (root !== '#' || components !== 'components') throw new Error(`${reference}: not followed`);
  return objectAt(objectAt(objectAt(whole, 'components'), kind), name);
}
