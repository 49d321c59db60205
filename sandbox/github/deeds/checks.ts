/** Somebody presses a button of a check run: told to the app whose run it is, and to no other. */
import { checkRunShape } from '../shapes/checks.ts';
import type { CheckRun } from '../world.ts';
import { person, type Doing } from './doing.ts';

/** @throws Error when the run has no such button */
export function requestCheckAction(
  { state, events }: Doing,
  run: CheckRun,
  identifier: string,
  userId: number,
): void {
  const repository = state.repository(run.repository_id);
  if (repository === undefined) throw new Error(`check run ${run.id} is nowhere`);
  if (!run.actions.some((action) => action.identifier === identifier)) {
    throw new Error(`check run ${run.id} has no action ${identifier}`);
  }
  events.inRepository(repository, {
    event: 'check_run',
    permission: 'checks',
    sender: person({ id: userId }),
    appId: run.app_id,
    payload: {
      action: 'requested_action',
      requested_action: { identifier },
      check_run: checkRunShape(run, repository, state, events.addresses),
    },
  });
}
