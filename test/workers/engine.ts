/**
 * Modules of `edge/cloudflare/`, typed as far as the tests use them: they are written for the types of
 * Workers, which this folder cannot have beside those of Node.
 */
import type { Hello } from '#protocol/hello.ts';
import type { Page } from '#protocol/pages.ts';
import type { Secrets } from '#edge/gate/secrets.ts';
import type { GitHubConfig } from '#edge/github/config.ts';
import type { Clock, Random, Sql } from '#edge/ports.ts';
import type { Arrival } from '#edge/relay/request-head.ts';
import type { Answer } from '#edge/relay/response-head.ts';

const load = (name: string): Promise<unknown> => import(`../../edge/cloudflare/${name}.ts`);

export const { sqlOf } = (await load('sql')) as { sqlOf(storage: object): Sql };

export const { clock, random } = (await load('ports')) as { clock: Clock; random: Random };

export const { keysOf } = (await load('keys')) as {
  keysOf(secret: Uint8Array, generations?: string): Promise<Secrets>;
};

/** A socket as far as it carries an attachment. */
export interface Carrier {
  serializeAttachment(value: unknown): void;
  deserializeAttachment(): unknown;
}

export type Attachment =
  | { kind: 'tunnel'; since: number; peer?: Hello; nextId: number }
  | { kind: 'viewer'; label: string; stream: number };

export const { attach, attachmentOf } = (await load('attachments')) as {
  attach(socket: Carrier, attachment: Attachment): void;
  attachmentOf(socket: Carrier): Attachment | undefined;
};

export const { arrivalOf, fieldsOf, targetOf } = (await load('arrival')) as {
  arrivalOf(request: Request, fields: readonly string[]): Arrival;
  fieldsOf(headers: Headers): string[];
  targetOf(url: string): string;
};

export const { headersOf, initOf, isBodiless, pageResponse } = (await load('answer')) as {
  headersOf(fields: readonly string[]): [string, string][];
  initOf(answer: Answer): ResponseInit;
  isBodiless(status: number): boolean;
  pageResponse(page: Page): Response;
};

export interface Settings {
  hosts: { appHost: string; previewDomain: string };
  appUrl: string;
  originOf(label: string): string;
  operatorToken: string;
  operatorTokens: readonly string[];
  secret: Uint8Array;
  keys: string;
  github: GitHubConfig | undefined;
  actionsIssuer: string;
}

export const { EnvironmentFault, settingsOf } = (await load('environment')) as {
  EnvironmentFault: new () => Error;
  settingsOf(env: Readonly<Record<string, string>>): Settings;
};
