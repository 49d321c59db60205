/** What the agent says of itself in HELLO, which is one frame. */
import type { AgentAbout } from '#protocol/control.ts';
import { maxPayloadBytes } from '#protocol/limits.ts';

/** Kept for tickets, of half a kilobyte each, and for the rest of HELLO. */
const reservedBytes = 16 * 1024;
const restOfHelloBytes = 1024;

/** Ports and environment, as JSON. */
export const maxAboutBytes = maxPayloadBytes - reservedBytes;

interface Described {
  ports: readonly { name: string; protocol: 'http' | 'tcp' | 'auto' }[];
  environment: Record<string, string>;
}

/**
 * Tickets that do not fit are left out: their laptops announce them too, when they are back. Size:
 * at most `maxPayloadBytes` if `aboutBytes` is at most `maxAboutBytes`.
 */
export function aboutOf(described: Described, tickets: readonly string[]): AgentAbout {
  let room = maxPayloadBytes - restOfHelloBytes - aboutBytes(described);
  const kept: string[] = [];
  for (const ticket of tickets) {
    room -= Buffer.byteLength(JSON.stringify(ticket)) + 1;
    if (room < 0) break;
    kept.push(ticket);
  }
  return bare(described, kept);
}

export function aboutBytes(described: Described): number {
  return Buffer.byteLength(JSON.stringify(bare(described, [])));
}

function bare({ ports, environment }: Described, tickets: string[]): AgentAbout {
  return {
    role: 'agent',
    ports: ports.map(({ name, protocol }) => ({
      name,
      protocol: protocol === 'tcp' ? 'tcp' : 'http',
    })),
    environment,
    tickets,
  };
}
