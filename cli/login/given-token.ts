/** A token that a person hands over: `byway login --token TOKEN`, or `-` for standard input. */
import { ExitCode, Failure } from '../failure.ts';

/** What the edge issues: `<prefix>_<id, 12>_<secret, 43>_<checksum, 6>`. */
const tokenPattern = /^bw[su]_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/;
const maxInputChars = 4096;

/** Never repeats what was given. @throws Failure */
export function parseToken(text: string): string {
  if (text.startsWith('bwc_')) {
    throw new Failure(
      ExitCode.usage,
      '--token: this is a connector’s token, which serves its tunnel only; give a personal (bwu_…) or service token (bws_…)',
    );
  }
  if (!tokenPattern.test(text)) {
    throw new Failure(
      ExitCode.usage,
      '--token: must be a personal (bwu_…) or service token (bws_…), complete, or - to read it from standard input',
    );
  }
  return text;
}

/** One line. @throws Failure */
export async function readToken(input: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const part of input) {
    text += part.toString();
    if (text.length > maxInputChars) break;
  }
  if (text.trim() === '') {
    throw new Failure(ExitCode.usage, '--token -: standard input is empty; pipe the token into it');
  }
  return parseToken(text.trim());
}
