/**
 * What a WebSocket carries through a sleep of its object: at most 16 KiB, with a version, for the
 * code that wakes up may be newer than the code that fell asleep.
 */
import { z } from 'zod';
import type { Hello } from '#protocol/hello.ts';
import type { ViewerKey } from '../objects/leases.ts';

const version = 1;

const tunnel = z.object({
  v: z.literal(version),
  kind: z.literal('tunnel'),
  /** Rises: of two tunnels the later one counts. */
  since: z.number(),
  /** Missing: HELLO has not come. */
  peer: z.unknown().optional(),
  /** Stream ids from here on were never used. */
  nextId: z.number(),
});

const viewer = z.object({
  v: z.literal(version),
  kind: z.literal('viewer'),
  label: z.string(),
  stream: z.number(),
  /** Of its passage; without them it is a stranger's. */
  keys: z.array(z.union([z.number(), z.string()])).default([]),
  openedMs: z.number().default(0),
  isPrivate: z.boolean().default(false),
  isMember: z.boolean().default(false),
});

export interface TunnelAttachment {
  since: number;
  peer?: Hello;
  nextId: number;
}

export interface ViewerAttachment {
  label: string;
  stream: number;
  keys: readonly ViewerKey[];
  openedMs: number;
  isPrivate: boolean;
  /** Whose bytes are not counted. */
  isMember: boolean;
}

const both = z.discriminatedUnion('kind', [tunnel, viewer]);

export type Attachment =
  | ({ kind: 'tunnel' } & TunnelAttachment)
  | ({ kind: 'viewer' } & ViewerAttachment);

export function attach(webSocket: WebSocket, attachment: Attachment): void {
  webSocket.serializeAttachment({ v: version, ...attachment });
}

/** undefined: none, or one of a version that this code does not know. */
export function attachmentOf(webSocket: WebSocket): Attachment | undefined {
  const result = both.safeParse(webSocket.deserializeAttachment());
  // Only our own code writes attachments, and it wrote a Hello that had been read strictly.
  return result.success ? (result.data as Attachment) : undefined;
}
