import { expect, it } from 'vitest';
import { sealerOf } from '#edge/gate/sealer.ts';
import { seal } from '#edge/login/sealed.ts';

const [old, young] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const token = 'ghs_0123456789abcdef';

it('threat 50: what is sealed does not show, and comes back as it was', async () => {
  const sealed = await sealerOf([young]).seal(token);
  expect(sealed).not.toContain(token);
  expect(atob(sealed.split('.').at(-2)!.replaceAll('-', '+').replaceAll('_', '/'))).not.toContain(
    token,
  );
  expect(await sealerOf([young]).open(sealed)).toBe(token);
});

it('threat 52: opens under a former key, and no longer when that is gone', async () => {
  const sealed = await sealerOf([old]).seal(token);
  expect(await sealerOf([young, old]).open(sealed)).toBe(token);
  expect(await sealerOf([young]).open(sealed)).toBeUndefined();
});

it.each(['', 'x', 'a.b.c.d.e', token])('makes nothing of %j', async (text) => {
  expect(await sealerOf([young]).open(text)).toBeUndefined();
});

it('threat 51: does not take what is sealed for another purpose', async () => {
  const login = { stateHash: 's', verifier: 'v', goal: undefined, ssoHash: undefined };
  const sealed = await seal([young], { ...login, expiresMs: 1 });
  expect(await sealerOf([young]).open(sealed)).toBeUndefined();
});
