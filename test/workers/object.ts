/** The Worker of the tests in this folder: an object with SQLite, and nothing in it. */
const nothing = (): Response => new Response(null, { status: 404 });

export class EmptyObject {
  fetch(): Response {
    return nothing();
  }
}

export default { fetch: nothing };
