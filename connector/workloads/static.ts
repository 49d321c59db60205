/** Workloads from `connector.yaml`: for machines, Compose and the demo. */
import type { ConnectorConfig } from '../config.ts';
import type { Workload, Workloads } from './workloads.ts';

export function staticWorkloads(config: ConnectorConfig['workloads']): Workloads {
  const workloads: Workload[] = config.map(({ name, namespace, ports }) => ({
    name,
    namespace,
    ports: ports.map((port) => ({ name: port.name, number: port.port, agent: port.agent })),
  }));
  return {
    list: () => workloads,
    find: (name, namespace) =>
      workloads.find(
        (each) => each.name === name && (namespace ?? each.namespace) === each.namespace,
      ),
  };
}
