// Which app belongs where, and how it is put there. The apps know nothing of the shell but this contract:
//
//   export function mount(element, { params, client, host }) → unmount (or a promise of it)
//
// `params`: the route's. `client`: `{ forebay: boolean, api: "rest" | "graphql" }`, and to measure Apollo Client also
// `apollo: { client, gql, shared }`. `host`: what the host page has for everybody (the clinic's week, the notices). An
// app hears of two events on `window`: `healthhub:route` (`detail.path`), and `healthhub:visits-changed`, which the app
// that changed a visit sends.

/** `kept`: stays mounted when its route is left, hidden unless it is in the `rail` or the `header`. */
const APPS = {
  "shell-header": { entry: "/apps/shell-header/main.js", slot: "header", label: "Person", kept: true },
  notifications: { entry: "/apps/notifications/main.js", label: "Inbox", kept: true },
  analytics: { entry: "/apps/analytics/main.js", slot: "rail", label: "This week", kept: true },
  "patient-profile": { entry: "/apps/patient-profile/main.js", label: "Profile" },
  "care-summary": { entry: "/apps/care-summary/main.js", label: "Visit preparation" },
  schedule: { entry: "/apps/schedule/main.js", label: "Schedule" },
};

/** Mounts what a route shows and unmounts what it does not. One instance serves the page. */
export class Stage {
  #frames = new Map();

  constructor({ clientOf, host, mountDelay, ready }) {
    this.clientOf = clientOf;
    this.host = host;
    this.mountDelay = mountDelay;
    this.ready = ready;
  }

  /** Shows exactly these apps. One that is there already with the same parameters stays as it is. */
  show(names, params) {
    for (const [name, frame] of this.#frames) {
      const wanted = names.includes(name);
      const same = APPS[name].kept || JSON.stringify(frame.params) === JSON.stringify(params);
      if (wanted && same) frame.element.hidden = false;
      else if (APPS[name].kept) frame.element.hidden = !APPS[name].slot;
      else this.#remove(name);
    }
    for (const name of names) if (!this.#frames.has(name)) this.#add(name, params);
  }

  /** Takes everything away, as on sign-out. */
  clear() {
    for (const name of [...this.#frames.keys()]) this.#remove(name);
  }

  #add(name, params) {
    const { slot } = APPS[name];
    const element = document.createElement("div");
    element.className = "frame";
    element.dataset.app = name;
    const frame = { element, params, unmount: undefined, gone: false, attempts: 0 };
    this.#frames.set(name, frame);
    const parent = slot ? document.querySelector(`[data-slot=${slot}]`) : document.getElementById("slots");
    parent.append(element);
    this.#mount(name, frame);
  }

  async #mount(name, frame) {
    const { element } = frame;
    element.dataset.state = "loading";
    element.replaceChildren(placeholder());
    try {
      // A module that could not be loaded stays so for the page's life under the same address.
      const { entry } = APPS[name];
      const address = frame.attempts++ === 0 ? entry : `${entry}?attempt=${frame.attempts}`;
      const delay = this.mountDelay(); // drawn in the order of the route, however long each takes to load
      const [{ mount }] = await Promise.all([import(address), this.ready]);
      await new Promise((passed) => setTimeout(passed, delay)); // not while it loads, which would swallow the delay
      if (frame.gone) return;
      element.replaceChildren();
      const unmount = await mount(element, { params: frame.params, client: this.clientOf(name), host: this.host });
      if (frame.gone) unmount();
      frame.unmount = unmount;
      element.dataset.state = "mounted";
    } catch (error) {
      console.error(`${name} could not be mounted:`, error);
      element.dataset.state = "failed";
      element.replaceChildren(failure(APPS[name].label, () => this.#mount(name, frame)));
    }
  }

  #remove(name) {
    const frame = this.#frames.get(name);
    this.#frames.delete(name);
    frame.gone = true;
    frame.unmount?.();
    frame.element.remove();
  }
}

function placeholder() {
  const card = document.createElement("div");
  card.className = "card placeholder";
  card.setAttribute("aria-busy", "true");
  card.innerHTML = '<span class="skeleton wide"></span><span class="skeleton"></span><span class="skeleton narrow"></span>';
  return card;
}

function failure(label, again) {
  const card = document.createElement("div");
  card.className = "card problem-card";
  card.setAttribute("role", "alert");
  const text = document.createElement("p");
  text.textContent = `${label} could not be loaded. The rest of the page works without it.`;
  const button = document.createElement("button");
  button.className = "button";
  button.textContent = "Try again";
  button.addEventListener("click", again);
  card.append(text, button);
  return card;
}
