/** The property tests of the protocol and of the gate, with 10,000 cases each. */
import { vi } from 'vitest';

vi.setConfig({ testTimeout: 900_000 });

await import('../unit/protocol/session-properties.test.ts');
await import('../unit/protocol/http1/properties.test.ts');
await import('../unit/protocol/http1/node-parser.test.ts');
await import('../unit/edge/gate/way-fuzz.test.ts');
await import('../unit/edge/relay/heads.test.ts');
