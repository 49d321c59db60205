/** `POST /webhooks/github`: what GitHub tells about members and installations takes hold at once. */
import type { Handler } from 'hono';
import { newsOf } from '../github/news.ts';
import { maxWebhookBytes, verifyWebhook, type WebhookFault } from '../github/webhook.ts';
import { bytesOf } from './body.ts';
import { ApiError, invalid } from './failure.ts';
import { takePullNews } from './pull-news.ts';
import type { ApiServices, GitHubAccess } from './services.ts';

/**
 * 202 when the news is known to every object that it concerns, and for what concerns none of them. A
 * throw is answered by 500: GitHub notes a failure, and the delivery is asked for again.
 */
export function gitHubWebhook({ objects, log }: ApiServices, { config }: GitHubAccess): Handler {
  return async (c) => {
    // One byte more is refused before anything is computed (threat 43).
    const body = await bytesOf(c, maxWebhookBytes);
    const delivery = await verifyWebhook(body, c.req.raw.headers, config.webhookSecrets);
    if (delivery.kind === 'refused') throw refusal(delivery.reason);
    const { payload, bodyHash, delivery: guid } = delivery;
    const told = newsOf(payload);
    if (told && 'kind' in told) await objects.identity().endPerson(told.userId);
    else if (told) {
      const { organisationId: organisation, news } = told;
      const outcome = await objects.org(organisation).told({ guid, bodyHash }, news);
      log.info({ delivery: guid, organisation, news: news.kind, outcome }, 'webhook');
    }
    const outcome = await takePullNews({ objects, log }, guid, payload);
    if (outcome !== 'nothing') log.info({ delivery: guid, outcome }, 'webhook');
    // GitHub notes a failure, and the delivery is asked for again.
    return c.body(null, outcome === 'full' ? 503 : 202);
  };
}

function refusal(reason: WebhookFault): ApiError {
  switch (reason) {
    case 'too-large':
      return new ApiError('BW-5006', { limit: maxWebhookBytes });
    case 'missing-signature':
    case 'wrong-signature':
      return new ApiError('BW-5014');
    case 'missing-header':
      return invalid('X-GitHub-Event or X-GitHub-Delivery is missing or malformed');
    case 'not-json':
      return invalid('the body is no JSON object');
  }
}
