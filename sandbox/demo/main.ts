/**
 * `npm run demo`: a preview URL of a sample shop whose reviews come from "the laptop". Stays until
 * Ctrl-C; leaves nothing behind.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { Engine } from '../edge-part.ts';
import { freePort } from '../free-port.ts';
import { findNginx, startNginx } from '../ingress/nginx.ts';
import { portOf, startFile, type Running } from '../process.ts';
import { Stack } from '../stack.ts';

const shopHost = 'shop.localhost';

const made = z.object({
  id: z.string(),
  name: z.string(),
  headers: z.array(z.object({ name: z.string(), value: z.string() })).min(1),
  preview: z.object({ url: z.string() }),
});

interface Flags {
  json: boolean;
  engine: Engine;
  edgePort: number | undefined;
  ingressPort: number | undefined;
  laptopPort: number | undefined;
}

function flags(): Flags {
  try {
    const { values } = parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        engine: { type: 'string', default: 'node' },
        'edge-port': { type: 'string' },
        'ingress-port': { type: 'string' },
        'laptop-port': { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(
        'npm run demo -- [--json] [--engine node|cloudflare] [--edge-port N] [--ingress-port N] [--laptop-port N]\n',
      );
      process.exit(0);
    }
    const port = (name: 'edge-port' | 'ingress-port' | 'laptop-port'): number | undefined => {
      const text = values[name];
      if (text === undefined) return undefined;
      const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
      if (number < 1 || number > 65_535)
        throw new Error(`--${name} ${text}: must be a port from 1 to 65535`);
      return number;
    };
    const { engine } = values;
    if (engine !== 'node' && engine !== 'cloudflare')
      throw new Error(`--engine ${engine}: must be node or cloudflare`);
    return {
      json: values.json,
      engine,
      edgePort: port('edge-port'),
      ingressPort: port('ingress-port'),
      laptopPort: port('laptop-port'),
    };
  } catch (error) {
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  }
}

class Demo {
  readonly #dir = mkdtempSync(join(tmpdir(), 'byway-demo-'));
  readonly #running: Running[] = [];
  readonly #flags: Flags;
  #stopIngress: () => Promise<void> = () => Promise.resolve();
  #stack: Stack | undefined;

  constructor(options: Flags) {
    this.#flags = options;
  }

  async start(): Promise<Record<string, unknown>> {
    const { edgePort, ingressPort = await freePort(), laptopPort = await freePort() } = this.#flags;
    this.#say('Starting the shop: web → catalog → reviews, each behind an agent …');
    const agents = { web: await freePort(), catalog: await freePort(), reviews: await freePort() };
    const at = (port: number): string => `http://127.0.0.1:${port}`;
    const reviews = await this.#service('reviews', '--version', 'cluster');
    const catalog = await this.#service('catalog', '--next', at(agents.reviews));
    const web = await this.#service('web', '--next', at(agents.catalog));
    const local = await this.#service(
      'reviews',
      '--version',
      'laptop',
      '--port',
      String(laptopPort),
    );
    const ingressPid = await this.#ingress(ingressPort, agents.web);

    this.#say(`Starting edge (${this.#flags.engine}), connector and agents …`);
    const stack = new Stack({
      dir: this.#dir,
      engine: this.#flags.engine,
      ...(edgePort === undefined ? {} : { edgePort }),
      services: [
        { name: 'web', app: portOf(web, 'http'), listen: agents.web },
        { name: 'catalog', app: portOf(catalog, 'http'), listen: agents.catalog },
        { name: 'reviews', app: portOf(reviews, 'http'), listen: agents.reviews },
      ],
      ingress: { host: '127.0.0.1', port: ingressPort, l5: shopHost },
    });
    this.#stack = stack;
    await stack.start();
    const daemon = await stack.startPart('daemon');

    this.#say(`Intercepting reviews: byway intercept reviews --port ${laptopPort}:http …`);
    const result = await stack.byway(
      'intercept',
      'reviews',
      '--port',
      `${laptopPort}:http`,
      '--preview-access',
      'public',
      '--output',
      'json',
    );
    if (result.code !== 0) throw new Error(`byway intercept failed: ${result.stderr}`);
    const intercept = made.parse(JSON.parse(result.stdout));
    const pids: Record<string, number> = {
      demo: process.pid,
      ingress: ingressPid,
      laptop: local.pid,
      daemon: daemon.pid,
    };
    for (const [name, { pid }] of stack.parts) pids[name] = pid;
    Object.assign(pids, {
      'app-web': web.pid,
      'app-catalog': catalog.pid,
      'app-reviews': reviews.pid,
    });
    return {
      edge: { app: stack.appUrl, preview_domain: 'preview.localhost' },
      ingress: { url: `http://${shopHost}:${ingressPort}`, host: shopHost },
      preview: { url: intercept.preview.url },
      intercept: { id: intercept.id, name: intercept.name, header: intercept.headers[0] },
      laptop: { url: at(laptopPort) },
      pids,
    };
  }

  async stop(): Promise<void> {
    await this.#stack?.stop();
    await this.#stopIngress();
    for (const running of this.#running.toReversed()) await running.stop();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #say(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  async #service(name: string, ...args: string[]): Promise<Running> {
    const running = await startFile('sandbox/shop/main.ts', ['--service', name, ...args]);
    this.#running.push(running);
    return running;
  }

  async #ingress(port: number, web: number): Promise<number> {
    const rules = [{ host: shopHost, port: web }];
    const nginx = findNginx();
    if (nginx !== undefined) {
      const ingress = await startNginx(nginx, { dir: join(this.#dir, 'nginx'), port, rules });
      this.#stopIngress = () => ingress.stop();
      return ingress.pid;
    }
    this.#say('nginx is not installed; using the sandbox’s own ingress.');
    const args = ['--port', String(port), '--rules', JSON.stringify(rules)];
    const own = await startFile('sandbox/ingress/main.ts', args);
    this.#running.push(own);
    return own.pid;
  }
}

const options = flags();
const demo = new Demo(options);
let stopping: Promise<void> | undefined;
const stop = (code: number): void => {
  stopping ??= demo.stop().then(
    () => process.exit(code),
    (error: unknown) => {
      process.stderr.write(`demo: ${String(error)}\n`);
      process.exit(1);
    },
  );
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(0));
try {
  const facts = await demo.start();
  if (options.json) process.stdout.write(`${JSON.stringify(facts)}\n`);
  else process.stdout.write(summary(facts as never));
  setInterval(() => {}, 1 << 30);
} catch (error) {
  if (!stopping)
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
  stop(1);
}

function summary(facts: {
  ingress: { url: string };
  preview: { url: string };
  intercept: { header: { name: string; value: string } };
}): string {
  const { name, value } = facts.intercept.header;
  return `
The cluster's version:  ${facts.ingress.url}
The laptop's version:   ${facts.preview.url}

Only requests with this header reach the laptop; the preview URL adds it:
  curl -H '${name}: ${value}' ${facts.ingress.url}

Ctrl-C ends everything.
`;
}
