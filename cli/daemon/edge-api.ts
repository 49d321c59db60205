/** The edge's API, as far as the daemon needs it. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { z } from 'zod';
import type { Ingress } from '#protocol/control.ts';
import { RequestError } from '#protocol/requests.ts';

const created = z.object({ label: z.string(), url: z.string() });
const failed = z.object({ error: z.object({ detail: z.string(), action: z.string() }) });

const timeoutMs = 10_000;
const maxAnswerBytes = 1024 * 1024;

export interface NewPreview {
  cluster: string;
  intercept: { id: string; name: string };
  owner: { id: number; login: string };
  ingress: Ingress;
  access: 'private' | 'public';
}

export class EdgeApi {
  readonly #url: URL;
  readonly #token: string;

  constructor(edge: { url: string; token: string }) {
    this.#url = new URL(edge.url);
    this.#token = edge.token;
  }

  /** @throws RequestError with the edge's words, or `unreachable` */
  async create(preview: NewPreview): Promise<z.infer<typeof created>> {
    const { status, body } = await this.#call('POST', '/api/v1/previews', preview);
    if (status !== 201)
      throw new RequestError(status === 422 ? 'ingress_refused' : 'preview', wordsOf(status, body));
    return created.parse(body);
  }

  /** A preview that is gone already is fine. */
  async remove(label: string): Promise<void> {
    const { status, body } = await this.#call('DELETE', `/api/v1/previews/${label}`, undefined);
    if (status !== 204 && status !== 404) throw new RequestError('preview', wordsOf(status, body));
  }

  #call(
    method: string,
    path: string,
    payload: unknown,
  ): Promise<{ status: number; body: unknown }> {
    const { protocol, hostname, port, host } = this.#url;
    const secure = protocol === 'https:';
    // RFC 6761 §6.3: *.localhost is loopback, whatever the resolver knows of it.
    const local = hostname === 'localhost' || hostname.endsWith('.localhost');
    const options = {
      method,
      path,
      host: local ? '127.0.0.1' : hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? (secure ? 443 : 80) : Number(port),
      headers: {
        Host: host,
        Authorization: `Bearer ${this.#token}`,
        ...(payload === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      timeout: timeoutMs,
      agent: false as const,
      ...(secure ? { servername: hostname } : {}),
    };
    return new Promise((resolve, reject) => {
      const unreachable = (reason: string): void =>
        reject(
          new RequestError(
            'unreachable',
            `the edge ${this.#url.origin} cannot be reached: ${reason}`,
          ),
        );
      const call = (secure ? httpsRequest : httpRequest)(options, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
          if (text.length > maxAnswerBytes) response.destroy(new Error('its answer is too long'));
        });
        response.on('error', (error) => unreachable(error.message));
        response.on('end', () => {
          try {
            resolve({
              status: response.statusCode ?? 0,
              body: text === '' ? undefined : JSON.parse(text),
            });
          } catch {
            unreachable('its answer is not JSON; is edge_url right?');
          }
        });
      });
      call.on('timeout', () => call.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
      call.on('error', (error) => unreachable(error.message));
      call.end(payload === undefined ? undefined : JSON.stringify(payload));
    });
  }
}

function wordsOf(status: number, body: unknown): string {
  const result = failed.safeParse(body);
  return result.success
    ? `the edge says: ${result.data.error.detail} ${result.data.error.action}`
    : `the edge answered ${status}`;
}
