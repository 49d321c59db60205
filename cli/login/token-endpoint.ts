/** Requests to the edge's OAuth endpoints: a public client, form in, JSON out (RFC 6749). */
import { z } from 'zod';
import { RequestError } from '#protocol/requests.ts';
import { callJson, type JsonAnswer } from '../daemon/json-call.ts';
import { printable, type AuthorizationServer } from './metadata.ts';
import { organisationList } from './organisation.ts';

export const clientId = 'byway-cli';
/** What the CLI asks for: to see private previews and to make intercepts. */
export const scope = 'view intercept';
export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

const granted = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]{16,512}$/),
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.number().positive(),
  refresh_token: z
    .string()
    .regex(/^[\x21-\x7e]{16,512}$/)
    .optional(),
});
const refused = z.object({
  error: z.string(),
  error_description: z.string().optional(),
  organisations: z.union([z.string(), z.array(z.string())]).optional(),
});

export interface Grant {
  accessToken: string;
  /** By this machine's clock. */
  expiresMs: number;
  refreshToken: string | null;
}

/** An error answer of the authorization server (RFC 6749 §4.1.2.1 and §5.2, RFC 8628 §3.5). */
export class OauthRefusal extends Error {
  readonly code: string;
  /** With `organisation_required`: logins to choose from. */
  readonly organisations: string[];

  constructor(code: string, description = '', organisations: string[] = []) {
    super(printable(description === '' ? code : `${description} (${code})`));
    this.code = code;
    this.organisations = organisations;
  }
}

type Form = Readonly<Record<string, string>>;

/** @throws OauthRefusal, RequestError */
export async function requestGrant(server: AuthorizationServer, form: Form): Promise<Grant> {
  const answer = await post(server.token_endpoint, { client_id: clientId, ...form });
  const nowMs = Date.now();
  const { access_token, expires_in, refresh_token } = checked(server, answer, granted);
  return {
    accessToken: access_token,
    expiresMs: nowMs + expires_in * 1000,
    refreshToken: refresh_token ?? null,
  };
}

const device = z.object({
  device_code: z.string(),
  user_code: z.string().regex(/^[A-Za-z0-9-]{4,32}$/),
  verification_uri: z.url({ protocol: /^https?$/ }),
  expires_in: z.number().positive(),
  interval: z.number().nonnegative().default(5),
});

export type DeviceAuthorization = z.infer<typeof device>;

/** RFC 8628 §3.1. @throws OauthRefusal, RequestError */
export async function requestDevice(
  server: AuthorizationServer,
  form: Form,
): Promise<DeviceAuthorization> {
  const endpoint = server.device_authorization_endpoint;
  const answer = await post(endpoint, { client_id: clientId, scope, ...form });
  const given = checked(server, answer, device);
  if (new URL(given.verification_uri).origin !== server.issuer) {
    throw new RequestError(
      'refused',
      `${server.issuer} names a page at another host; not logged in`,
    );
  }
  return given;
}

/** RFC 7009; a token that is unknown or ended already is fine. @throws OauthRefusal, RequestError */
export async function revoke(server: AuthorizationServer, token: string): Promise<void> {
  const form = { client_id: clientId, token, token_type_hint: 'refresh_token' };
  const answer = await post(server.revocation_endpoint, form);
  if (answer.status !== 200) checked(server, answer, z.never());
}

function post(endpoint: string, form: Form): Promise<JsonAnswer> {
  const url = new URL(endpoint);
  return callJson(`the edge ${url.origin}`, url, {
    method: 'POST',
    path: `${url.pathname}${url.search}`,
    token: undefined,
    payload: new URLSearchParams(form),
  });
}

function checked<T>(
  { issuer }: AuthorizationServer,
  { status, body }: JsonAnswer,
  schema: z.ZodType<T>,
): T {
  if (status === 200) {
    const result = schema.safeParse(body);
    if (result.success) return result.data;
    throw new RequestError('refused', `the edge ${issuer} gave an answer of another version`);
  }
  const result = refused.safeParse(body);
  if (status >= 500 || status === 429 || !result.success) {
    const words = result.success ? `: ${printable(result.data.error)}` : '';
    throw new RequestError('unreachable', `the edge ${issuer} answered ${status}${words}`);
  }
  const { error, error_description, organisations } = result.data;
  throw new OauthRefusal(error, error_description, organisationList(organisations));
}
