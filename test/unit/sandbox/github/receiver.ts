/** Where an app hears of events: remembers them, and answers as a test wants. */
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Heard {
  readonly headers: IncomingHttpHeaders;
  /** As it came. */
  readonly body: Buffer;
  readonly payload: ReturnType<typeof JSON.parse>;
}

export class Receiver {
  readonly heard: Heard[] = [];
  answer = (response: ServerResponse): void => void response.writeHead(202).end('{}');
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray());
      this.heard.push({ headers: request.headers, body, payload: JSON.parse(body.toString()) });
      this.answer(response);
    });
  }

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  /** Under a name below `localhost`, as the edge has one. */
  get url(): string {
    return `http://byway.localhost:${(this.#server.address() as AddressInfo).port}/github/webhooks`;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
