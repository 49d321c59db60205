import type { Contender } from '../contender.ts';
import type { Engine } from '../engine.ts';
import { bywayAgentFilter } from './byway-agent-filter.ts';
import { bywayAgentPass } from './byway-agent-pass.ts';
import { bywayRelay } from './byway-relay.ts';
import { bywayWholeWay } from './byway-whole-way.ts';
import { direct } from './direct.ts';
import { frp } from './frp.ts';
import { haproxy } from './haproxy.ts';
import { nginx } from './nginx.ts';
import { fetchProxy } from './workerd/fetch-proxy.ts';
import { hello } from './workerd/hello.ts';

/** In the order of the table; those that are compared with each other stand side by side. */
export const contendersOf: Readonly<Record<Engine, readonly Contender[]>> = {
  node: [
    direct,
    nginx,
    frp,
    bywayRelay('node'),
    bywayWholeWay,
    haproxy,
    bywayAgentPass,
    bywayAgentFilter,
  ],
  cloudflare: [direct, frp, bywayRelay('cloudflare'), fetchProxy, hello],
};
