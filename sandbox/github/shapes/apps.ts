/** Apps and their installations as the API writes them. */
import type { Addresses } from '../addresses.ts';
import type { App, Installation, Organization } from '../world.ts';
import { accountShape, founded, nodeId } from './accounts.ts';

/** `integration`. */
export function appShape(
  app: App,
  owner: Organization,
  installations: number,
  addresses: Addresses,
) {
  return {
    id: app.id,
    slug: app.slug,
    node_id: nodeId('Integration', app.id),
    client_id: app.client_id,
    owner: accountShape(owner, addresses, 'Organization'),
    name: app.name,
    description: '',
    external_url: addresses.web,
    html_url: `${addresses.web}/apps/${app.slug}`,
    created_at: founded,
    updated_at: founded,
    permissions: app.permissions,
    events: app.events,
    installations_count: installations,
  };
}

/** `installation`. */
export function installationShape(
  installation: Installation,
  app: App,
  account: Organization,
  addresses: Addresses,
) {
  const { id, permissions, suspended_at } = installation;
  const owner = accountShape(account, addresses, 'Organization');
  return {
    id,
    client_id: app.client_id,
    account: owner,
    repository_selection: installation.repository_ids === null ? 'all' : 'selected',
    access_tokens_url: `${addresses.api}/app/installations/${id}/access_tokens`,
    repositories_url: `${addresses.api}/installation/repositories`,
    html_url: `${addresses.web}/organizations/${account.login}/settings/installations/${id}`,
    app_id: app.id,
    app_slug: app.slug,
    target_id: account.id,
    target_type: 'Organization',
    permissions,
    events: app.events,
    created_at: founded,
    updated_at: suspended_at ?? founded,
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: suspended_at === null ? null : owner,
    suspended_at,
  };
}
