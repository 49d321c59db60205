/** Errors that end a command, with its exit code (`docs/cli.md`). */

export const ExitCode = {
  internal: 1,
  usage: 2,
  notConfigured: 3,
  unreachable: 4,
  refused: 5,
  /** Ctrl-C at a question: 128 + SIGINT, as shells count. */
  interrupted: 130,
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

const exitCodes: Readonly<Record<string, ExitCode>> = {
  connection_lost: ExitCode.unreachable,
  unreachable: ExitCode.unreachable,
  outcome_unknown: ExitCode.unreachable,
  not_ready: ExitCode.unreachable,
  internal: ExitCode.internal,
  not_configured: ExitCode.notConfigured,
  invalid: ExitCode.usage,
};

/** Of the codes that come from the connector, the edge or the daemon; any other is a refusal. */
export function exitCodeOf(code: string): ExitCode {
  return (Object.hasOwn(exitCodes, code) ? exitCodes[code] : undefined) ?? ExitCode.refused;
}
