import { Agent } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, until, World, type Made } from './world.ts';

/** The issue of healing names 5 s from when the restarted part is ready; the test waits for three times that. */
const limitMs = 15_000;

const world = new World();
let made: Made;
beforeAll(async () => {
  await world.start(
    (_request, response) => response.end('cluster'),
    (_request, response) => response.end('laptop'),
  );
  await world.stack.startPart('daemon');
  made = await world.intercept();
});
afterAll(() => world.stop());

/** Requests by both ways until `stop`; counts what each was answered with. */
function traffic(): { stop(): Promise<Map<string, number>> } {
  const agent = new Agent({ keepAlive: true });
  const seen = new Map<string, number>();
  let over = false;
  const note = (key: string): unknown => seen.set(key, (seen.get(key) ?? 0) + 1);
  const clients = Array.from({ length: 8 }, async (_, index) => {
    const preview = index % 2 === 0;
    const way = preview
      ? { port: world.edgePort, host: new URL(made.preview!.url).host }
      : { port: world.ingressPort };
    while (!over) {
      const answer = await call({ ...way, agent }).catch(() => undefined);
      const text = answer === undefined ? 'broken' : answer.status === 200 ? answer.text : 'error';
      note(`${preview ? 'preview' : 'ingress'} ${text}`);
      // A part that is away answers at once; give it room to come back.
      if (text !== 'laptop' && text !== 'cluster')
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
  return {
    async stop() {
      over = true;
      await Promise.all(clients);
      agent.destroy();
      return seen;
    },
  };
}

describe.each(['edge', 'connector', 'agent-web', 'daemon'])(
  '%s is killed and started again',
  (part) => {
    it('heals by itself; URL and id stay; nothing reaches the wrong side; nothing leaks', async () => {
      const load = traffic();
      const preview = { port: world.edgePort, host: new URL(made.preview!.url).host };
      await until(
        async () => ((await call(preview)).text === 'laptop' ? true : undefined),
        'no preview before',
      );
      await world.stack.part(part).kill();
      await world.stack.startPart(part);
      const ready = performance.now();
      await until(
        async () => ((await call(preview)).text === 'laptop' ? true : undefined),
        `${part}: the preview does not come back`,
        limitMs,
      );
      process.stderr.write(
        `${part}: healed ${Math.round(performance.now() - ready)} ms after it was ready\n`,
      );
      expect((await call({ port: world.ingressPort })).text).toBe('cluster');
      const [header] = made.headers;
      const direct = await call({
        port: world.ingressPort,
        headers: { [header!.name]: header!.value },
      });
      expect(direct.text).toBe('laptop');
      const seen = await load.stop();
      expect(
        [...seen.keys()].filter((key) => key === 'preview cluster' || key === 'ingress laptop'),
      ).toEqual([]);
      expect(seen.get('preview laptop')).toBeGreaterThan(0);
      const status = JSON.parse((await world.stack.byway('status', '--output', 'json')).stdout) as {
        intercepts: { id: string; preview_url: string }[];
        tunnel: Record<string, number>;
      };
      expect(status.intercepts).toMatchObject([{ id: made.id, preview_url: made.preview!.url }]);
      await world.quiet();
      const after = await until(async () => {
        const { stdout } = await world.stack.byway('status', '--output', 'json');
        const { tunnel } = JSON.parse(stdout) as typeof status;
        return tunnel.byway_streams === 0 && tunnel.byway_credit_whole === 1 ? tunnel : undefined;
      }, 'the daemon does not come to rest');
      expect(after.byway_queued_bytes).toBe(0);
    });
  },
);
