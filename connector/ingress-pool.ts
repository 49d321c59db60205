/** Connections to ingresses, kept alive per address, TLS name and trust. */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ErrorCode } from '#protocol/errors.ts';
import type { Ingress } from '#protocol/control.ts';
import type { AllowList } from './allow-list.ts';
import type { IngressEntry } from './config.ts';
import { IngressConnection } from './ingress-connection.ts';

/** Why there is no connection; becomes a state page. */
export class DialError extends Error {
  readonly code: ErrorCode;
  readonly parameters: Record<string, string | number>;
  constructor(code: ErrorCode, parameters: Record<string, string | number>) {
    super(`${code} ${JSON.stringify(parameters)}`);
    this.code = code;
    this.parameters = parameters;
  }
}

const maxIdlePerIngress = 256;
/** Shorter than what ingresses keep idle connections for (nginx 75 s, Traefik 180 s). */
const idleMs = 55_000;

export interface PoolOptions {
  allowList: AllowList;
  /** Trust per configured ingress. */
  ingresses: readonly IngressEntry[];
  connectTimeoutMs: number;
}

export class IngressPool {
  readonly #options: PoolOptions;
  readonly #idle = new Map<string, IngressConnection[]>();

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** An idle connection, if there is one. */
  take(ingress: Ingress): IngressConnection | undefined {
    const idle = this.#idle.get(keyOf(ingress));
    for (;;) {
      const connection = idle?.pop();
      if (!connection) return undefined;
      connection.socket.setTimeout(0);
      if (connection.usable) return connection;
    }
  }

  /** A fresh connection. @throws DialError */
  async dial(ingress: Ingress): Promise<IngressConnection> {
    const socket = await this.socket(ingress);
    return new IngressConnection(socket, (connection) => this.#keep(ingress, connection));
  }

  /** A connected socket, TLS done where the ingress speaks it. @throws DialError */
  async socket(ingress: Ingress): Promise<Socket> {
    const { host, port, tls, l5 } = ingress;
    const address = `${host}:${port}`;
    const resolved = await this.#options.allowList.resolve(host, port);
    if (!resolved.ok) {
      const code = resolved.kind === 'refused' ? 'BW-3003' : 'BW-3004';
      throw new DialError(code, { address, reason: resolved.reason });
    }
    const target = { host: resolved.address, port, noDelay: true };
    const socket = tls ? tlsSocket(target, this.#trusted(ingress), l5) : connectTcp(target);
    await this.#connected(socket, tls, address);
    return socket;
  }

  /** Several ingresses may share an address and differ in their names. */
  #trusted({ host, port, l5 }: Ingress): IngressEntry | undefined {
    const there = this.#options.ingresses.filter(
      (each) => each.host === host && each.port === port,
    );
    return there.find((each) => each.l5 === l5) ?? there[0];
  }

  #connected(socket: Socket, tls: boolean, address: string): Promise<void> {
    const { connectTimeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      let reached = false;
      const fail = (error: DialError): void => {
        socket.destroy();
        reject(error);
      };
      socket.setTimeout(connectTimeoutMs, () => {
        const what = reached ? 'TLS handshake' : 'connection';
        fail(new DialError('BW-3005', { address, what, seconds: connectTimeoutMs / 1000 }));
      });
      socket.once('connect', () => {
        reached = true;
      });
      const onError = (error: NodeJS.ErrnoException): void =>
        fail(dialError(error, address, tls && reached));
      socket.once('error', onError);
      socket.once(tls ? 'secureConnect' : 'connect', () => {
        socket.off('error', onError);
        socket.setTimeout(0);
        socket.removeAllListeners('timeout');
        resolve();
      });
    });
  }

  #keep(ingress: Ingress, connection: IngressConnection): void {
    const { socket } = connection;
    const key = keyOf(ingress);
    let idle = this.#idle.get(key);
    if (!idle) this.#idle.set(key, (idle = []));
    if (idle.length >= maxIdlePerIngress) return void socket.destroy();
    socket.setTimeout(idleMs);
    if (socket.listenerCount('timeout') === 0) {
      socket.on('timeout', () => socket.destroy());
      socket.on('close', () => this.#forget(key, connection));
    }
    idle.push(connection);
  }

  #forget(key: string, connection: IngressConnection): void {
    const idle = this.#idle.get(key);
    const at = idle?.indexOf(connection) ?? -1;
    if (at >= 0) idle?.splice(at, 1);
    if (idle?.length === 0) this.#idle.delete(key);
  }
}

function tlsSocket(
  target: { host: string; port: number; noDelay: boolean },
  trusted: IngressEntry | undefined,
  l5: string,
): Socket {
  const name = l5.replace(/:\d+$/, '');
  return connectTls({
    ...target,
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...(trusted?.ca === undefined ? {} : { ca: trusted.ca }),
    rejectUnauthorized: trusted?.insecure !== true,
    ALPNProtocols: ['http/1.1'],
  });
}

function dialError(error: NodeJS.ErrnoException, address: string, inTls: boolean): DialError {
  if (inTls) return new DialError('BW-3002', { address, reason: error.code ?? error.message });
  if (error.code === 'ETIMEDOUT')
    return new DialError('BW-3005', { address, what: 'connection', seconds: '?' });
  return new DialError('BW-3001', { address, reason: error.message });
}

function keyOf({ host, port, tls, l5 }: Ingress): string {
  return `${host}|${port}|${tls ? l5 : ''}`;
}
