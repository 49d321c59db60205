/** Events that wait until others have gone by. */

interface Waiting {
  readonly appId: number;
  /** How many have to go by before. */
  left: number;
  readonly go: () => void;
}

export class HeldBack {
  #waiting: Waiting[] = [];

  /** Until `behind` later events of the app have been delivered, or everything is let go. */
  wait(appId: number, behind: number, go: () => void): void {
    this.#waiting.push({ appId, left: behind, go });
  }

  /** An event of the app has been delivered. */
  passed(appId: number): void {
    const due = this.#waiting.filter((waiting) => {
      if (waiting.appId === appId) waiting.left -= 1;
      return waiting.left <= 0;
    });
    this.#waiting = this.#waiting.filter((waiting) => !due.includes(waiting));
    for (const { go } of due) go();
  }

  /** @returns how many there were */
  letGo(): number {
    const all = this.#waiting;
    this.#waiting = [];
    for (const { go } of all) go();
    return all.length;
  }
}
