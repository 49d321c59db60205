/**
 * Every error that a viewer, a client of the API or a user of the CLI can meet, once; those of the
 * login, BW-60xx, are in `edge/login/denials.ts` with what only they have. `{name}` in a text is a
 * parameter; a text whose parameter is missing says "unknown" there.
 */

export interface ErrorKind {
  status: number;
  title: string;
  detail: string;
  action: string;
}

export const errorKinds = {
  'BW-1001': {
    status: 401,
    title: 'This preview is not open to you',
    detail: 'There is no preview here that you may see: it is private, has ended, or never was.',
    action: 'Ask the person who sent you the link whether the preview is still running and public.',
  },
  'BW-1002': {
    status: 400,
    title: 'Unknown host',
    detail: 'The host “{host}” is neither this gateway nor one of its previews.',
    action: 'Check the address. A preview has the form <label>.{domain}.',
  },
  'BW-1003': {
    status: 400,
    title: 'Bad request',
    detail: 'The request cannot be relayed: {reason}.',
    action: 'Correct the request and send it again.',
  },
  'BW-1004': {
    status: 405,
    title: 'Method not allowed',
    detail: '{method} is not relayed by this gateway.',
    action: 'Use another method.',
  },
  'BW-1005': {
    status: 404,
    title: 'Not found',
    detail: 'The gateway has no page “{path}”. Paths under /.byway/ are its own.',
    action: 'Check the address.',
  },
  'BW-1006': {
    status: 431,
    title: 'Request head too large',
    detail: 'The head of the request is larger than {limit} bytes or has too many fields.',
    action: 'Send fewer or smaller header fields; clearing the cookies of this site often helps.',
  },
  'BW-1007': {
    status: 403,
    title: 'WebSocket from another site',
    detail: 'The WebSocket’s Origin is not this preview’s.',
    action: 'Open it from a page of the preview, or send X-Byway-Token and no Origin.',
  },
  'BW-1008': {
    status: 429,
    title: 'Too many requests',
    detail: 'This public preview gets more requests than its organisation allows.',
    action: 'Try again in a minute.',
  },
  'BW-1009': {
    status: 429,
    title: 'Used up for today',
    detail: 'This public preview has sent as much as its organisation allows in a day.',
    action: 'Try again tomorrow, or ask the person who sent you the link to make it private.',
  },
  'BW-2001': {
    status: 503,
    title: 'The cluster is not connected',
    detail: 'The connector of this preview’s cluster is away at the moment.',
    action:
      'It reconnects by itself; try again in a few seconds. If not, look at the connector’s log.',
  },
  'BW-2002': {
    status: 503,
    title: 'Too many requests at once',
    detail: 'The tunnel to the cluster carries as many requests as it may.',
    action: 'Try again in a moment.',
  },
  'BW-2003': {
    status: 502,
    title: 'The cluster broke off',
    detail: 'The tunnel to the cluster was lost before the answer came.',
    action: 'Try again. The request may have been carried out.',
  },
  'BW-3001': {
    status: 502,
    title: 'The ingress refuses connections',
    detail: 'Nothing listens at the ingress {address}.',
    action: 'Check host and port of the ingress, and create the preview again with the right ones.',
  },
  'BW-3002': {
    status: 502,
    title: 'The ingress has another idea of TLS',
    detail: 'A TLS connection to the ingress {address} failed: {reason}.',
    action:
      'Check whether the ingress speaks TLS on that port, its certificate, and ca_file or insecure.',
  },
  'BW-3003': {
    status: 502,
    title: 'The ingress may not be reached',
    detail: 'The connector does not dial {address}: {reason}.',
    action: 'Name the address under ingresses or ingress_allow in the connector’s configuration.',
  },
  'BW-3004': {
    status: 502,
    title: 'The ingress cannot be found',
    detail: 'The name of the ingress {address} does not resolve: {reason}.',
    action: 'Check the ingress host of the preview.',
  },
  'BW-3005': {
    status: 504,
    title: 'The ingress does not answer',
    detail: 'The ingress {address} gave no {what} within {seconds} s.',
    action: 'Try again; look whether the ingress is overloaded or a firewall drops packets.',
  },
  'BW-3006': {
    status: 502,
    title: 'The ingress broke off',
    detail:
      'The connection to the ingress {address} ended before its answer was complete: {reason}.',
    action: 'Try again; look at the log of the ingress.',
  },
  'BW-4001': {
    status: 502,
    title: 'Nothing listens on the laptop',
    detail:
      'The intercept “{intercept}” sends this request to {laptop}, where nothing listens on {port}.',
    action:
      'Start the local process on that port, or end the intercept with: byway leave {intercept}',
  },
  'BW-4002': {
    status: 503,
    title: 'The laptop is away',
    detail: 'The intercept “{intercept}” sends this request to {laptop}, which is not connected.',
    action:
      'It resumes by itself when the laptop is back. The intercept can be ended with: byway leave {intercept}',
  },
  'BW-4003': {
    status: 502,
    title: 'The laptop broke off',
    detail:
      'The local process at {laptop} port {port} ended the connection before its answer was complete.',
    action: 'Look at the output of the local process.',
  },
  'BW-4004': {
    status: 502,
    title: 'The app does not answer',
    detail: 'The app behind the agent at {address} refuses connections or broke off.',
    action: 'Look at the pod of the workload; it may be starting.',
  },
  'BW-4005': {
    status: 503,
    title: 'The intercept is waiting',
    detail: 'The intercept “{intercept}” of this preview is not active: its laptop is away.',
    action: 'It resumes by itself when the laptop is back.',
  },
  'BW-5001': {
    status: 401,
    title: 'Not authorized',
    detail: 'The request has no valid bearer token.',
    action: 'Send Authorization: Bearer <token>.',
  },
  'BW-5002': {
    status: 400,
    title: 'Invalid request',
    detail: '{reason}',
    action: 'The document at /api/v1/openapi.json describes what is accepted.',
  },
  'BW-5003': {
    status: 404,
    title: 'No such thing',
    detail: '{reason}',
    action: 'List what there is first.',
  },
  'BW-5004': {
    status: 409,
    title: 'Conflict',
    detail: '{reason}',
    action: 'Use another name or remove what is there.',
  },
  'BW-5005': {
    status: 422,
    title: 'Refused by the cluster',
    detail: '{reason}',
    action: 'Correct the named part.',
  },
  'BW-5006': {
    status: 413,
    title: 'Too large',
    detail: 'The body is larger than {limit} bytes.',
    action: 'Send less.',
  },
  'BW-5007': {
    status: 403,
    title: 'Not allowed',
    detail: 'You may not do this: {reason}.',
    action: 'Ask the person it belongs to, or an owner of the organisation at GitHub.',
  },
  'BW-5008': {
    status: 403,
    title: 'This is a connector token',
    detail: 'The token of a connector serves its tunnel and nothing else.',
    action: 'Log in with: byway login; for a program make a token with: byway token create',
  },
  'BW-5009': {
    status: 401,
    title: 'The token has ended',
    detail: 'The token is {reason}.',
    action: 'Make a new one with: byway token create',
  },
  'BW-5010': {
    status: 403,
    title: 'Not public',
    detail: 'The policy forbids it: {reason}.',
    action: 'An owner of the organisation at GitHub can change the policy.',
  },
  'BW-5011': {
    status: 409,
    title: 'Too many previews',
    detail: '{owner} has as many previews as the organisation allows, which is {limit}.',
    action: 'Remove one first: byway leave <name>',
  },
  'BW-5012': {
    status: 403,
    title: 'The workflow is not accepted',
    detail: 'The token of the workflow does not do: {reason}.',
    action: 'docs/api.md shows a workflow that works.',
  },
  'BW-5013': {
    status: 503,
    title: 'GitHub does not answer',
    detail: 'The keys that tokens of workflows are verified with could not be fetched.',
    action: 'Try again in a little while; githubstatus.com tells about disturbances.',
  },
  'BW-5014': {
    status: 401,
    title: 'The signature is not valid',
    detail: 'X-Hub-Signature-256 is missing, or was not made with the secret of this webhook.',
    action: 'Compare the webhook secret of the GitHub App with the one in the configuration.',
  },
  'BW-9001': {
    status: 500,
    title: 'Internal error',
    detail: 'Something went wrong here; it is in the log.',
    action: 'Try again; report it if it goes on.',
  },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorKinds;
export type ErrorParameters = Readonly<Record<string, string | number>>;

/** The text with its parameters put in. Parameters are cut to 300 characters. */
export function fill(text: string, parameters: ErrorParameters): string {
  return text.replaceAll(/\{(\w+)\}/g, (_all, name: string) =>
    String(parameters[name] ?? 'unknown').slice(0, 300),
  );
}

/** `{"error":{…}}` of the JSON answers, the same in every part of Byway. */
export function errorBody(code: ErrorCode, parameters: ErrorParameters = {}) {
  const kind = errorKinds[code];
  return {
    error: {
      code,
      status: kind.status,
      title: kind.title,
      detail: fill(kind.detail, parameters),
      action: fill(kind.action, parameters),
    },
  };
}
