/** The calls to the edge's `/api/v1` that make a public preview, by an operator. */
import { ask, excerpt } from '../load/ask.ts';
import type { Target } from '../load/target.ts';
import { appHost, tokens } from './files.ts';

const organisation = { id: 1, login: 'bench' };

export class EdgeApi {
  readonly #target: Target;

  /** `port`: where the edge listens. */
  constructor(port: number) {
    this.#target = { url: `http://127.0.0.1:${port}`, hostHeader: `${appHost}:${port}` };
  }

  /** @returns the cluster's key and its connector token */
  register(name: string): Promise<{ key: string; token: string }> {
    return this.#call('POST', '/api/v1/clusters', { name, organisation });
  }

  /** Makes the only preview of a cluster public. @returns its URL */
  async publish(cluster: string): Promise<URL> {
    const path = `/api/v1/previews?cluster=${cluster}`;
    const { previews } = await this.#call<{ previews: { label: string; url: string }[] }>(
      'GET',
      path,
    );
    const [preview] = previews;
    if (!preview) throw new Error('the edge has no preview');
    // What is measured is not the quota of strangers.
    const unlimited = { max_public_requests_per_minute: 1e9, max_public_bytes_per_day: 1e15 };
    await this.#call('PATCH', `/api/v1/policy?organisation=${organisation.id}`, unlimited);
    await this.#call('PATCH', `/api/v1/previews/${preview.label}`, { access: 'public' });
    return new URL(preview.url);
  }

  async #call<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    const headers = {
      Authorization: `Bearer ${tokens.operator}`,
      'Content-Type': 'application/json',
    };
    const sent = body ? { body: Buffer.from(JSON.stringify(body)) } : {};
    const { status, body: answer } = await ask(this.#target, method, path, { headers, ...sent });
    if (status >= 200 && status < 300) return JSON.parse(answer.toString()) as Answer;
    throw new Error(`${method} ${path}: status ${status}: ${excerpt(answer)}`);
  }
}
