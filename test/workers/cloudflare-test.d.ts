/**
 * What the tests of this folder use of workerd and of the plugin that runs them there. The rest of
 * test/ is typed for Node, whose types exclude those of Workers.
 */
declare module 'cloudflare:test' {
  export const env: {
    OBJECTS: { idFromName(name: string): object; get(id: object): object };
  };
  /** Runs `work` inside of the Durable Object. */
  export function runInDurableObject<T>(
    stub: object,
    work: (instance: object, state: { storage: object }) => T | Promise<T>,
  ): Promise<T>;
  /** Ends the object's memory; its storage stays. */
  export function evictDurableObject(stub: object): Promise<void>;
}
