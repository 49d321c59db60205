/** One public and one private preview of the same origin, and somebody who may see the private one. */
import { appAddressesOf, gitHubOf } from '#sandbox/edge-github.ts';
import { startGitHub } from '#sandbox/github/github.ts';
import { freePort } from '#sandbox/free-port.ts';
import { Stack } from '#sandbox/stack.ts';
import { Visitor } from '#sandbox/visitor.ts';
import type { Origin } from '../contender.ts';
import type { Engine } from '../engine.ts';
import type { Target } from '../load/target.ts';

const organisation = { id: 1, login: 'sandbox' };
const member = 'bob';

/** The ways past the gate, by name. */
export interface GateScene {
  readonly targets: { readonly public: Target; readonly session: Target; readonly token: Target };
  /** Of the edge alone. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

export async function startGateScene(
  engine: Engine,
  folder: string,
  origin: Origin,
): Promise<GateScene> {
  const edgePort = await freePort();
  const gitHub = await startGitHub(appAddressesOf(`http://byway.localhost:${edgePort}`));
  const stack = new Stack({
    dir: folder,
    engine,
    edgePort,
    services: [{ name: 'bench', app: origin.port }],
    // The origin itself: what is measured is the edge.
    ingress: { host: origin.host, port: origin.port, l5: 'bench.localhost' },
    github: gitHubOf(gitHub),
    organisation,
  });
  const stop = async (): Promise<void> => {
    await stack.stop();
    await gitHub.stop();
  };
  try {
    await stack.start();
    const open = await previewOf(stack, 'public');
    const closed = await previewOf(stack, 'private');
    const session = await sessionOf(closed);
    const at = (url: URL, headers: Record<string, string> = {}): Target => ({
      url: `http://127.0.0.1:${edgePort}`,
      hostHeader: url.host,
      headers,
    });
    const targets = {
      public: at(open),
      session: at(closed, { Cookie: session }),
      token: at(closed, { 'X-Byway-Token': await tokenOf(stack) }),
    };
    return { targets, pids: [stack.part('edge').pid], stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function previewOf(stack: Stack, access: 'public' | 'private'): Promise<URL> {
  const made = await stack.byway(
    ...['intercept', 'bench', '--name', access, '--http-header', `x-bench=${access}`],
    ...['--port', '9:http', '--preview-access', access, '--output', 'json'],
  );
  if (made.code !== 0) throw new Error(made.stderr);
  return new URL((JSON.parse(made.stdout) as { preview: { url: string } }).preview.url);
}

async function sessionOf(preview: URL): Promise<string> {
  const person = new Visitor(member);
  await person.open(new URL('/1k', preview));
  const name = '__Host-byway_session';
  const value = person.cookies(preview.origin).get(name);
  if (value === undefined) throw new Error(`${member} has no session`);
  return `${name}=${value}`;
}

async function tokenOf(stack: Stack): Promise<string> {
  const wish = { kind: 'service', name: 'bench', organisation: organisation.id };
  const { status, body } = await stack.api('POST', '/api/v1/tokens', wish);
  if (status !== 201) throw new Error(`no token: ${JSON.stringify(body)}`);
  return (body as { token: string }).token;
}
