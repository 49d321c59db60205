/** What people do on GitHub that an app cares about: it changes the world, and is told. */
import { z } from 'zod';
import { actionSchema, type Action } from './action-schemas.ts';
import { actOnApp } from './app-actions.ts';
import { codeActionSchemas, type CodeAction } from './code-action-schemas.ts';
import { actOnCode } from './code-actions.ts';
import type { GitHubEvents } from './events.ts';
import { actOnInstallation } from './installation-actions.ts';
import { actInOrganization, keepNames } from './organization-actions.ts';
import type { GitHubState } from './state.ts';

export type { ActionSeed } from './action-schemas.ts';

function isOfCode(action: Action): action is CodeAction {
  return codeActionSchemas.some(({ shape }) => shape.action.safeParse(action.action).success);
}

export class Actions {
  readonly #state: GitHubState;
  readonly #events: GitHubEvents;

  constructor(state: GitHubState, events: GitHubEvents) {
    this.#state = state;
    this.#events = events;
  }

  /**
   * @returns what the action says that it answers with
   * @throws Error saying what is not there or not valid
   */
  act(seed: unknown): object | undefined {
    const read = actionSchema.safeParse(seed);
    if (!read.success) throw new Error(`no such action: ${z.prettifyError(read.error)}`);
    const action = read.data;
    const told = !('webhook' in action) || action.webhook;
    const doing = { state: this.#state, events: told ? this.#events : this.#events.silent };
    if (isOfCode(action)) return actOnCode(doing, action);
    if ('org' in action) actInOrganization(doing, action);
    else if ('installation_id' in action) actOnInstallation(doing, action);
    else if ('app_id' in action) actOnApp(doing, action);
    else {
      const user = this.#state.userByLogin(action.login);
      if (user === undefined) throw new Error(`there is nobody called ${action.login}`);
      keepNames(doing, user);
      user.login = action.to;
    }
    return undefined;
  }
}
