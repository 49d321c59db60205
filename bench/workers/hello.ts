/**
 * The least that one hop from a Worker into an object can be: the object answers 1 KiB by itself.
 * What workerd brings is typed here as far as it is used, so that no other types are needed.
 */
interface Environment {
  readonly HELLO: {
    idFromName(name: string): object;
    get(id: object): { fetch(request: Request): Promise<Response> };
  };
}

const body = new TextEncoder().encode('0123456789abcdef'.repeat(64));

export class HelloObject {
  fetch(): Response {
    return new Response(body, { headers: { 'Content-Type': 'application/octet-stream' } });
  }
}

export default {
  fetch(request: Request, { HELLO }: Environment): Promise<Response> {
    return HELLO.get(HELLO.idFromName('hello')).fetch(request);
  },
};
