/** What a device asks for, and what it and its person are told (RFC 8628). */
import type { Row } from '../../ports.ts';
import type { Account } from '../calls.ts';
import type { Issued } from './grants.ts';
import { scopesIn, type Scope } from './token-record.ts';

export interface DeviceWish {
  scopes: readonly Scope[];
  /** As the machine calls itself. */
  device: string;
  /** Where the request came from; shown to the person who confirms. */
  address: string;
  /** Login of the organisation that was asked for. */
  organisation?: string;
}

export type DeviceRequest = DeviceWish & { createdMs: number; expiresMs: number };

/** By whom, and for which organisation if the machine may choose one. */
export interface Approval {
  user: Account;
  organisation?: Account;
  /** The grant that begins with it; left out: the id that the request has been given. */
  grantId?: string;
}

export type Taken =
  /** Said once. */
  | {
      kind: 'approved';
      grantId: string;
      user: Account;
      organisation?: Account;
      request: DeviceRequest;
    }
  | Exclude<Polled, { kind: 'issued' }>;

/** `expires_in` and `interval` of RFC 8628 §3.2, with the codes. */
export interface DeviceAuthorization {
  deviceCode: string;
  userCode: string;
  expiresInS: number;
  intervalS: number;
}

export type Seen =
  | { kind: 'pending'; request: DeviceRequest }
  /** Wrong, expired or decided already. */
  | { kind: 'unknown' }
  | { kind: 'wait'; retryAfterS: number };

/** The words of RFC 8628 §3.5 and RFC 6749 §5.2. */
export type Polled =
  | { kind: 'issued'; issued: Issued }
  | { kind: 'slow_down'; intervalS: number }
  | { kind: 'authorization_pending' | 'access_denied' | 'expired_token' | 'invalid_grant' };

/** Out of a row of `device_grants`. */
export function requestOf(row: Row): DeviceRequest {
  return {
    scopes: scopesIn(row.scopes),
    device: String(row.device),
    address: String(row.address),
    ...(typeof row.organisation === 'string' && { organisation: row.organisation }),
    createdMs: Number(row.created_ms),
    expiresMs: Number(row.expires_ms),
  };
}
