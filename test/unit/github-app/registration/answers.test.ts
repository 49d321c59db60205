/** What GitHub's answers mean while an app is registered, the same for command line and edge. */
import { describe, expect, it } from 'vitest';
import { convertedOf, keyFault, ownerFault, type Heard } from '#github-app/registration/answers.ts';
import { placeOf, type GitHubPlace } from '#github-app/registration/place.ts';
import { scratchApp } from './scratch-app.ts';

const found = placeOf('https://github.example.com', undefined);
if ('fault' in found) throw new Error(found.fault);
const place: GitHubPlace = found.place;
const api = 'GitHub’s API at https://github.example.com/api/v3';

const permissions = { metadata: 'read', members: 'read' } as const;
const app = { ...scratchApp, owner: { login: 'Acme' }, permissions };

describe('the answer to a code', () => {
  it.each([200, 201])('of %i with a whole app is the app', (status) => {
    expect(convertedOf(place, { status, body: app })).toEqual({ app });
  });

  it.each<[string, Heard | undefined, string, boolean]>([
    ['none', undefined, `${api} does not answer`, true],
    ['404', { status: 404 }, 'GitHub does not know the code: it was used already', false],
    ['302', { status: 302 }, `${api} answers 302`, false],
    ['403', { status: 403 }, `${api} answers 403`, false],
    ['429', { status: 429 }, `${api} answers 429`, true],
    ['502', { status: 502 }, `${api} answers 502`, true],
    ['no body', { status: 201 }, 'not as expected: the answer', false],
    ['half', { status: 201, body: { ...app, pem: 1 } }, 'not as expected: pem', false],
  ])('when it is %s is a fault', (_what, heard, words, isAway) => {
    const fault = expect.stringContaining(words) as string;
    expect(convertedOf(place, heard)).toEqual({ fault, isAway });
  });

  it('keeps GitHub’s own words apart, for whoever shows them', () => {
    const body = { message: 'Bad\u001b[31m gateway' };
    expect(convertedOf(place, { status: 502, body })).toMatchObject({
      fault: `${api} answers 502`,
      said: 'Bad\u001b[31m gateway',
    });
  });

  it('threat 61: is not quoted when it is wrong', () => {
    for (const change of [
      { slug: '../x' },
      { client_secret: `${'c'.repeat(40)}\n` },
      { id: 'x' },
    ]) {
      const wrong = convertedOf(place, { status: 201, body: { ...app, ...change } });
      expect(JSON.stringify(wrong)).toContain(Object.keys(change)[0]);
      expect(JSON.stringify(wrong)).not.toMatch(/cccc|wwww|PRIVATE/);
    }
  });
});

describe('the owner of the app', () => {
  it('is the organisation, however its login is spelt', () => {
    expect(ownerFault(app, 'aCME')).toBeUndefined();
    expect(ownerFault(app, 'acme-2')?.fault).toBe('the app belongs to Acme, not to acme-2');
  });
});

describe('the answer to the new key', () => {
  const self = { id: 5, slug: 'byway-acme', permissions };
  const faultOf = (heard: Heard | undefined) =>
    keyFault(place, heard, { app, needed: permissions, signer: 'the edge' });

  it('is good when it is about this app, which may do what it has to or more', () => {
    expect(faultOf({ status: 200, body: self })).toBeUndefined();
    const more = { ...permissions, members: 'write', issues: 'write' };
    expect(faultOf({ status: 200, body: { ...self, permissions: more } })).toBeUndefined();
  });

  it.each<[Heard | undefined, string, boolean]>([
    [undefined, `${api} does not answer`, true],
    [{ status: 401 }, 'does not take the new app’s key; is the clock of the edge right?', false],
    [{ status: 404 }, `${api} answers 404`, false],
    [{ status: 503 }, `${api} answers 503`, true],
    [{ status: 200, body: { ...self, id: 6 } }, 'the new key is another app’s', false],
    [{ status: 200, body: { ...self, slug: 'other' } }, 'the new key is another app’s', false],
    [{ status: 200, body: { id: 5 } }, 'not as expected: slug, permissions', false],
    [
      { status: 200, body: { ...self, permissions: { metadata: 'read' } } },
      'the new app lacks permissions that it needs: members: read',
      false,
    ],
  ])('%j is a fault', (heard, words, isAway) => {
    const fault = expect.stringContaining(words) as string;
    expect(faultOf(heard)).toEqual({ fault, isAway });
  });
});
