/**
 * One service of the shop as a process; `{"port":N}` on standard output when it listens.
 *
 * SHOP_CONTEXT_HEADERS: names of further headers to hand on, separated by commas.
 */
import { parseArgs } from 'node:util';
import { startCatalog, startReviews, startWeb } from './shop.ts';
import type { Service } from './service.ts';

const usage = `main.ts --service web|catalog|reviews [--port N] [--host 127.0.0.1]
  web:     --catalog URL [--title TEXT]
  catalog: --reviews URL
  reviews: [--version cluster|laptop]
  web, catalog: [--context-header NAME]… hands a further header on
  (--next URL stands for --catalog or --reviews)
`;

try {
  const service = await startService();
  const { port } = service;
  process.stdout.write(`${JSON.stringify({ port, ready: true, ports: { http: port } })}\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => void service.close().then(() => process.exit(0)));
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  process.exitCode = 2;
}

function startService(): Promise<Service> {
  const { values } = parseArgs({
    options: {
      service: { type: 'string' },
      port: { type: 'string', default: '0' },
      host: { type: 'string', default: '127.0.0.1' },
      catalog: { type: 'string' },
      reviews: { type: 'string' },
      next: { type: 'string' },
      version: { type: 'string', default: 'cluster' },
      title: { type: 'string' },
      'context-header': { type: 'string', multiple: true, default: [] },
    },
  });
  const { host, service, version, title } = values;
  const port = Number(values.port);
  if (!/^\d{1,5}$/.test(values.port) || port > 65_535)
    throw new Error(`--port ${values.port}: must be from 0 to 65535`);
  const fromEnvironment = (process.env.SHOP_CONTEXT_HEADERS ?? '').split(',');
  const contextHeaders = [...fromEnvironment, ...values['context-header']]
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (service === 'web') {
    const catalogUrl = addressOf('--catalog', values.catalog ?? values.next);
    return startWeb({
      host,
      port,
      catalogUrl,
      contextHeaders,
      ...(title === undefined ? {} : { title }),
    });
  }
  if (service === 'catalog') {
    const reviewsUrl = addressOf('--reviews', values.reviews ?? values.next);
    return startCatalog({ host, port, reviewsUrl, contextHeaders });
  }
  if (service !== 'reviews') throw new Error('--service must be web, catalog or reviews');
  if (version !== 'cluster' && version !== 'laptop')
    throw new Error(`--version ${version}: must be cluster or laptop`);
  return startReviews({ host, port, version });
}

/** The URL without its last slash; paths are put behind it. */
function addressOf(flag: string, value: string | undefined): string {
  if (value === undefined) throw new Error(`${flag} URL is needed`);
  if (!URL.canParse(value) || new URL(value).protocol !== 'http:')
    throw new Error(`${flag} ${value}: must be a URL that begins with http://`);
  return value.replace(/\/$/, '');
}
