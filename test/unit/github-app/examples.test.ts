/** GitHub's own example payloads, as Octokit publishes them, through what takes deliveries in. */
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { newsOf } from '#edge/github/news.ts';
import { eventOf } from '#github-app/events.ts';

interface Examples {
  name: string;
  examples: Record<string, unknown>[];
}

const require = createRequire(import.meta.url);
const all = require('@octokit/webhooks-examples') as Examples[];

/** Events that the app subscribes to, and those that GitHub sends to every app. */
const ours = [
  'pull_request',
  'issue_comment',
  'push',
  'repository',
  'organization',
  'member',
  'membership',
  'team',
  'installation',
  'installation_repositories',
  'github_app_authorization',
];

/** The examples come from webhooks of repositories; one of an app says by which installation. */
const asOfApp = (payload: Record<string, unknown>): Record<string, unknown> => ({
  installation: { id: 5, node_id: 'MDIz' },
  ...payload,
});

describe.each(ours)('%s', (name) => {
  const { examples = [] } = all.find((each) => each.name === name) ?? {};

  it('has examples', () => expect(examples.length).toBeGreaterThan(0));

  it.each(examples.map((payload, index) => [index, String(payload.action), payload] as const))(
    'example %i, %s, is taken without an error',
    (_index, action, payload) => {
      for (const one of [payload, asOfApp(payload)]) {
        expect(() => newsOf(one)).not.toThrow();
        expect(() => eventOf(one)).not.toThrow();
      }
      const event = eventOf(asOfApp(payload));
      const isOfPull = ['opened', 'reopened', 'closed', 'synchronize', 'edited'].includes(action);
      if (name === 'pull_request') expect(event !== undefined).toBe(isOfPull);
    },
  );
});

it('no example of any other event is taken for one of ours', () => {
  const others = all.filter(({ name }) => !ours.includes(name));
  expect(others.length).toBeGreaterThan(30);
  for (const { examples } of others) {
    for (const payload of examples) {
      expect(newsOf(asOfApp(payload))).toBeUndefined();
      expect(eventOf(asOfApp(payload))).toBeUndefined();
    }
  }
});
