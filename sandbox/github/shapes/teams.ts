/** A team, as the event of its members has it. */
import type { Addresses } from '../addresses.ts';
import type { Organization } from '../world.ts';
import { nodeId } from './accounts.ts';

export interface Team {
  readonly id: number;
  readonly name: string;
}

export function teamShape(team: Team, { id, login }: Organization, { api, web }: Addresses) {
  const slug = team.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const url = `${api}/organizations/${id}/team/${team.id}`;
  return {
    ...team,
    slug,
    node_id: nodeId('Team', team.id),
    description: null,
    privacy: 'closed',
    notification_setting: 'notifications_enabled',
    url,
    html_url: `${web}/orgs/${login}/teams/${slug}`,
    members_url: `${url}/members{/member}`,
    repositories_url: `${url}/repos`,
    permission: 'pull',
    type: 'organization',
    organization_id: id,
    parent: null,
  };
}
