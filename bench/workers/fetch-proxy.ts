/**
 * The least that a proxy on workerd can be: every request goes on to the origin, both bodies stream.
 * What workerd brings is typed here as far as it is used, so that no other types are needed.
 */
interface Environment {
  /** The origin; workerd itself reaches public addresses only. */
  readonly ORIGIN: { fetch(url: string, request: Request): Promise<Response> };
  /** `http://host:port` */
  readonly ORIGIN_URL: string;
}

export default {
  fetch(request: Request, { ORIGIN, ORIGIN_URL }: Environment): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    return ORIGIN.fetch(`${ORIGIN_URL}${pathname}${search}`, request);
  },
};
