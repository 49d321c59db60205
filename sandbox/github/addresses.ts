/** Addresses under which the sandbox is reached; links in answers lead to where the request came. */
export const apiRoot = '/api/v3';

export interface Addresses {
  /** Pages: `http://host:port`. */
  readonly web: string;
  /** The API, as on GitHub Enterprise Server: `http://host:port/api/v3`. */
  readonly api: string;
}

/** @param host value of the Host header */
export function addressesOf(host: string): Addresses {
  const web = `http://${/^[\w.-]+(?::\d{1,5})?$/.test(host) ? host : '127.0.0.1'}`;
  return { web, api: `${web}${apiRoot}` };
}
