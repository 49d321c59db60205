/** What an app was sent, and sending it again. */
import type { Delivery } from '../deliveries.ts';
import { perPageOf } from '../paging.ts';
import { ApiError, ok } from '../reply.ts';
import { asApp, param, type Call, type Operations } from './call.ts';
import type { App } from '../world.ts';

export const deliveryOperations: Operations = {
  'apps/list-webhook-deliveries': asApp((call, { app }) => {
    const status = call.url.searchParams.get('status');
    const all = call.deliveries.of(app.id).filter((delivery) => hasOutcome(delivery, status));
    const cursor = call.url.searchParams.get('cursor');
    const start = cursor === null ? 0 : all.findIndex(({ id }) => id <= cursorId(cursor));
    const perPage = perPageOf(call.url);
    const page = start < 0 ? [] : all.slice(start, start + perPage);
    const next = start < 0 ? undefined : all[start + perPage];
    const there = new URL(call.url);
    if (next !== undefined) there.searchParams.set('cursor', `v1_${next.id}`);
    return ok(
      page.map((delivery) => itemOf(call, delivery)),
      next === undefined ? {} : { link: `<${there.href}>; rel="next"` },
    );
  }),

  'apps/get-webhook-delivery': asApp((call, { app }) => {
    const delivery = deliveryOf(call, app);
    return ok({
      ...itemOf(call, delivery),
      url: delivery.url,
      request: {
        headers: delivery.requestHeaders,
        payload: JSON.parse(delivery.requestBody) as unknown,
      },
      response: { headers: delivery.responseHeaders, payload: delivery.responseBody },
    });
  }),

  'apps/redeliver-webhook-delivery': asApp((call, { app }) => {
    call.redeliver(app, deliveryOf(call, app));
    return { status: 202, body: {} };
  }),
};

/** "`failure` returns deliveries with a `status_code` in the 400-599 range (inclusive)." */
function hasOutcome({ statusCode }: Delivery, status: string | null): boolean {
  if (status === null) return true;
  const failed = statusCode >= 400 && statusCode <= 599;
  return status === 'failure' ? failed : statusCode >= 200 && statusCode <= 399;
}

function cursorId(cursor: string): number {
  const id = Number(/^v1_(\d+)$/.exec(cursor)?.[1]);
  if (!Number.isSafeInteger(id)) throw new ApiError(400, 'Invalid cursor');
  return id;
}

function deliveryOf(call: Call, app: App): Delivery {
  const id = Number(param(call, 'delivery_id'));
  const found = call.deliveries.of(app.id).find((delivery) => delivery.id === id);
  if (found === undefined) throw new ApiError(404, 'Not Found');
  return found;
}

function itemOf({ state }: Call, delivery: Delivery) {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: state.clock.timestamp(delivery.deliveredAtMs),
    redelivery: delivery.redelivery,
    duration: Math.round(delivery.durationMs) / 1000,
    status: delivery.status,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  };
}
