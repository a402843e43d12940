/** What a component shows that asks by itself: the last answer, and why there is none newer. */
export class Asked {
  data = $state.raw();
  error = $state.raw();
  #ask;

  constructor(ask) {
    this.#ask = ask;
  }

  /** For a component that begins to show it. */
  use = () => {
    this.refresh();
    return this;
  };

  refresh = () => this.#ask().then((data) => this.show(data), (error) => this.show(undefined, error));

  show(data = this.data, error) {
    if (error) console.error("analytics:", error);
    this.data = data;
    this.error = error;
  }
}
