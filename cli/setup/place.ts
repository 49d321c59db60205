/** Which GitHub the app is registered at, by the flags. */
import {
  placeOf as placeAt,
  reachFault,
  type GitHubPlace,
} from '#github-app/registration/place.ts';
import { ExitCode, Failure } from '../failure.ts';

/** Of `--github-url` and `--api-url`. @throws Failure naming the flag */
export function placeOf(web: string | undefined, api: string | undefined): GitHubPlace {
  const found = placeAt(web, api);
  if ('place' in found) return found.place;
  const named = {
    web: `--github-url ${web}:`,
    api: `--api-url ${api}:`,
    both: '--github-url and --api-url',
  };
  throw new Failure(ExitCode.usage, `${named[found.of]} ${found.fault}`);
}

/** An app whose webhooks never arrive would look healthy. @throws Failure */
export function checkReach(appUrl: string, where: string, place: GitHubPlace): void {
  const fault = reachFault(appUrl, place);
  if (fault !== undefined) throw new Failure(ExitCode.notConfigured, `${where} ${fault}`);
}
