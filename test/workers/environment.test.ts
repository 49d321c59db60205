import { describe, expect, it } from 'vitest';
import { EnvironmentFault, settingsOf } from './engine.ts';

const good = {
  APP_URL: 'https://byway.example.com',
  PREVIEW_DOMAIN: 'preview.example.dev',
  OPERATOR_TOKEN: 'operator-token-of-the-test',
  EDGE_SECRET: '0123456789abcdefABCDEF0123456789'.repeat(2),
};

describe('the environment', () => {
  it('gives hosts, origins and the secret’s bytes', () => {
    const settings = settingsOf(good);
    expect(settings).toMatchObject({
      hosts: { appHost: 'byway.example.com', previewDomain: 'preview.example.dev' },
      appUrl: 'https://byway.example.com',
      operatorToken: good.OPERATOR_TOKEN,
    });
    expect(settings.originOf('x')).toBe('https://x.preview.example.dev');
    expect(settings.secret).toHaveLength(32);
    expect([...settings.secret.subarray(0, 11)]).toEqual([
      0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xab, 0xcd, 0xef,
    ]);
  });

  it('carries the port of the app host over to previews', () => {
    const { appUrl, originOf } = settingsOf({ ...good, APP_URL: 'http://byway.localhost:8080/' });
    expect(appUrl).toBe('http://byway.localhost:8080');
    expect(originOf('x')).toBe('http://x.preview.example.dev:8080');
  });

  it.each([
    ['OPERATOR_TOKEN', 'x'.repeat(16)],
    ['OPERATOR_TOKEN', 'x'.repeat(512)],
    ['EDGE_SECRET', 'f'.repeat(64)],
  ])('takes %s at its limits', (name, value) => {
    expect(() => settingsOf({ ...good, [name]: value })).not.toThrow();
  });

  it.each([
    ['APP_URL', ''],
    ['APP_URL', 'byway.example.com'],
    ['APP_URL', 'ftp://byway.example.com'],
    ['APP_URL', 'https://byway.example.com/path'],
    ['APP_URL', 'https://byway.example.com/?a'],
    ['APP_URL', 'https://byway.example.com/#a'],
    ['APP_URL', 'https://user@byway.example.com'],
    ['PREVIEW_DOMAIN', ''],
    ['PREVIEW_DOMAIN', 'https://preview.example.dev'],
    ['PREVIEW_DOMAIN', 'byway.example.com'],
    ['OPERATOR_TOKEN', ''],
    ['OPERATOR_TOKEN', 'x'.repeat(15)],
    ['OPERATOR_TOKEN', 'x'.repeat(513)],
    ['OPERATOR_TOKEN', `${'x'.repeat(20)} `],
    ['OPERATOR_TOKEN', `${'x'.repeat(20)}ä`],
    ['EDGE_SECRET', ''],
    ['EDGE_SECRET', 'f'.repeat(63)],
    ['EDGE_SECRET', 'f'.repeat(65)],
    ['EDGE_SECRET', 'g'.repeat(64)],
    ['EDGE_SECRET', `${'f'.repeat(64)}\n`],
  ])('with %s as %j is refused, and the message names it but not a secret', (name, value) => {
    let fault: unknown;
    try {
      settingsOf({ ...good, [name]: value });
    } catch (error) {
      fault = error;
    }
    expect(fault).toBeInstanceOf(EnvironmentFault);
    const { message } = fault as Error;
    expect(message).toContain(name);
    expect(message).not.toContain(good.OPERATOR_TOKEN);
    expect(message).not.toContain(good.EDGE_SECRET);
    if (/TOKEN|SECRET/.test(name) && value.length > 1) expect(message).not.toContain(value);
  });

  it.each(Object.keys(good))('without %s is refused by its name', (name) => {
    const { [name as keyof typeof good]: _, ...rest } = good;
    expect(() => settingsOf(rest)).toThrow(name);
  });
});
