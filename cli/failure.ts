/** Errors that end a command, with its exit code (`docs/cli.md`). */

export const ExitCode = {
  internal: 1,
  usage: 2,
  notConfigured: 3,
  unreachable: 4,
  refused: 5,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** `message`: what was wrong, where, and what to do; one or more lines for a person. */
export class Failure extends Error {
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Codes of refusals that come from the connector or the daemon. */
export function exitCodeOf(code: string): ExitCode {
  if (code === 'connection_lost' || code === 'unreachable') return ExitCode.unreachable;
  if (code === 'internal') return ExitCode.internal;
  if (code === 'not_configured') return ExitCode.notConfigured;
  if (code === 'invalid') return ExitCode.usage;
  return ExitCode.refused;
}
