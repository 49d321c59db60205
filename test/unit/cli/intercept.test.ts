import { describe, expect, it } from 'vitest';
import { wishOf, type InterceptOptions } from '#cli/commands/intercept.ts';
import type { CliConfig } from '#cli/config.ts';

const loggedOut: CliConfig = {
  file: 'config.yaml',
  connectorUrl: 'http://127.0.0.1:1',
  laptopToken: 'a-token-of-24-characters',
  edge: undefined,
  fingerprint: '',
};
const loggedIn = { ...loggedOut, edge: { url: 'http://edge', token: 'a-token-of-24-characters' } };

function wish(config: CliConfig, flags: Partial<InterceptOptions> = {}) {
  const { mechanism, preview, headers } = wishOf(
    {
      config: 'config.yaml',
      output: 'text',
      port: '8080',
      address: '127.0.0.1',
      httpHeader: [],
      previewAccess: 'private',
      ...flags,
    },
    config,
  );
  return { mechanism, preview, headers: headers.length };
}

describe('what an intercept is by its flags', () => {
  it.each([
    ['logged in: personal, with a preview', loggedIn, {}, { mechanism: 'http', preview: true }],
    [
      '--preview-url=false',
      loggedIn,
      { previewUrl: 'false' },
      { mechanism: 'http', preview: false },
    ],
    [
      '--mechanism tcp',
      loggedIn,
      { mechanism: 'tcp' as const },
      { mechanism: 'tcp', preview: false },
    ],
    ['not logged in: everything', loggedOut, {}, { mechanism: 'tcp', preview: false }],
    [
      'not logged in, http',
      loggedOut,
      { mechanism: 'http' as const },
      { mechanism: 'http', preview: false },
    ],
    [
      'not logged in, with a header',
      loggedOut,
      { httpHeader: ['a=b', 'c=d'] },
      { mechanism: 'http', preview: false, headers: 2 },
    ],
  ])('%s', (_name, config, flags, expected) => {
    expect(wish(config, flags)).toMatchObject(expected);
  });

  it('refuses what cannot go together', () => {
    expect(() => wish(loggedOut, { previewUrl: true })).toThrow('edge_url and operator_token');
    expect(() => wish(loggedOut, { previewAccess: 'public' })).toThrow('--preview-access needs');
    for (const flags of [{ mechanism: 'tcp' as const }, { previewUrl: 'false' }]) {
      expect(() => wish(loggedIn, { ...flags, previewAccess: 'public' })).toThrow(
        '--preview-access public needs a preview',
      );
    }
    expect(() => wish(loggedIn, { mechanism: 'tcp', httpHeader: ['a=b'] })).toThrow(
      '--http-header',
    );
    expect(() => wish(loggedIn, { previewUrl: 'web' })).toThrow('--preview-url=web');
    expect(() => wish(loggedIn, { ingressPort: '0' })).toThrow('--ingress-port 0');
    expect(() => wish(loggedIn, { address: 'a b' })).toThrow('--address a b');
    expect(() => wish(loggedIn, { access: 'repo', pr: false })).toThrow('leave out --no-pr');
    for (const access of ['org', 'repo'] as const) {
      expect(() => wish(loggedIn, { access, previewUrl: 'false' })).toThrow('--access goes with');
      expect(() => wish(loggedOut, { access })).toThrow('--access goes with');
    }
  });
});
