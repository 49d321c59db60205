/**
 * The GitHub sandbox as a process. A line of JSON on standard output when it listens:
 * `{"port","ready":true,"ports":{"http"},"url","api_url","loopback_url","app":{…}}`.
 */
import { parseArgs } from 'node:util';
import { startGitHub } from './github.ts';

const usage = `main.ts [--port N] [--host 127.0.0.1] [--json]
  --webhook-url URL    where the app hears of events
  --callback-url URL   where sign-in may come back to (repeatable)
  --json               nothing but the line of JSON
`;

try {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      host: { type: 'string', default: '127.0.0.1' },
      json: { type: 'boolean', default: false },
      'webhook-url': { type: 'string' },
      'callback-url': { type: 'string', multiple: true, default: [] },
    },
  });
  if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65_535)
    throw new Error(`--port ${values.port}: must be from 0 to 65535`);
  const github = await startGitHub({
    port: Number(values.port),
    host: values.host,
    webhookUrl: values['webhook-url'],
    callbackUrls: values['callback-url'],
  });
  // Before the line: whoever reads it may end the process at once.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => void github.stop().then(() => process.exit(0)));
  }
  const { port, url, apiUrl, loopbackUrl } = github;
  const [app] = github.state.world.apps;
  if (!values.json) process.stdout.write(`GitHub sandbox: ${url}\n`);
  const addresses = { url, api_url: apiUrl, loopback_url: loopbackUrl };
  const said = { port, ready: true, ports: { http: port }, ...addresses, app };
  process.stdout.write(`${JSON.stringify(said)}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  process.exitCode = 2;
}
