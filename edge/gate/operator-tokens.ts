/** Bearers of the operator: one, or the new and the former one while it is being replaced. */
import { ConfigError } from '#protocol/config.ts';

export const maxOperatorTokens = 2;

const tokenPattern = /^[\x21-\x7e]{16,512}$/;

/**
 * Tokens of a text, the current one first; all are good. Nothing is trimmed.
 * @throws ConfigError, never with a token in it
 */
export function operatorTokensOf(text: string, separator: '\n' | ','): [string, ...string[]] {
  const [current = '', ...former] = text.split(separator);
  const tokens: [string, ...string[]] = [current, ...former];
  if (tokens.length > maxOperatorTokens) {
    throw new ConfigError(`must hold one token, or two while it is replaced, not ${tokens.length}`);
  }
  if (!tokens.every((token) => tokenPattern.test(token))) {
    const what =
      tokens.length > 1
        ? 'two tokens of 16 to 512 visible characters each'
        : '16 to 512 visible characters';
    throw new ConfigError(`must hold ${what}`);
  }
  if (tokens.length === 2 && current === former[0]) {
    throw new ConfigError('holds the same token twice; the first must be a new one');
  }
  return tokens;
}
