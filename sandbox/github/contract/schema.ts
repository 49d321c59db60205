/** What happens to a schema on its way from GitHub's description into the extract. */
import { isObject, type Json, type JsonObject } from './json.ts';

/** Says nothing about what is valid; `discriminator` repeats what `oneOf` says. */
const prose = new Set([
  'title',
  'description',
  'summary',
  'example',
  'examples',
  'externalDocs',
  'deprecated',
  'discriminator',
]);

/** Keys under which a map from names to schemas stands, where any name is possible. */
const named = new Set(['properties', 'patternProperties']);
/** Keys with values that are data, not schemas. */
const data = new Set(['enum', 'default', 'const', 'required']);

/** Without prose and extensions, and with null allowed as JSON Schema wants it said. */
export function plainSchema(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(plainSchema);
  if (!isObject(schema)) return schema;
  const plain: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    if (prose.has(key) || key.startsWith('x-')) continue;
    if (data.has(key)) plain[key] = value;
    else if (named.has(key) && isObject(value)) {
      plain[key] = Object.fromEntries(
        Object.entries(value).map(([name, inner]) => [name, plainSchema(inner)]),
      );
    } else plain[key] = plainSchema(value);
  }
  return withNull(plain);
}

/**
 * OpenAPI 3.0 says `nullable` beside anything; a validator of JSON Schema takes it beside `type`
 * only, and an enumeration or a combination beside it still refuses null.
 */
function withNull(schema: JsonObject): JsonObject {
  if (typeof schema['nullable'] !== 'boolean') return schema;
  const { nullable, ...rest } = schema;
  if (!nullable) return rest;
  const combined = ['$ref', 'allOf', 'anyOf', 'oneOf'].some((key) => key in rest);
  if (combined || !('type' in rest)) return { anyOf: [rest, { enum: [null] }] };
  const values = rest['enum'];
  if (Array.isArray(values) && !values.includes(null)) rest['enum'] = [...values, null];
  return { ...rest, nullable: true };
}

/**
 * The schema of a request body, with references replaced by what they name, and closed: GitHub
 * ignores a field that it does not know, which in a test is a mistake that nobody sees.
 */
export function closedSchema(schema: Json, resolve: (reference: string) => Json): Json {
  if (Array.isArray(schema)) return schema.map((inner) => closedSchema(inner, resolve));
  if (!isObject(schema)) return schema;
  const reference = schema['$ref'];
  if (typeof reference === 'string') return closedSchema(resolve(reference), resolve);
  const closed: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    if (data.has(key)) closed[key] = value;
    else if (named.has(key) && isObject(value)) {
      closed[key] = Object.fromEntries(
        Object.entries(value).map(([name, inner]) => [name, closedSchema(inner, resolve)]),
      );
    } else closed[key] = closedSchema(value, resolve);
  }
  if (isObject(closed['properties']) && !('additionalProperties' in closed)) {
    closed['additionalProperties'] = false;
  }
  return closed;
}
