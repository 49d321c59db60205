/** Which of a person's organisations a login is for. */
import type { Readable, Writable } from 'node:stream';
import { isCancel, select } from '@clack/prompts';
import { loginPattern } from '#github-app/registration/manifest.ts';
import { ExitCode, Failure } from '../failure.ts';

const maxChoices = 1000;

/** @throws Failure naming the flag */
export function parseOrganisation(text: string | undefined): string | undefined {
  if (text === undefined || loginPattern.test(text)) return text;
  throw new Failure(
    ExitCode.usage,
    `--organisation ${text}: must be the login of a GitHub organisation, as in github.com/LOGIN`,
  );
}

/** Logins that the edge offers, as a list or with blanks between them; what is no login is left out. */
export function organisationList(value: string | readonly string[] | undefined): string[] {
  const logins = typeof value === 'string' ? value.split(/[\s,]+/) : (value ?? []);
  return logins.filter((login) => loginPattern.test(login)).slice(0, maxChoices);
}

export interface PromptTerminal {
  input: Readable;
  output: Writable;
}

/** Asks on a terminal. @throws Failure that lists the logins where there is none */
export async function chooseOrganisation(
  logins: readonly string[],
  terminal: PromptTerminal | undefined,
): Promise<string> {
  if (logins.length === 0) {
    throw new Failure(
      ExitCode.refused,
      'the edge wants to know the organisation and offers none; give --organisation LOGIN',
    );
  }
  if (!terminal) {
    throw new Failure(
      ExitCode.usage,
      `you belong to several organisations; choose one with --organisation LOGIN:${logins.map((login) => `\n  --organisation ${login}`).join('')}`,
    );
  }
  const answer = await select({
    message: 'Which organisation is this login for?',
    options: logins.map((login) => ({ value: login, label: login })),
    ...terminal,
  });
  if (isCancel(answer)) {
    throw new Failure(
      ExitCode.interrupted,
      'no answer, so you are not logged in; --organisation LOGIN asks nothing',
    );
  }
  return answer;
}
