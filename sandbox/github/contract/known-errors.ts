/**
 * Where GitHub's description and GitHub disagree: what is named here is no violation. Each entry says
 * what GitHub does and where that is seen.
 */
import type { ErrorObject } from 'ajv';

interface KnownError {
  /** Or the name of an event: `event-action`. */
  readonly operationId: string;
  /** JSON pointer into the reply or payload. */
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
  // An address that was not given is "", says its default, which is no URI, says its format.
  ...['repos/create-deployment-status', 'repos/list-deployment-statuses'].map((operationId) => ({
    operationId,
    path: /^(?:\/\d+)?\/(?:target|log|environment)_url$/,
    keywords: ['format'],
    missing: [],
  })),
  // The fork that a pull request came from may be gone; what is described for merged ones says so:
  // https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/working-with-forks/what-happens-to-forks-when-a-repository-is-deleted-or-changes-visibility
  ...['pulls/get', 'pulls/list', 'repos/list-pull-requests-associated-with-commit'].map(goneFork),
  ...['closed', 'edited', 'opened', 'reopened'].map((action) => goneFork(`pull-request-${action}`)),
];

function goneFork(operationId: string): KnownError {
  return {
    operationId,
    path: /^(?:\/\d+|\/pull_request)?\/head\/repo$/,
    keywords: ['type'],
    missing: [],
  };
}

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
