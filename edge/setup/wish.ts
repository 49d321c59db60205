/** The form that begins a set-up, read. */
import { defaultName, loginPattern, nameFault } from '#github-app/registration/manifest.ts';
import { placeOf, reachFault, type GitHubPlace } from '#github-app/registration/place.ts';
import { one } from '../login/visit.ts';

export interface SetupWish {
  organisation: string;
  place: GitHubPlace;
  name: string;
  deployments: boolean;
}

/** A text for each field that is wrong, by the field's name. */
export type Faults = Readonly<Partial<Record<'organisation' | 'web' | 'api' | 'name', string>>>;

export function wishOf(
  form: URLSearchParams,
  appUrl: string,
): { wish: SetupWish } | { faults: Faults } {
  const text = (name: string): string | undefined => one(form, name)?.trim() || undefined;
  const organisation = text('organisation') ?? '';
  if (!loginPattern.test(organisation)) {
    const fault = 'must be the login of a GitHub organisation, as in github.com/LOGIN';
    return { faults: { organisation: fault } };
  }
  const name = text('name') ?? defaultName(organisation);
  const wrongName = nameFault(name);
  if (wrongName !== undefined) return { faults: { name: wrongName } };
  const found = placeOf(text('web'), text('api'));
  if ('fault' in found) {
    const { of, fault } = found;
    if (of === 'both') return { faults: { web: `it and the address of its API ${fault}` } };
    return { faults: { [of]: fault } };
  }
  const { place } = found;
  const unreached = reachFault(appUrl, place);
  if (unreached !== undefined) return { faults: { web: `the edge’s own address ${unreached}` } };
  return { wish: { organisation, place, name, deployments: form.has('deployments') } };
}
