/** The name of the app, by `--name`. */
import { defaultName, nameFault } from '#github-app/registration/manifest.ts';
import { ExitCode, Failure } from '../failure.ts';

/** `--name`, else one that says whose it is. @throws Failure naming the flag */
export function nameOf(given: string | undefined, organisation: string): string {
  if (given === undefined) return defaultName(organisation);
  const name = given.trim();
  const fault = nameFault(name);
  if (fault === undefined) return name;
  throw new Failure(ExitCode.usage, `--name: ${fault}`);
}
