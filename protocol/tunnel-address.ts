/** Where and how a tunnel is dialled: the arguments for `ws`'s WebSocket. */
import { maxMessageBytes } from './limits.ts';

declare class URL {
  constructor(text: string);
  protocol: string;
  host: string;
  hostname: string;
  pathname: string;
  search: string;
  readonly href: string;
}

export interface TunnelAddress {
  url: string;
  options: {
    headers: Record<string, string>;
    perMessageDeflate: false;
    maxPayload: number;
    handshakeTimeout: number;
    servername?: string;
    generateMask?: (mask: Uint8Array) => void;
  };
}

const handshakeTimeoutMs = 10_000;

/** `base`: http(s) URL of the accepting side; `path` with its query. @throws TypeError when it is no URL */
export function tunnelAddress(base: string, path: string, token: string): TunnelAddress {
  const url = new URL(base);
  const secure = url.protocol === 'https:' || url.protocol === 'wss:';
  url.protocol = secure ? 'wss:' : 'ws:';
  [url.pathname = '', url.search = ''] = path.split('?');
  const headers: Record<string, string> = { Authorization: `Bearer ${token}` };
  const name = url.hostname;
  const options: TunnelAddress['options'] = {
    headers,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
    handshakeTimeout: handshakeTimeoutMs,
  };
  if (name === 'localhost' || name.endsWith('.localhost')) {
    // RFC 6761 §6.3: these names are loopback, whatever the resolver knows of them.
    headers.Host = url.host;
    url.hostname = '127.0.0.1';
    if (secure) options.servername = name;
  }
  const loopback = /^(127\.|\[::1\])/.test(url.hostname);
  // Masking is against intermediaries that read the bytes (RFC 6455 §10.3): none inside TLS or here.
  if (secure || loopback) options.generateMask = (mask) => mask.fill(0);
  return { url: url.href, options };
}
