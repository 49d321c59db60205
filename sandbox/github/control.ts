/** `/_sandbox/…`: how a test or a demo steers the sandbox. GitHub has nothing of the kind. */
import { z } from 'zod';
import { json, type Incoming, type Outgoing } from './http.ts';
import { discovery, keySet, workflowToken } from './oidc.ts';
import type { GitHub } from './sandbox.ts';

export const controlRoot = '/_sandbox';

const byHand = z.strictObject({
  app_id: z.int().positive().optional(),
  event: z.string(),
  payload: z.record(z.string(), z.unknown()),
});

type Route = (github: GitHub, incoming: Incoming) => unknown;

/** What is undefined is answered with 204, anything else with 200. */
const routes: Readonly<Record<string, Route>> = {
  'POST /reset': (github) => github.reset(),
  'POST /seed': (github, incoming) => github.seed(bodyOf(incoming)),
  'GET /state': (github) => github.state.world,
  'GET /violations': (github) => github.journal.violations,
  'GET /requests': (github) => github.journal.requests,
  /** When all have ended; what was held back is sent first. */
  'GET /deliveries': async (github) => {
    await github.webhooks.settled();
    return github.deliveries.all();
  },
  'GET /faults': (github) => github.faults.list(),
  /** One fault or a list of them. */
  'POST /faults': (github, incoming) => {
    for (const fault of [bodyOf(incoming)].flat()) github.faults.arm(fault);
  },
  'DELETE /faults': (github) => github.faults.clear(),
  /** Answers with what the action says, or with nothing. */
  'POST /actions': (github, incoming) => github.actions.act(bodyOf(incoming)),
  /** Puts the sandbox's clock forward. */
  'POST /clock': (github, incoming) => {
    const { advance_ms } = z.strictObject({ advance_ms: z.int().min(0) }).parse(bodyOf(incoming));
    github.state.clock.advance(advance_ms);
  },
  /** Sends any event with any payload, signed; answers with the delivery when it has ended. */
  'POST /webhooks': async (github, incoming) => {
    const { app_id, event, payload } = byHand.parse(bodyOf(incoming));
    const app = app_id === undefined ? github.state.world.apps[0] : github.state.app(app_id);
    if (app === undefined) throw new Error('there is no such app');
    const delivery = await github.webhooks.send(app, { event, payload });
    if (delivery === undefined) throw new Error(`${app.slug} has no webhook_url`);
    return delivery;
  },
  'GET /oidc/.well-known/openid-configuration': (_github, incoming) =>
    discovery(issuerOf(incoming)),
  'GET /oidc/.well-known/jwks': () => keySet(),
  'POST /oidc/token': (github, incoming) => ({
    value: workflowToken(bodyOf(incoming), issuerOf(incoming), github.state),
  }),
};

export async function controlAnswer(github: GitHub, incoming: Incoming): Promise<Outgoing> {
  const { method, url } = incoming;
  const route = routes[`${method} ${url.pathname.slice(controlRoot.length)}`];
  if (route === undefined) {
    const known = Object.keys(routes).map((name) => name.replace(' ', ` ${controlRoot}`));
    return json(404, { message: 'no such control', known });
  }
  try {
    const value = await route(github, incoming);
    return value === undefined ? json(204, undefined) : json(200, value);
  } catch (error) {
    return json(400, { message: error instanceof Error ? error.message : String(error) });
  }
}

/** Of the tokens of workflows: the address under which this request has found it. */
function issuerOf({ url }: Incoming): string {
  return `http://${url.host}${controlRoot}/oidc`;
}

function bodyOf({ body }: Incoming): unknown {
  return body.length === 0 ? {} : (JSON.parse(body.toString()) as unknown);
}
