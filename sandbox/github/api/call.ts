/** What an operation of the API is given and gives back. */
import type { Actor, AppActor, ClientActor, InstallationActor, UserActor } from '../actor.ts';
import type { Addresses } from '../addresses.ts';
import type { Delivery, DeliveryLog } from '../deliveries.ts';
import type { GitHubEvents } from '../events.ts';
import { ApiError, notAccessible, requiresAuthentication, type Reply } from '../reply.ts';
import type { GitHubState } from '../state.ts';
import type { App } from '../world.ts';

export interface Call {
  readonly operationId: string;
  readonly method: string;
  readonly actor: Actor;
  readonly params: Readonly<Record<string, string>>;
  readonly url: URL;
  /** Lower case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** JSON that fits the description of the operation. */
  readonly body: unknown;
  readonly addresses: Addresses;
  readonly state: GitHubState;
  readonly deliveries: DeliveryLog;
  readonly events: GitHubEvents;
  /** Sends an event again; nobody waits for it. */
  readonly redeliver: (app: App, delivery: Delivery) => void;
}

export type Operation = (call: Call) => Reply | Promise<Reply>;
export type Operations = Readonly<Record<string, Operation>>;

type Inner<Kind extends Actor> = (call: Call, actor: Kind) => Reply | Promise<Reply>;

/** For an app that signs with its key; whoever shows anything else has shown no such signature. */
export function asApp(inner: Inner<AppActor>): Operation {
  return (call) => {
    if (call.actor.kind !== 'app') {
      throw new ApiError(401, 'A JSON web token could not be decoded');
    }
    return inner(call, call.actor);
  };
}

/** For a person, through an app. An installation is nobody in particular. */
export function asUser(inner: Inner<UserActor>): Operation {
  return (call) => {
    if (call.actor.kind === 'installation') throw notAccessible();
    if (call.actor.kind !== 'user') throw requiresAuthentication();
    return inner(call, call.actor);
  };
}

/** For an app that shows its client secret. */
export function asClient(inner: Inner<ClientActor>): Operation {
  return (call) => {
    if (call.actor.kind !== 'client') throw requiresAuthentication();
    return inner(call, call.actor);
  };
}

/** For an app's installation alone. */
export function asInstallation(inner: Inner<InstallationActor>): Operation {
  return (call) => {
    if (call.actor.kind === 'user') throw notAccessible();
    if (call.actor.kind !== 'installation') throw requiresAuthentication();
    return inner(call, call.actor);
  };
}

/** For an app's installation or a person. */
export function asReader(inner: Inner<InstallationActor | UserActor>): Operation {
  return (call) => {
    const { actor } = call;
    if (actor.kind !== 'installation' && actor.kind !== 'user') throw requiresAuthentication();
    return inner(call, actor);
  };
}

/** A number of a path. */
export function numberParam(call: Call, name: string): number {
  return Number(param(call, name));
}

/** @throws ApiError when the request has no such part: its path was matched, so it has */
export function param(call: Call, name: string): string {
  const value = call.params[name];
  if (value === undefined) throw new ApiError(500, `no ${name} in ${call.operationId}`);
  return value;
}
