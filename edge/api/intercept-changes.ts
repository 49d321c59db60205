/** Ending an intercept from here, by one set of rules for API and dashboard. */
import type { InterceptView } from '../objects/calls.ts';
import { ApiError, forbidden, valueOf } from './failure.ts';
import { clusterFor } from './places.ts';
import { notePreview } from './preview-changes.ts';
import { isAdmin, mayChange, type Principal } from './principal.ts';
import type { ApiServices } from './services.ts';

/** Its traffic goes to the cluster's own version again; its previews end. @throws ApiError */
export async function endIntercept(
  services: Pick<ApiServices, 'objects'>,
  principal: Principal,
  key: string,
  id: string,
): Promise<void> {
  const { cluster, organisationId } = await clusterFor(services, principal, key);
  mayChange(principal);
  const found = (await cluster.intercepts())?.find((each) => each.id === id);
  if (!found) throw noIntercept(id);
  const by = { login: endedBy(principal, found) };
  const previews = (await cluster.list())?.filter(({ intercept }) => intercept.id === id) ?? [];
  valueOf(await cluster.endIntercept(id, by));
  const { name, workload, namespace, owner } = found;
  const details = { cluster: key, name, workload, namespace, owner: owner.id };
  const { actor } = principal;
  await services.objects
    .org(organisationId)
    .note({ actor, action: 'intercept.end', subject: id, details });
  const why = { reason: 'left', intercept: id };
  for (const preview of previews) {
    await notePreview(services, principal, organisationId, 'preview.remove', preview, why);
  }
}

/**
 * A connector that knows its owners by name only gives them the id 0, which nobody has at GitHub.
 */
export function mayEndIntercept(principal: Principal, owner: InterceptView['owner']): boolean {
  if (principal.kind !== 'person') return principal.kind === 'operator';
  return owner.id === principal.user.id || isAdmin(principal);
}

/** What its owner is told. @throws ApiError */
function endedBy(principal: Principal, { owner }: InterceptView): string {
  if (mayEndIntercept(principal, owner)) {
    return principal.kind === 'person' ? principal.user.login : 'operator';
  }
  throw forbidden(`only ${owner.login} or an owner of the organisation at GitHub may end it`);
}

function noIntercept(id: string): ApiError {
  return new ApiError('BW-5003', { reason: `there is no intercept “${id}”` });
}
