/** HELLO: the first frame each way, JSON in UTF-8 (`docs/protocol.md` §3). */
import { fromUtf8 } from './bytes.ts';
import { CloseCode, ProtocolError } from './frame.ts';
import {
  connectionWindowBytes,
  initialStreamWindowBytes,
  maxPayloadBytes,
  maxStreams,
} from './limits.ts';

export const protocolVersion = { min: 1, max: 1 } as const;

/** What a side grants its peer. A field that is left out has the value of `protocol/limits.ts`. */
export interface HelloLimits {
  streams: number;
  stream_window_bytes: number;
  connection_window_bytes: number;
  payload_bytes: number;
}

export interface Hello {
  version: { min: number; max: number };
  features: string[];
  limits: HelloLimits;
  /** Software and version, for logs. */
  agent: string;
  /** What the role adds: cluster key, client id … (`docs/protocol.md` §3). */
  about: Record<string, unknown>;
}

export const defaultLimits: HelloLimits = {
  streams: maxStreams,
  stream_window_bytes: initialStreamWindowBytes,
  connection_window_bytes: connectionWindowBytes,
  payload_bytes: maxPayloadBytes,
};

export function helloOf(agent: string, about: Record<string, unknown>): Hello {
  return { version: { ...protocolVersion }, features: [], limits: defaultLimits, agent, about };
}

/** The highest version both speak. @throws ProtocolError with 4426 when there is none */
export function commonVersion(ours: Hello, theirs: Hello): number {
  const version = Math.min(ours.version.max, theirs.version.max);
  if (version < Math.max(ours.version.min, theirs.version.min)) {
    throw new ProtocolError(
      `no version in common: ${ours.version.min}–${ours.version.max} here, ` +
        `${theirs.version.min}–${theirs.version.max} there; upgrade the older side`,
      CloseCode.version,
    );
  }
  return version;
}

/** @throws ProtocolError naming the field that is wrong; unknown fields are ignored */
export function readHello(payload: Uint8Array): Hello {
  const raw = jsonObject(payload, 'HELLO');
  const version = record(raw.version, 'version');
  const limits = raw.limits === undefined ? {} : record(raw.limits, 'limits');
  const limit = (name: keyof HelloLimits): number =>
    limits[name] === undefined ? defaultLimits[name] : count(limits[name], `limits.${name}`);
  const features = raw.features ?? [];
  if (!Array.isArray(features) || !features.every((name) => typeof name === 'string')) {
    throw new ProtocolError('HELLO: features must be a list of strings');
  }
  return {
    version: { min: count(version.min, 'version.min'), max: count(version.max, 'version.max') },
    features,
    limits: {
      streams: limit('streams'),
      stream_window_bytes: limit('stream_window_bytes'),
      connection_window_bytes: limit('connection_window_bytes'),
      payload_bytes: Math.min(limit('payload_bytes'), maxPayloadBytes),
    },
    agent: typeof raw.agent === 'string' ? raw.agent.slice(0, 200) : '',
    about: raw.about === undefined ? {} : record(raw.about, 'about'),
  };
}

/** @throws ProtocolError when the payload is not a JSON object in UTF-8 */
export function jsonObject(payload: Uint8Array, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(fromUtf8(payload));
  } catch {
    throw new ProtocolError(`${what} is not JSON in UTF-8`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ProtocolError(`${what} is not a JSON object`);
  }
  return value as Record<string, unknown>;
}

function record(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ProtocolError(`HELLO: ${name} must be an object`);
  }
  return value as Record<string, unknown>;
}

function count(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
    throw new ProtocolError(`HELLO: ${name} must be a positive integer`);
  }
  return value;
}
