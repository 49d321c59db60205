/** The scene of the gate with a repository, pull requests in it, and previews of working copies. */
import { createHmac, randomUUID } from 'node:crypto';
import { vi } from 'vitest';
import type { Delivery } from '#sandbox/github/deliveries.ts';
import { Visitor, type Seen } from '#sandbox/visitor.ts';
import type { ActionSeed } from '#sandbox/github/actions.ts';
import { GateScene, ids, portOf } from '../gate/scene.ts';

export const repository = 'sandbox/shop';
export const repositoryId = 2001;
export const waitMs = 20_000;

export interface Source {
  remotes: string[];
  owner?: string;
  branch?: string;
  sha?: string;
  pr?: { repository: string; number: number } | number | 'none';
}

export interface Shown {
  label: string;
  url: string;
  access: string;
  pulls: { repository: string; number: number }[];
  allowed: { user: { login: string } }[];
  askers: { login: string }[];
}

export class PullScene extends GateScene {
  #intercepts = 0;

  act(action: ActionSeed): Record<string, unknown> {
    return { ...this.github.actions.act(action) };
  }

  /** A new branch and its pull request. */
  openPull(branch: string, more: Partial<{ login: string; webhook: boolean }> = {}): number {
    return Number(
      this.act({ action: 'open_pull_request', repository, head: branch, ...more })['number'],
    );
  }

  push(branch: string, login = 'alice'): string {
    return String(this.act({ action: 'push', repository, branch, login })['sha']);
  }

  say(number: number, login: string, body: string): number {
    return Number(this.act({ action: 'comment', repository, number, login, body })['comment_id']);
  }

  /** An intercept with a preview that says of which working copy it is. */
  async previewOf(source: Source, owner = { id: ids.bob, login: 'bob' }): Promise<string> {
    this.#intercepts += 1;
    const name = `pull-${this.#intercepts}`;
    const made = await this.stack.byway(
      ...['intercept', 'web', '--name', name, '--preview-url=false'],
      ...['--http-header', `x-pull=${this.#intercepts}`],
      ...['--port', `${portOf(this.laptop)}:http`, '--output', 'json'],
    );
    if (made.code !== 0) throw new Error(made.stderr);
    const { id } = JSON.parse(made.stdout) as { id: string };
    const { status, body } = await this.stack.api('POST', '/api/v1/previews', {
      cluster: this.stack.cluster,
      intercept: { id, name },
      ingress: this.ingress,
      owner,
      source,
    });
    if (status !== 201) throw new Error(JSON.stringify(body));
    return (body as { url: string }).url;
  }

  async shown(origin: string): Promise<Shown> {
    const { body } = await this.stack.api('GET', `/api/v1/previews/${this.labelOf(origin)}`);
    return body as Shown;
  }

  /** Texts of comments that the app has written there. */
  comments(number: number): string[] {
    const { world } = this.github.state;
    return world.comments
      .filter((each) => each.number === number && each.repository_id === repositoryId)
      .filter(({ app_id }) => app_id !== null)
      .map(({ body }) => body);
  }

  stickies(number: number): string[] {
    return this.comments(number).filter((body) => body.startsWith('<!-- byway:previews'));
  }

  headOf(number: number): { sha: string } {
    const pulls = this.github.state.world.pull_requests;
    const pull = pulls.find(
      (each) => each.number === number && each.repository_id === repositoryId,
    );
    if (!pull) throw new Error(`there is no pull request ${number}`);
    return pull.head;
  }

  /** Calls of the API to paths that fit, as `POST /repos/…`. */
  callsTo(pattern: RegExp): string[] {
    return this.github.journal.requests
      .map(({ method, path }) => `${method} ${path}`)
      .filter((call) => pattern.test(call));
  }

  /** Comments as `login`, and waits for the reaction that the command ends with. */
  async orders(number: number, login: string, body: string, reaction = 'rocket'): Promise<void> {
    await this.reacted(this.say(number, login, body), reaction);
  }

  /** The same of a command that is answered; returns the reply. */
  async asks(number: number, login: string, body: string): Promise<string> {
    return this.replyTo(number, this.say(number, login, body));
  }

  replyTo(number: number, commentId: number): Promise<string> {
    return vi.waitFor(
      () => {
        const marker = `<!-- byway:reply ${commentId} -->`;
        const reply = this.comments(number).find((each) => each.startsWith(marker));
        if (reply === undefined) throw new Error('no reply yet');
        return reply;
      },
      { timeout: waitMs, interval: 20 },
    );
  }

  /** By a comment that spells the commit out, as pushes were just now. */
  async publish(number: number): Promise<void> {
    await nextSecond();
    this.say(number, 'alice', `/preview public ${this.headOf(number).sha} 2h`);
    await this.says(number, '🌐 public until');
  }

  /** Waits until the app has reacted so to a comment. */
  async reacted(commentId: number, content: string): Promise<void> {
    await vi.waitFor(
      () => {
        const { reactions } = this.github.state.world;
        const found = reactions.filter(({ comment_id }) => comment_id === commentId);
        if (!found.some((each) => each.content === content)) throw new Error('no reaction yet');
      },
      { timeout: waitMs, interval: 20 },
    );
  }

  /** Deliveries of that event. */
  told(event: string): Delivery[] {
    return this.github.deliveries.all().filter((each) => each.event === event);
  }

  /** A webhook with a good signature that GitHub never sent. */
  tell(payload: unknown): Promise<Seen> {
    const body = JSON.stringify(payload);
    const secret = this.github.state.world.apps[0]?.webhook_secret ?? '';
    return new Visitor().send(`${this.appUrl}/webhooks/github`, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'x-github-event': 'issue_comment',
        'x-github-delivery': randomUUID(),
        'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
      },
    });
  }

  /** Waits until the one comment says so. */
  says(number: number, what: string | RegExp | ((text: string) => boolean)): Promise<string> {
    return vi.waitFor(
      () => {
        const text = this.stickies(number).at(-1) ?? '';
        const isThere =
          typeof what === 'string'
            ? text.includes(what)
            : typeof what === 'function'
              ? what(text)
              : what.test(text);
        if (!isThere) throw new Error(`not yet: ${text || 'no comment'}`);
        return text;
      },
      { timeout: waitMs, interval: 20 },
    );
  }
}

/**
 * GitHub tells times in whole seconds: a comment of the second in which a preview came may be older than
 * it, and then is not about it.
 */
export async function nextSecond(): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  await vi.waitFor(
    () => {
      if (Math.floor(Date.now() / 1000) === now) throw new Error('the second is not over');
    },
    { timeout: waitMs, interval: 20 },
  );
}
