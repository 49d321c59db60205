import type { Contender } from '../contender.ts';
import { bywayAgentFilter } from './byway-agent-filter.ts';
import { bywayAgentPass } from './byway-agent-pass.ts';
import { bywayRelay } from './byway-relay.ts';
import { bywayWholeWay } from './byway-whole-way.ts';
import { direct } from './direct.ts';
import { frp } from './frp.ts';
import { haproxy } from './haproxy.ts';
import { nginx } from './nginx.ts';

/** In the order of the table; those that are compared with each other stand side by side. */
export const contenders: readonly Contender[] = [
  direct,
  nginx,
  frp,
  bywayRelay,
  bywayWholeWay,
  haproxy,
  bywayAgentPass,
  bywayAgentFilter,
];
