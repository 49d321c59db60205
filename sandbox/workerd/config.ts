/** Configuration of bare workerd, in Cap'n Proto's text format. */

export interface WorkerConfig {
  /** Where it listens on 127.0.0.1. */
  port: number;
  compatibilityDate: string;
  compatibilityFlags: readonly string[];
  /** Text bindings. */
  bindings: Readonly<Record<string, string>>;
  /** Bindings of Durable Objects, each with the class that the Worker exports. */
  objects: Readonly<Record<string, string>>;
  /** Bindings of other services, each with the address that it is at. */
  services: Readonly<Record<string, { address: string }>>;
  v8Flags: readonly string[];
}

/** Names of the files beside the configuration: the module, and the folder of the objects. */
export const moduleFile = 'worker.js';
export const storageFolder = 'objects';

export function workerdConfig(config: WorkerConfig): string {
  const { bindings, objects, services } = config;
  const all = [
    ...Object.entries(bindings).map(
      ([name, value]) => `(name = ${text(name)}, text = ${text(value)})`,
    ),
    ...Object.entries(objects).map(
      ([name, className]) => `(name = ${text(name)}, durableObjectNamespace = ${text(className)})`,
    ),
    ...Object.keys(services).map((name) => `(name = ${text(name)}, service = ${text(name)})`),
  ];
  const namespaces = Object.values(objects).map(
    (className) =>
      `(className = ${text(className)}, uniqueKey = ${text(`byway-${className}`)}, enableSql = true)`,
  );
  const externals = Object.entries(services).map(
    ([name, { address }]) =>
      `(name = ${text(name)}, external = (address = ${text(address)}, http = ()))`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "internet", network = (allow = ["public", "private"])),
    (name = "disk", disk = (path = ${text(storageFolder)}, writable = true)),
${externals.map((each) => `    ${each},\n`).join('')}  ],
  sockets = [
    (name = "http", address = ${text(`127.0.0.1:${config.port}`)}, http = (), service = "main"),
  ],
  v8Flags = [${config.v8Flags.map(text).join(', ')}],
);

const main :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed ${text(moduleFile)})],
  compatibilityDate = ${text(config.compatibilityDate)},
  compatibilityFlags = [${config.compatibilityFlags.map(text).join(', ')}],
  bindings = [
${all.map((each) => `    ${each},\n`).join('')}  ],
  durableObjectNamespaces = [${namespaces.join(', ')}],
  durableObjectStorage = (localDisk = "disk"),
);
`;
}

/** Keys have line ends, which a literal may not have. */
function text(value: string): string {
  return `"${value.replaceAll(/["\\]/g, String.raw`\$&`).replaceAll('\n', String.raw`\n`)}"`;
}
