/**
 * What the tests' scripts use inside pages; each file declares the names for itself. The library `dom`
 * would put a browser's types in place of Node's for everything that the tests import.
 */
export interface PageElement {
  src: string;
  replaceChildren(...elements: PageElement[]): void;
}

export interface PageDocument {
  cookie: string;
  readonly title: string;
  readonly body: PageElement;
  createElement(name: string): PageElement;
}

export interface PageLocation {
  readonly host: string;
}

export interface PageNavigator {
  readonly serviceWorker: {
    readonly controller: { postMessage(value: unknown, ports: unknown[]): void } | null;
    register(script: string, options: { scope: string }): Promise<unknown>;
    addEventListener(
      type: 'controllerchange',
      listener: (event: unknown) => void,
      options?: { once: boolean },
    ): void;
  };
}
