/** An organisation at work, for the dashboard to show: previews of each kind, guests, viewers, tokens. */
import type { RequestListener } from 'node:http';
import { Visitor } from '#sandbox/visitor.ts';
import { ids, people, portOf } from './gate/scene.ts';
import { PullScene, repository, type Source } from './pull-request/scene.ts';

type Account = { id: number; login: string };

/** Of the sandbox's seed. */
const number = 1;

const page: RequestListener = (_request, response) => {
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(`<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <style>:root { color-scheme: light dark } body { font: 18px/1.5 system-ui; margin: 2rem }</style>
    <main><h1>Your basket</h1><p>Tea pot, two cups</p></main></html>`);
};

export class DashboardScene extends PullScene {
  /** Bob's, at a pull request; Mallory asks to see it. */
  asked = '';
  /** Alice's, public. */
  shared = '';
  /** Alice's; Mallory is its guest. */
  visited = '';

  override async start(): Promise<this> {
    await super.start(page);
    // As organisations have it, not as the tests of limits do.
    const policy = {
      max_public_requests_per_minute: 6000,
      max_public_bytes_per_day: 10 * 1024 ** 3,
    };
    await this.stack.api('PATCH', '/api/v1/policy?organisation=1', policy);
    this.act({ action: 'set_visibility', repository, private: false });
    const [alice, bob] = [
      { id: ids.alice, login: people.admin },
      { id: ids.bob, login: people.member },
    ];
    this.asked = await this.made('checkout', bob, { repository, number });
    this.shared = await this.made('landing-page', alice);
    this.visited = await this.made('search', alice);
    await this.intercept('payment-callback');
    await this.setAccess(this.shared, 'public');
    await this.ask(this.asked);
    await this.ask(this.visited);
    const path = `/api/v1/previews/${this.labelOf(this.visited)}/guests`;
    const { status, body } = await this.stack.api('POST', path, { user_id: ids.mallory });
    if (status !== 200) throw new Error(JSON.stringify(body));
    for (const login of [people.admin, people.member]) await this.visitor(login, this.asked);
    const { token } = await this.token({ name: 'smoke tests' });
    await new Visitor().send(this.asked, { headers: { 'x-byway-token': token } });
    return this;
  }

  /** Somebody is denied, and asks to be let in. */
  async ask(origin: string, login = people.outsider): Promise<void> {
    const visitor = new Visitor(login);
    const asked = await visitor.submit(await visitor.open(`${origin}/`));
    if (asked.status !== 200) throw new Error(`${login} asks and gets ${asked.status}`);
  }

  /** An intercept with a preview; returns its origin. */
  async made(name: string, owner: Account, pr: Source['pr'] = 'none'): Promise<string> {
    const { status, body } = await this.stack.api('POST', '/api/v1/previews', {
      cluster: this.stack.cluster,
      intercept: { id: await this.intercept(name), name },
      ingress: this.ingress,
      owner,
      source: { remotes: [], pr },
    });
    if (status !== 201) throw new Error(JSON.stringify(body));
    return (body as { url: string }).url;
  }

  /** One without a preview; returns its id. */
  async intercept(name: string): Promise<string> {
    const made = await this.stack.byway(
      ...['intercept', 'web', '--name', name, '--preview-url=false'],
      ...['--http-header', `x-dashboard=${name}`],
      ...['--port', `${portOf(this.laptop)}:http`, '--output', 'json'],
    );
    if (made.code !== 0) throw new Error(made.stderr);
    return (JSON.parse(made.stdout) as { id: string }).id;
  }
}
