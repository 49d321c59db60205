/** Chance that comes out the same every time: the same seed, the same day. */
export class Random {
  #state: number;

  /** `seed`: any whole number. */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Uniform in [0, 1): mulberry32, whose period of 2^32 is far more than a run draws. */
  unit(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** 0 … count − 1. */
  below(count: number): number {
    return Math.floor(this.unit() * count);
  }

  /** With this mean. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.unit());
  }

  /** How many events come when `mean` are expected. */
  poisson(mean: number): number {
    if (mean > 60) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.#normal()));
    const floor = Math.exp(-mean);
    let count = -1;
    for (let product = 1; product > floor; count += 1) product *= this.unit();
    return Math.max(0, count);
  }

  /** Box and Muller. */
  #normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.unit()));
    return radius * Math.cos(2 * Math.PI * this.unit());
  }
}
