/**
 * Where GitHub's description and GitHub disagree: what is named here is no violation. Each entry says
 * what GitHub does and where that is seen.
 */
import type { ErrorObject } from 'ajv';

interface KnownError {
  readonly operationId: string;
  /** JSON pointer into the reply. */
  readonly path: RegExp;
  /** The rules of JSON Schema that fail there. */
  readonly keywords: readonly string[];
  /** For `required`: the properties that may be missing. */
  readonly missing: readonly string[];
}

const knownErrors: readonly KnownError[] = [
  {
    // `allOf` a user and an enterprise, where an account is one of the two; the same account is
    // `anyOf` them in GET /app/installations/{installation_id}, of which the list has items.
    operationId: 'apps/list-installations',
    path: /^\/\d+\/account$/,
    keywords: ['required', 'anyOf', 'enum'],
    missing: ['name', 'slug', 'created_at', 'updated_at'],
  },
];

export function isKnown(operationId: string, error: ErrorObject): boolean {
  const { instancePath, keyword, params } = error;
  const lacking: unknown = (params as { missingProperty?: unknown }).missingProperty;
  return knownErrors.some(
    (known) =>
      known.operationId === operationId &&
      known.path.test(instancePath) &&
      known.keywords.includes(keyword) &&
      (keyword !== 'required' || known.missing.includes(String(lacking))),
  );
}
