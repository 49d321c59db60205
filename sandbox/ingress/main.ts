/** The sandbox's own ingress as a process: `--port N --rules JSON` */
import { parseArgs } from 'node:util';
import type { IngressRule } from './nginx.ts';
import { startOwnIngress } from './own.ts';

const { values } = parseArgs({ options: { port: { type: 'string' }, rules: { type: 'string' } } });
const ingress = await startOwnIngress(
  Number(values.port),
  JSON.parse(values.rules ?? '[]') as IngressRule[],
);
process.stdout.write(`${JSON.stringify({ ready: true, ports: { http: Number(values.port) } })}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => void ingress.stop().then(() => process.exit(0)));
}
