import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePort } from '#sandbox/free-port.ts';
import { startNginxIngress } from '#sandbox/ingress/nginx.ts';
import { tempDir } from '#sandbox/temp-dir.ts';
import { ingressBehaviour } from '../unit/sandbox/ingress-behaviour.ts';

describe('nginx as the ingress', () => {
  ingressBehaviour((options, dir) => startNginxIngress(options, dir));

  it('reports what nginx says when it does not start', async () => {
    const dir = tempDir('byway-nginx-');
    const missing = join(dir.path, 'missing.pem');
    const options = { rules: [], tls: { port: await freePort(), cert: missing, key: missing } };
    await expect(startNginxIngress(options, dir.path)).rejects.toThrow(/missing\.pem/);
    dir.remove();
  });

  it('names its master process, and keeps its files in its directory', async () => {
    const dir = tempDir('byway nginx ');
    const options = { listen: { port: await freePort() }, rules: [] };
    const ingress = await startNginxIngress(options, dir.path);
    try {
      expect(Number(readFileSync(join(dir.path, 'nginx.pid'), 'utf8'))).toBe(ingress.pid);
    } finally {
      await ingress.stop();
      dir.remove();
    }
  });
});
