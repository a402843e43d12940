/** Mutations go out one after the other where their order matters, and nowhere else. */

/** Runs what has the same key one after the other, as it was given. */
export class Order {
  readonly #last = new Map<string, Promise<unknown>>();

  /** `go` is called at once if nothing of this key runs. Who has given up by then throws from it, and the next one's turn comes. */
  run<T>(key: string, go: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const mine = before ? before.then(go) : go();
    const over: Promise<unknown> = mine.then(() => {}, () => {}).then(() => this.#last.get(key) === over && this.#last.delete(key));
    this.#last.set(key, over);
    return mine;
  }
}
