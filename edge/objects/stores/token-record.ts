/** What tokens are: kinds, scopes, what they are bound to; and the check of a wish for one. */
import { isInteger, isLabel } from '../../gate/claim-types.ts';
import type { TokenPrefix } from '../../gate/token.ts';
import { allScopes, type Scope } from '../../login/scopes.ts';
import type { Row } from '../../ports.ts';
import type { Account } from '../calls.ts';
import { nameFault } from './name.ts';

export type TokenKind = 'connector' | 'service' | 'personal';

export { allScopes as scopes, type Scope };

/** Where a token is good, within its organisation. */
export type Binding =
  | { kind: 'organisation' }
  | { kind: 'cluster'; key: string }
  /** GitHub's numeric id. */
  | { kind: 'repository'; id: number }
  | { kind: 'preview'; label: string };

export interface TokenRecord {
  /** Not secret: the second part of the token. */
  id: string;
  kind: TokenKind;
  name: string;
  /** Empty for connectors: theirs serve one tunnel and nothing else (threat 57). */
  scopes: readonly Scope[];
  binding: Binding;
  /** Whose it is, or who made it; undefined: the operator. */
  creator: Account | undefined;
  createdMs: number;
  /** undefined: until it is revoked. */
  expiresMs: number | undefined;
  /** To the minute. */
  lastUsedMs: number | undefined;
  /** Of the present secret. */
  secretMs: number;
  /** Until when the secret before the last rotation is good as well. */
  formerUntilMs: number | undefined;
  disabled: boolean;
}

export interface NewToken {
  kind: TokenKind;
  name: string;
  scopes?: readonly Scope[] | undefined;
  binding: Binding;
  creator?: Account | undefined;
  /** Whole seconds; left out: 30 days, for a connector until it is revoked. */
  expiresInS?: number | undefined;
}

export const prefixOf: Readonly<Record<TokenKind, TokenPrefix>> = {
  connector: 'bwc',
  service: 'bws',
  personal: 'bwu',
};

const defaultScopes: Readonly<Record<TokenKind, readonly Scope[]>> = {
  connector: [],
  service: ['view'],
  personal: ['view', 'intercept'],
};

const dayS = 86_400;
export const defaultTokenLifeS = 30 * dayS;
export const minTokenLifeS = 60;
export const maxTokenLifeS = 366 * dayS;

/** Text that is in the row: `organisation`, `cluster:<key>`, `repository:<id>`, `preview:<label>`. */
export function bindingText(binding: Binding): string {
  switch (binding.kind) {
    case 'organisation':
      return 'organisation';
    case 'cluster':
      return `cluster:${binding.key}`;
    case 'repository':
      return `repository:${binding.id}`;
    case 'preview':
      return `preview:${binding.label}`;
  }
}

/** undefined: damaged; such a token is good for nothing. */
function bindingOf(text: string): Binding | undefined {
  const cut = text.indexOf(':');
  const value = text.slice(cut + 1);
  const binding: Binding | undefined = {
    organisation: { kind: 'organisation' } as const,
    cluster: { kind: 'cluster', key: value } as const,
    repository: { kind: 'repository', id: Number(value) } as const,
    preview: { kind: 'preview', label: value } as const,
  }[cut < 0 ? text : text.slice(0, cut)];
  return binding && bindingFault(binding) === undefined && bindingText(binding) === text
    ? binding
    : undefined;
}

function bindingFault(binding: Binding): string | undefined {
  switch (binding.kind) {
    case 'organisation':
      return undefined;
    case 'cluster':
      return /^[a-z2-7]{8}$/.test(binding.key) ? undefined : 'that is no cluster key';
    case 'repository':
      return isInteger(binding.id) && binding.id > 0 ? undefined : 'that is no repository id';
    case 'preview':
      return isLabel(binding.label) ? undefined : 'that is no label of a preview';
    default:
      return 'a token is bound to the organisation, a cluster, a repository or a preview';
  }
}

/** The wish, complete; or what is wrong with it, for whoever asked. */
export function tokenWish(
  input: NewToken,
): { scopes: readonly Scope[]; lifeMs: number | undefined } | { fault: string } {
  const { kind, binding, expiresInS } = input;
  if (!Object.hasOwn(prefixOf, kind)) {
    return { fault: 'the kind of a token is connector, service or personal' };
  }
  const wanted = input.scopes ?? defaultScopes[kind];
  const fault =
    nameFault('the token', input.name) ??
    scopesFault(kind, wanted) ??
    bindingFault(binding) ??
    matchFault(input);
  if (fault !== undefined) return { fault };
  if (expiresInS === undefined) {
    return { scopes: wanted, lifeMs: kind === 'connector' ? undefined : defaultTokenLifeS * 1000 };
  }
  if (!isInteger(expiresInS) || expiresInS < minTokenLifeS || expiresInS > maxTokenLifeS) {
    return { fault: `a token lives for ${minTokenLifeS} to ${maxTokenLifeS} whole seconds` };
  }
  return { scopes: wanted, lifeMs: expiresInS * 1000 };
}

function scopesFault(kind: TokenKind, wanted: readonly Scope[]): string | undefined {
  if (kind === 'connector') {
    return wanted.length === 0 ? undefined : 'a connector token has no scopes';
  }
  if (wanted.length === 0) return `the token needs a scope: ${allScopes.join(', ')}`;
  const unknown = wanted.find((scope) => !allScopes.includes(scope));
  if (unknown !== undefined) return `there is no such scope; there are ${allScopes.join(', ')}`;
  return new Set(wanted).size === wanted.length ? undefined : 'a scope is there twice';
}

function matchFault({ kind, binding, creator }: NewToken): string | undefined {
  if (kind === 'connector' && binding.kind !== 'cluster') {
    return 'a connector token is bound to its cluster';
  }
  if (kind === 'personal' && creator === undefined) return 'a personal token belongs to somebody';
  return undefined;
}

/** The scopes in a column: words with blanks between; unknown ones count for nothing. */
export function scopesIn(column: unknown): Scope[] {
  const words = String(column).split(' ');
  return allScopes.filter((scope) => words.includes(scope));
}

/** undefined: the row is damaged. */
export function tokenOf(row: Row): TokenRecord | undefined {
  const binding = bindingOf(String(row.binding));
  const kind = String(row.kind);
  const granted = String(row.scopes).split(' ').filter(Boolean);
  if (!binding || !isKind(kind) || !granted.every(isScope)) return undefined;
  return {
    id: String(row.id),
    kind,
    name: String(row.name),
    scopes: granted,
    binding,
    creator:
      row.creator_id === null
        ? undefined
        : { id: Number(row.creator_id), login: String(row.creator_login) },
    createdMs: Number(row.created_ms),
    expiresMs: timeOf(row.expires_ms),
    lastUsedMs: timeOf(row.last_used_ms),
    secretMs: Number(row.secret_ms),
    formerUntilMs: row.prev_hash === null ? undefined : timeOf(row.prev_expires_ms),
    disabled: row.disabled !== 0,
  };
}

function isKind(text: string): text is TokenKind {
  return Object.hasOwn(prefixOf, text);
}

function isScope(text: string): text is Scope {
  return (allScopes as readonly string[]).includes(text);
}

function timeOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
