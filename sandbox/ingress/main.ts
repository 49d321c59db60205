/**
 * The sandbox's own ingress as a process: `--config JSON`, which is `IngressOptions`; or, all on
 * 127.0.0.1, `--port N --rules '[{"host":…,"port":…}]'`. One JSON line when it listens.
 */
import { parseArgs } from 'node:util';
import type { IngressOptions } from './ingress.ts';
import { startOwnIngress } from './own.ts';

try {
  const options = optionsOf();
  const ingress = await startOwnIngress(options);
  const port = options.listen?.port ?? options.tls?.port;
  const ready = { url: ingress.url, port, ready: true, ports: { http: port } };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => void ingress.stop().then(() => process.exit(0)));
  }
} catch (error) {
  process.stderr.write(`ingress: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

function optionsOf(): IngressOptions {
  const { values } = parseArgs({
    options: { config: { type: 'string' }, port: { type: 'string' }, rules: { type: 'string' } },
  });
  if (values.config !== undefined) return JSON.parse(values.config) as IngressOptions;
  const rules = JSON.parse(values.rules ?? '[]') as { host: string; port: number }[];
  return {
    listen: { port: Number(values.port) },
    rules: rules.map(({ host, port }) => ({ host, upstream: `http://127.0.0.1:${port}` })),
  };
}
