/** The last lines of an endless text, for error messages. */
export class LastLines {
  readonly #lines: string[] = [];
  #open = '';
  readonly #maxLines: number;
  readonly #maxLineLength: number;

  constructor(maxLines = 60, maxLineLength = 2_000) {
    this.#maxLines = maxLines;
    this.#maxLineLength = maxLineLength;
  }

  /** @param text any piece, cut anywhere */
  add(text: string): void {
    const parts = `${this.#open}${text}`.split('\n');
    this.#open = (parts.pop() ?? '').slice(-this.#maxLineLength);
    for (const part of parts.slice(-this.#maxLines))
      this.#lines.push(part.slice(-this.#maxLineLength));
    this.#lines.splice(0, Math.max(0, this.#lines.length - this.#maxLines));
  }

  toString(): string {
    return [...this.#lines, ...(this.#open === '' ? [] : [this.#open])].join('\n');
  }
}
