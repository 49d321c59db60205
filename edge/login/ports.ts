/**
 * What the login asks of the objects behind it. Calls are asynchronous and carry plain data: on one
 * engine they stay in the process, on the other they go to another machine. Times are milliseconds
 * since 1970 unless the name says otherwise.
 */
import type { LoginCode } from '../gate/preview-login.ts';
import type { Rate } from '../gate/rate-limit.ts';
import type { Membership } from '../github/membership.ts';
import type { Identity } from '../github/oauth.ts';
import type { Account } from '../github/shapes.ts';
import type { EndReason } from '../objects/calls.ts';
import type { Scope } from './scopes.ts';

/** A login of the browser on the app host lives 12 h, whatever happens in it. */
export const loginLifeMs = 12 * 60 * 60_000;

/** What the login has to know of a preview; nothing of it is shown to anybody. */
export interface PreviewPlace {
  /** GitHub's numeric id. */
  organisationId: number;
  /** `https://<label>.<preview domain>[:port]` */
  origin: string;
  /** Goes up when access is taken away: sessions and codes of a lower one are void. */
  epoch: number;
  ended: boolean;
  endReason?: EndReason;
  /** People who were let in one by one, until now. */
  guests: readonly number[];
  /** Its owner and whoever may read one of those repositories see it; left out: members do. */
  readers?: { ownerId: number; repositories: readonly number[] };
}

export interface Login extends Identity {
  /** Names the login in sessions and codes. No secret: it opens nothing. */
  sid: string;
  untilMs: number;
}

/** What a person lets a device do in their name. */
export interface Grant {
  user: Account;
  organisation: Account;
  scopes: readonly Scope[];
  /** As the device calls itself. */
  device: string;
}

/** Behind an authorization code (RFC 6749 §4.1). */
export interface GrantCode {
  grant: Grant;
  /** Names the tokens that come of it, all their generations. */
  family: string;
  redirectUri: string;
  codeChallenge: string;
  expiresMs: number;
}

export interface TokenPair {
  accessToken: string;
  accessLifeS: number;
  refreshToken: string;
  scopes: readonly Scope[];
}

/** A device that waits for its person (RFC 8628). */
export interface DeviceRequest {
  /** SHA-256, base64url. */
  deviceCodeHash: string;
  /** `XXXX-XXXX` */
  userCode: string;
  scopes: readonly Scope[];
  /** Login of the organisation that was asked for. */
  organisation?: string;
  device: string;
  /** Where the request came from. */
  address: string;
  expiresMs: number;
}

export type DevicePoll =
  | { kind: 'approved'; grant: Grant; family: string }
  /** `slow-down`: asked again too soon; the interval is 5 s longer from then on (RFC 8628 §3.5). */
  | { kind: 'pending' | 'slow-down' | 'denied' | 'expired' };

export interface LoginPort {
  /** undefined: the label was never issued. */
  preview(label: string): Promise<PreviewPlace | undefined>;

  /**
   * A new login, whatever the browser had before (threat 7). Without organisations for guests only.
   * `secret`: for the cookie; of the characters `A-Z a-z 0-9 _ . ~ -`, at most 512.
   */
  startLogin(identity: Identity): Promise<{ secret: string; login: Login }>;
  /** The login of a cookie; undefined: there is none, or it has ended. Any text may come. */
  login(secret: string): Promise<Login | undefined>;
  /** This one login, by its sid; sessions of previews end with it. */
  endLogin(sid: string): Promise<void>;
  /** All logins of the person: two tabs may have made two at once. */
  endLoginsOf(login: Login): Promise<void>;
  /** By the cached answer, or by asking GitHub. */
  membership(organisationId: number, userId: number): Promise<Membership>;
  /** The same of who may read a repository; `member`: this person may. */
  readership(organisationId: number, repositoryId: number, userId: number): Promise<Membership>;
  /** `hash` as `makeCode` returns it. */
  storeCode(hash: string, code: LoginCode): Promise<void>;

  storeGrantCode(hash: string, code: GrantCode): Promise<void>;
  /**
   * Gives the code once, expired or not. Again: undefined, and the family is ended, also one that has
   * yet to start (threat 5).
   */
  redeemGrantCode(hash: string): Promise<GrantCode | undefined>;
  /** undefined: the family was ended before it began. */
  startFamily(family: string, grant: Grant): Promise<TokenPair | undefined>;
  /** What the family of a refresh token stands for, whatever its generation. Changes nothing. */
  grantOfRefresh(refreshToken: string): Promise<Grant | undefined>;
  /**
   * The next generation; undefined: the token is not good. The one before the last may come once
   * more, as its answer may have been lost; any other reuse ends the family.
   */
  rotate(refreshToken: string): Promise<TokenPair | undefined>;
  /** Ends the family of an access or refresh token, or does nothing. */
  revoke(token: string): Promise<void>;

  /** False: the user code is in use. */
  startDevice(request: DeviceRequest): Promise<boolean>;
  /** Undecided and not expired. */
  findDevice(userCode: string): Promise<DeviceRequest | undefined>;
  /** undefined: denied. False: it was decided before, or has expired. */
  decideDevice(
    userCode: string,
    approval: { grant: Grant; family: string } | undefined,
  ): Promise<boolean>;
  /** `approved` is said once; then, and for unknown hashes, `expired`. */
  pollDevice(deviceCodeHash: string): Promise<DevicePoll>;

  /** Somebody asks to be let in; heard only where a pull request shows the preview. */
  askFor(label: string, user: Account): Promise<void>;

  /** One, or `cost`, out of the bucket of that name (`gate/rate-limit.ts`). */
  take(
    bucket: string,
    rate: Rate,
    cost?: number,
  ): Promise<{ allowed: boolean; retryAfterS: number }>;
}
