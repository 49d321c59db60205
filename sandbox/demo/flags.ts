/** What the demo can be told. */
import { parseArgs } from 'node:util';
import type { Engine } from '../edge-part.ts';

export interface Flags {
  json: boolean;
  engine: Engine;
  edgePort: number | undefined;
  ingressPort: number | undefined;
  laptopPort: number | undefined;
}

export function flags(): Flags {
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
