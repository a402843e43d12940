/** A controller for an element that asks by itself: what came is its `state`. */
export class Asked {
  state = {};
  #host;
  #id;
  #ask;

  constructor(host, id, ask) {
    this.#host = host;
    this.#id = id;
    this.#ask = ask;
    host.addController(this);
  }

  hostConnected() {
    this.refresh();
  }

  async refresh() {
    this.#show({});
    try {
      this.#show({ data: await this.#ask(this.#id()) });
    } catch (error) {
      if (error.status !== 404) console.error("care-summary:", error);
      this.#show({ error });
    }
  }

  #show(state) {
    this.state = state;
    this.#host.requestUpdate();
  }
}
