/**
 * Commands in comments: `/preview <verb> …` as the first line of a comment. Text that GitHub shows as
 * a quotation, as code or not at all begins otherwise, so it never is one (threat 47).
 */
import { durationOf } from './duration.ts';

export type Command =
  | { verb: 'public'; forMs: number | undefined; sha: string | undefined }
  | { verb: 'private' | 'remove' | 'status' | 'help' }
  | { verb: 'extend'; forMs: number | undefined }
  | { verb: 'allow'; login: string; forMs: number | undefined }
  | { verb: 'disallow'; login: string }
  /** Meant for us, but not understood; `fault` is one line for whoever wrote it. */
  | { verb: 'unknown'; fault: string };

/** As they are listed in the help. */
export const usage = [
  ['/preview public [2h] [SHA]', 'let everybody in who has the link, for a time'],
  ['/preview private', 'ask everybody to sign in again'],
  ['/preview allow @login [4h]', 'let one person in; `/preview disallow @login` takes it back'],
  ['/preview extend [8h]', 'let the previews live longer'],
  ['/preview remove', 'end the previews'],
  ['/preview status', 'say how things stand'],
  ['/preview help', 'show this list'],
] as const;

/** Longer lines are prose or an attack. */
const maxLineCharacters = 200;
/** Four blanks or a tab would be a code block. */
const linePattern = /^ {0,3}\/preview(?:[ \t]+(\S.*?))?[ \t]*$/i;
const shaPattern = /^[0-9a-f]{7,40}$/i;
const loginPattern = /^@([a-z0-9](?:[a-z0-9-]{0,38}))$/i;

/** undefined: no command. Only the first line that is not blank is looked at. */
export function commandIn(body: string): Command | undefined {
  const [, line = ''] = /^(?:[ \t]*\r?\n)*([^\r\n]*)/.exec(body) ?? [];
  const match = linePattern.exec(line.slice(0, maxLineCharacters + 1));
  if (!match) return undefined;
  if (line.length > maxLineCharacters) return unknown('the line is too long');
  const [verb = 'help', ...words] = (match[1] ?? '').split(/[ \t]+/).filter(Boolean);
  return parsed(verb.toLowerCase(), words);
}

function parsed(verb: string, words: readonly string[]): Command {
  switch (verb) {
    case 'public':
      return publicOf(words);
    case 'private':
    case 'remove':
    case 'status':
    case 'help':
      return words.length === 0 ? { verb } : unknown(`\`${verb}\` takes nothing more`);
    case 'extend':
      return extendOf(words);
    case 'allow':
      return allowOf(words);
    case 'disallow': {
      const login = loginOf(words[0]);
      if (login === undefined || words.length > 1) return unknown('`disallow` takes one @login');
      return { verb, login };
    }
    default:
      return unknown('there is no such command');
  }
}

function publicOf(words: readonly string[]): Command {
  let forMs: number | undefined;
  let sha: string | undefined;
  for (const word of words) {
    const ms = durationOf(word);
    if (ms !== undefined && forMs === undefined) forMs = ms;
    else if (shaPattern.test(word) && sha === undefined) sha = word.toLowerCase();
    else {
      return unknown('`public` takes a duration (`30m`, `2h`, `3d`, at most `30d`) and a commit');
    }
  }
  return { verb: 'public', forMs, sha };
}

function extendOf(words: readonly string[]): Command {
  const [word] = words;
  if (word === undefined) return { verb: 'extend', forMs: undefined };
  const forMs = durationOf(word);
  if (forMs === undefined || words.length > 1) {
    return unknown('`extend` takes a duration: `30m`, `2h`, `3d`, at most `30d`');
  }
  return { verb: 'extend', forMs };
}

function allowOf([name, time, ...more]: readonly string[]): Command {
  const login = loginOf(name);
  const forMs = time === undefined ? undefined : durationOf(time);
  if (login === undefined || more.length > 0 || (time !== undefined && forMs === undefined)) {
    return unknown('`allow` takes one @login and a duration: `30m`, `2h`, `3d`, at most `30d`');
  }
  return { verb: 'allow', login, forMs };
}

function loginOf(word: string | undefined): string | undefined {
  return loginPattern.exec(word ?? '')?.[1];
}

function unknown(fault: string): Command {
  return { verb: 'unknown', fault };
}
