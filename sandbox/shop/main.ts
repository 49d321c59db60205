/** One service of the shop: `--service web|catalog|reviews [--port N] [--next URL] [--version V]` */
import { parseArgs } from 'node:util';
import { startCatalog, startReviews, startWeb } from './shop.ts';

const { values } = parseArgs({
  options: {
    service: { type: 'string' },
    port: { type: 'string', default: '0' },
    next: { type: 'string', default: '' },
    version: { type: 'string', default: 'cluster' },
  },
});
const port = Number(values.port);
const start = {
  web: () => startWeb(port, values.next),
  catalog: () => startCatalog(port, values.next),
  reviews: () => startReviews(port, values.version === 'laptop' ? 'laptop' : 'cluster'),
}[values.service ?? ''];
if (!start) throw new Error('--service must be web, catalog or reviews');
const service = await start();
process.stdout.write(`${JSON.stringify({ ready: true, ports: { http: service.port } })}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => void service.close().then(() => process.exit(0)));
}
