/** The login with a browser before it, new for each test, and the legs of the way through it. */
import { afterEach, beforeEach, expect } from 'vitest';
import { Browser, type Seen } from './browser.ts';
import { LoginStack, origin } from './login-stack.ts';

export const session = '__Host-byway_session';
export const sso = '__Host-byway_sso';
export const deepLink = `${origin}/cart/7?size=xl&q=%2F%2Fevil.example`;

export let stack: LoginStack;
export let browser: Browser;

/** Starts both for each test of the file; GitHub's own rules must have been kept by its end. */
export function useLogin(): void {
  beforeEach(async () => {
    stack = await LoginStack.start();
    browser = new Browser(stack);
  });
  afterEach(async () => {
    await stack.stop();
    expect(stack.gitHub.journal.violations).toEqual([]);
  });
}

export const codeOf = ({ text }: Seen) => /BW-60\d\d/.exec(text)?.[0];

/** Up to the callback of GitHub, which is not sent yet. */
export async function toGitHubAndBack(as: string, from = deepLink): Promise<URL> {
  const atGitHub = await browser.open(from);
  if (atGitHub.url.origin !== stack.gitHub.url) throw new Error('there is a login already');
  const back = await browser.send(atGitHub.url, { method: 'POST', body: `login=${as}` });
  return new URL(back.headers.get('location')!);
}

/** Up to the callback of the preview, which is not sent yet. */
export async function toPreviewCallback(as: string, from = deepLink): Promise<URL> {
  const answer = await browser.send(await toGitHubAndBack(as, from));
  return new URL(answer.headers.get('location')!);
}
