/** Who may send: the tabs' claims on fingerprints, which are Web Locks. */

interface Claim {
  /** Gives it up. */
  give?: () => void;
  readonly enough: AbortController;
}

export class Claims {
  /** By flight. */
  readonly #claims = new Map<number, Claim>();
  readonly #asking = new Set<Promise<void>>();
  readonly #told: (flight: number, isOurs: boolean) => void;

  /** `told` hears whether a claim is to be had. */
  constructor(told: (flight: number, isOurs: boolean) => void) {
    this.#told = told;
  }

  /** Asks now. */
  ask(flight: number, name: string): void {
    const asking = new Promise<void>((told) => this.#request(flight, name, { ifAvailable: true }, told));
    this.#asking.add(asking);
    asking.then(() => this.#asking.delete(asking));
  }

  /** When all that were asked for so far are to be had or not. */
  asked(): Promise<unknown> {
    return Promise.all(this.#asking);
  }

  /** Waits for it. */
  queue(flight: number, name: string): void {
    this.#request(flight, name, {});
  }

  /** Takes it from whoever has it. Nothing is told. */
  seize(flight: number, name: string): void {
    this.release(flight);
    this.#request(flight, name, { steal: true });
  }

  /** Gives it up, or waits for it no longer. */
  release(flight: number): void {
    const claim = this.#claims.get(flight);
    this.#claims.delete(flight);
    claim?.enough.abort();
    claim?.give?.();
  }

  async #request(flight: number, name: string, options: LockOptions, told = () => {}): Promise<void> {
    const claim: Claim = { enough: new AbortController() };
    const { signal } = claim.enough;
    this.#claims.set(flight, claim);
    try {
      // The browser takes no signal beside the other two options.
      await navigator.locks.request(name, options.ifAvailable || options.steal ? options : { signal }, (lock) => {
        told();
        if (signal.aborted) return;
        const held = lock && new Promise<void>((give) => (claim.give = give));
        if (!options.steal) this.#told(flight, !!lock);
        return held;
      });
    } catch {
      // No longer waited for, or taken away by a tab that heard nothing from this one.
      told();
    }
  }
}
