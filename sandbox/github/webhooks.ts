/**
 * Sends events to apps as GitHub does: signed over the bytes that are sent, ten seconds to answer,
 * never again by itself (https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries).
 */
import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Delivery, DeliveryLog } from './deliveries.ts';
import type { Faults, WebhookFault } from './faults.ts';
import { HeldBack } from './held-back.ts';
import { post, type Posted } from './post.ts';
import type { App } from './world.ts';

export const answerTimeoutMs = 10_000;

export interface Event {
  readonly event: string;
  readonly payload: object;
}

export interface WebhookOptions {
  readonly deliveries: DeliveryLog;
  readonly faults: Faults;
  /** @default answerTimeoutMs */
  readonly timeoutMs?: number;
}

/** Fields of a payload that a delivery repeats. */
interface Named {
  readonly action?: string;
  readonly installation?: { readonly id: number };
  readonly repository?: { readonly id: number };
}

export class Webhooks {
  readonly #deliveries: DeliveryLog;
  readonly #faults: Faults;
  readonly #timeoutMs: number;
  readonly #stopped = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #heldBack = new HeldBack();

  constructor({ deliveries, faults, timeoutMs = answerTimeoutMs }: WebhookOptions) {
    this.#deliveries = deliveries;
    this.#faults = faults;
    this.#timeoutMs = timeoutMs;
  }

  /** @returns the delivery when it has ended, well or not; undefined: no webhook, or a reset since */
  send(app: App, event: Event): Promise<Delivery | undefined> {
    const body = JSON.stringify(event.payload);
    const { action } = event.payload as Named;
    const fault = this.#faults.takeForWebhook(event.event, action);
    const attempts = (): Promise<Delivery | undefined> =>
      this.#track(this.#attempts(app, event.event, body, randomUUID(), fault));
    if (fault?.kind !== 'reorder_webhook') return attempts();
    // Not under way while it is held back: nobody may wait for what waits for others.
    return new Promise((sent) => {
      this.#heldBack.wait(app.id, fault.behind, () => sent(attempts()));
    });
  }

  /** The same event again, under its old GUID. */
  redeliver(app: App, { event, requestBody, guid }: Delivery): Promise<Delivery | undefined> {
    return this.#track(this.#attempt(app, event, requestBody, guid, true, undefined));
  }

  /** When nothing is under way any more; what was held back has then been sent, too. */
  async settled(): Promise<void> {
    do {
      while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    } while (this.#heldBack.letGo() > 0);
  }

  /** Gives up what is under way; nothing is sent afterwards. */
  stop(): void {
    this.#stopped.abort();
    this.#heldBack.letGo();
  }

  #deadline(): AbortSignal {
    return AbortSignal.any([AbortSignal.timeout(this.#timeoutMs), this.#stopped.signal]);
  }

  #track<Result>(work: Promise<Result>): Promise<Result> {
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
    return work;
  }

  async #attempts(
    app: App,
    event: string,
    body: string,
    guid: string,
    fault: WebhookFault | undefined,
  ): Promise<Delivery | undefined> {
    const { generation } = this.#deliveries;
    if (fault?.kind === 'delay_webhook') await pause(fault.ms, undefined, { ref: false });
    if (generation !== this.#deliveries.generation) return undefined;
    const delivery = await this.#attempt(app, event, body, guid, false, fault);
    this.#heldBack.passed(app.id);
    if (fault?.kind !== 'duplicate_webhook') return delivery;
    return this.#attempt(app, event, body, guid, false, undefined);
  }

  async #attempt(
    app: App,
    event: string,
    body: string,
    guid: string,
    redelivery: boolean,
    fault: WebhookFault | undefined,
  ): Promise<Delivery | undefined> {
    const url = app.webhook_url;
    if (url === null) return undefined;
    const { generation } = this.#deliveries;
    const payload = JSON.parse(body) as Named;
    const headers = headersOf(app, event, guid, body);
    const startedAt = performance.now();
    const posted =
      fault?.kind === 'drop_webhook'
        ? dropped
        : await post(new URL(url), headers, Buffer.from(body), this.#deadline());
    if (generation !== this.#deliveries.generation) return undefined;
    return this.#deliveries.add({
      appId: app.id,
      guid,
      redelivery,
      durationMs: performance.now() - startedAt,
      status: posted.status,
      statusCode: posted.statusCode,
      event,
      action: payload.action ?? null,
      installationId: payload.installation?.id ?? null,
      repositoryId: payload.repository?.id ?? null,
      url,
      requestHeaders: headers,
      requestBody: body,
      responseHeaders: posted.headers,
      responseBody: posted.body,
    });
  }
}

/** Lost on the way: the log has it as GitHub would, as a failure. */
const dropped: Posted = {
  status: 'failed to connect to host',
  statusCode: 502,
  headers: null,
  body: null,
};

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers */
function headersOf(app: App, event: string, guid: string, body: string): Record<string, string> {
  const signature = (algorithm: string): string =>
    `${algorithm}=${createHmac(algorithm, app.webhook_secret).update(body).digest('hex')}`;
  return {
    Accept: '*/*',
    'Content-Type': 'application/json',
    'User-Agent': 'GitHub-Hookshot/5andb0x',
    'X-GitHub-Delivery': guid,
    'X-GitHub-Event': event,
    'X-GitHub-Hook-ID': String(app.id * 1000),
    'X-GitHub-Hook-Installation-Target-ID': String(app.id),
    'X-GitHub-Hook-Installation-Target-Type': 'integration',
    'X-Hub-Signature': signature('sha1'),
    'X-Hub-Signature-256': signature('sha256'),
  };
}
