/** What can be intercepted, and which agent is in front of it. */

export interface WorkloadPort {
  /** '' when the service's port has no name. */
  name: string;
  number: number;
  /** Name of the agent that serves it. */
  agent: string;
}

export interface Workload {
  name: string;
  namespace: string;
  ports: WorkloadPort[];
}

export interface Workloads {
  list(): Workload[];
  /** `namespace` undefined: in any. */
  find(name: string, namespace: string | undefined): Workload | undefined;
}
