import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { Flag, ResetCode } from '#protocol/frame.ts';
import { StreamKind } from '#protocol/stream.ts';
import { until } from '../world.ts';
import { l5, Site } from './stand-ins.ts';

const site = new Site();
let port = 0;
const names: (string | false | null)[] = [];

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { cwd: site.dir, stdio: 'pipe' });
}

beforeAll(async () => {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...curve, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test CA');
  openssl('req', ...curve, '-keyout', 'tls.key', '-out', 'tls.csr', '-subj', `/CN=${l5}`);
  writeFileSync(join(site.dir, 'names'), `subjectAltName=DNS:${l5}`);
  openssl(
    ...['x509', '-req', '-in', 'tls.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
    ...['-extfile', 'names', '-out', 'tls.pem'],
  );
  writeFileSync(
    join(site.dir, 'broken.pem'),
    '-----BEGIN CERTIFICATE-----\nYnJva2Vu\n-----END CERTIFICATE-----\n',
  );
  const read = (name: string): string => readFileSync(join(site.dir, name), 'utf8');
  const server = createServer(
    { key: read('tls.key'), cert: read('tls.pem') },
    (request, response) => response.end(`tls ${request.headers.host}`),
  );
  server.on('secureConnection', (socket) => names.push(socket.servername));
  const webSockets = new WebSocketServer({ server });
  webSockets.on('connection', (webSocket) => webSocket.send('secure'));
  port = await site.serve(server);
  const tls = { port, tls: true, l5 };
  await site.start({
    ingresses: [
      { host: '127.0.0.1', ...tls, ca_file: 'ca.pem' },
      { host: 'localhost', ...tls },
      // One address, several names.
      { host: '127.0.0.1', ...tls, l5: 'broken.example.com', ca_file: 'broken.pem' },
      { host: '127.0.0.1', ...tls, l5: 'other.example.com', insecure: true },
    ],
  });
  await site.agent('web');
  await site.daemon();
  await site.intercept();
});
afterAll(async () => {
  await site.quiet();
  await site.stop();
});

it('checks the certificate against the CA file and the layer-5 host', async () => {
  await site.route(port, { tls: true });
  const exchange = await site.answer();
  expect(exchange.body.toString()).toBe(`tls ${l5}`);
  expect(names).toEqual([l5]);
});

it('carries WebSockets as well', async () => {
  await site.route(port, { tls: true });
  const exchange = site.ask({ kind: StreamKind.ws });
  await until(() => Promise.resolve(exchange.messages[0]), 'the message arrives');
  expect(exchange.messages[0]!.data.toString()).toBe('secure');
  exchange.stream.write(new Uint8Array(0), Flag.close | Flag.fin);
  await exchange.ended;
});

it.each([
  ['an unknown CA', { host: 'localhost' }, /UNABLE_TO_VERIFY|SELF_SIGNED/],
  ['another name', { host: '127.0.0.1', l5: 'wrong.example.com' }, /ERR_TLS_CERT_ALTNAME_INVALID/],
  [
    'a CA file that holds no certificate',
    { host: '127.0.0.1', l5: 'broken.example.com' },
    /UNABLE_TO_VERIFY/,
  ],
])('names the ingress and the reason: %s', async (_name, ingress, reason) => {
  await site.route(port, { tls: true, ...ingress }, 'wrong');
  const exchange = await site.answer({ label: 'wrong' });
  expect([exchange.status, exchange.field('x-byway-error')]).toEqual([502, ['BW-3002']]);
  expect(exchange.body.toString()).toContain(`${ingress.host}:${port}`);
  expect(exchange.body.toString()).toMatch(reason);
  const webSocket = await site.answer({ label: 'wrong', kind: StreamKind.ws });
  expect(webSocket.field('x-byway-error')).toEqual(['BW-3002']);
  webSocket.stream.reset(ResetCode.cancel);
});

it('accepts any certificate where the configuration says so, for that name only', async () => {
  await site.route(port, { tls: true, l5: 'other.example.com' }, 'named');
  expect((await site.answer({ label: 'named' })).body.toString()).toBe('tls other.example.com');
});

it('that is spoken to without TLS gets a page', async () => {
  await site.route(port, { tls: false }, 'plain');
  const exchange = await site.answer({ label: 'plain' });
  expect([exchange.status, exchange.field('x-byway-error')]).toEqual([502, ['BW-3006']]);
  expect(exchange.body.toString()).toContain(`127.0.0.1:${port}`);
});
