/** More people in the organisation, so that each test has its own and ends nobody else's access. */
import { appAddressesOf } from '#sandbox/edge-github.ts';
import { defaultSeed } from '#sandbox/github/seed.ts';
import { byScript, type Seen, type Visitor } from '#sandbox/visitor.ts';
import { organisation, type GateScene } from './scene.ts';

/** Members `m01`, `m02`, …, with numbers from 1101 on. To be called before anybody has logged in. */
export function addMembers({ github, appUrl }: GateScene, count: number): void {
  const seed = defaultSeed(appAddressesOf(appUrl));
  const more = Array.from({ length: count }, (_, index) => ({
    id: 1101 + index,
    login: `m${String(index + 1).padStart(2, '0')}`,
  }));
  const [sandbox, ...others] = seed.organizations ?? [];
  if (!sandbox) throw new Error('the sandbox has another seed');
  github.seed({
    ...seed,
    users: [...(seed.users ?? []), ...more],
    organizations: [
      {
        ...sandbox,
        members: [
          ...(sandbox.members ?? []),
          ...more.map(({ id }) => ({ user_id: id, role: 'member' as const })),
        ],
      },
      ...others,
    ],
  });
}

export function idOf(login: string): number {
  return 1100 + Number(login.slice(1));
}

/** A preview on each of the shards; raises the cluster to two if it has one. */
export async function previewOnEachShard(scene: GateScene): Promise<string[]> {
  const { stack } = scene;
  await stack.api('PATCH', `/api/v1/clusters/${stack.cluster}`, { shards: 2 });
  const origins = new Map<string, string>();
  for (let tries = 0; origins.size < 2 && tries < 40; tries += 1) {
    const origin = await scene.preview();
    const shard = scene.labelOf(origin).split('-')[2]?.slice(-1) ?? '';
    if (!origins.has(shard)) origins.set(shard, origin);
  }
  if (origins.size < 2) throw new Error('all previews are on one shard');
  return [...origins.values()];
}

/** What a page's script gets. */
export function ask(visitor: Visitor, origin: string, path = '/'): Promise<Seen> {
  return visitor.send(`${origin}${path}`, { headers: byScript });
}

/** The code of an error in JSON. */
export function codeOf({ text }: Seen): string | undefined {
  try {
    return (JSON.parse(text) as { error?: { code?: string } }).error?.code;
  } catch {
    return undefined;
  }
}

interface AuditRow {
  actor: string;
  action: string;
  subject: string;
  details: Record<string, unknown>;
}

/** What was done in the organisation, the latest first. */
export async function auditOf({ stack }: GateScene): Promise<AuditRow[]> {
  const path = `/api/v1/audit?organisation=${organisation.id}&limit=100`;
  const { status, body } = await stack.api('GET', path);
  if (status !== 200) throw new Error(JSON.stringify(body));
  return (body as { entries: AuditRow[] }).entries;
}

export async function setPolicy(
  { stack }: GateScene,
  change: Record<string, unknown>,
): Promise<void> {
  const path = `/api/v1/policy?organisation=${organisation.id}`;
  const { status, body } = await stack.api('PATCH', path, change);
  if (status !== 200) throw new Error(JSON.stringify(body));
}
