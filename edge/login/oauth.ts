/** What the authorization server says of itself (RFC 8414 §2). */
import type { Page } from '#protocol/pages.ts';
import { jsonPage } from './page.ts';
import { allScopes } from './scopes.ts';
import type { LoginServices } from './services.ts';
import { grantTypes } from './token.ts';

export function metadata({ appOrigin }: LoginServices): Page {
  const issuer = appOrigin();
  return jsonPage(200, {
    issuer,
    authorization_endpoint: `${issuer}/oauth/authorize`,
    token_endpoint: `${issuer}/oauth/token`,
    device_authorization_endpoint: `${issuer}/oauth/device_authorization`,
    revocation_endpoint: `${issuer}/oauth/revoke`,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: grantTypes,
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none'],
    revocation_endpoint_auth_methods_supported: ['none'],
    scopes_supported: allScopes,
    authorization_response_iss_parameter_supported: true,
  });
}
