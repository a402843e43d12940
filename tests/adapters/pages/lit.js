import "@lit-labs/ssr-client/lit-element-hydrate-support.js";
import { html, LitElement } from "lit";
import { ForebayController, hydrate, mutation } from "forebay/lit";
import { ForebayPagesController } from "forebay/lit-pages";
import { seen, shown } from "./shown.js";

class Element extends LitElement {
  createRenderRoot() {
    return this;
  }
}

customElements.define("test-one", class extends Element {
  static properties = { url: {}, variables: {}, options: {} };
  connectedCallback() {
    this.state ??= new ForebayController(this, this.app, () => [this.url, this.variables], this.options);
    super.connectedCallback();
  }
  render() {
    seen(this.number);
    return html`<p>${shown(this.state.state)}</p>`;
  }
});

/** What a server renders has a shadow root. */
customElements.define("test-rendered", class extends LitElement {
  static properties = { url: {}, app: { attribute: false } };
  willUpdate() {
    // On a server each request has an app of its own, bound as a property; the page's elements find the page's.
    this.state ??= new ForebayController(this, this.app ?? globalThis.app, () => [this.url]);
  }
  render() {
    return html`<p>${shown(this.state.state)}</p>`;
  }
});

customElements.define("test-row", class extends Element {
  connectedCallback() {
    this.state ??= new ForebayController(this, this.app, () => [this.url], { select: (rows) => rows[this.index] });
    super.connectedCallback();
  }
  render() {
    seen("row " + this.index);
    return html`<li>${this.state.state.data?.name ?? "…"}</li>`;
  }
});

customElements.define("test-list", class extends Element {
  render() {
    return html`<ul>${Array.from({ length: this.count }, (_, index) => html`<test-row .app=${this.app} .url=${this.url} .index=${index}></test-row>`)}</ul>`;
  }
});

customElements.define("test-pages", class extends Element {
  connectedCallback() {
    this.pages ??= new ForebayPagesController(this, this.app, this.url, (page, index) => (index ? page.next && { after: page.next } : { after: 0 }));
    super.connectedCallback();
  }
  render() {
    return html`<p @click=${this.pages.more}>${(this.pages.state.data ?? []).flatMap(({ items }) => items).join()}${this.pages.hasMore ? "+" : ""}</p>`;
  }
});

customElements.define("test-change", class extends Element {
  connectedCallback() {
    const { url } = this;
    this.state ??= new ForebayController(this, this.app, () => [url]);
    const change = mutation(this.app, (name) => globalThis.rename(name), (name) => ({ optimistic: [{ source: url, update: (data) => ({ ...data, name }) }], invalidates: { urls: [url] } }));
    globalThis.mutate = async (name) => {
      this.tail = " pending";
      this.requestUpdate();
      try {
        await change(name);
        this.tail = "";
      } catch (error) {
        this.tail = " " + error.message;
        throw error;
      } finally {
        this.requestUpdate();
      }
    };
    super.connectedCallback();
  }
  render() {
    return html`<p>${shown(this.state.state) + (this.tail ?? "")}</p>`;
  }
});

export function mount(place, app, kind, { id, ...props }, { payload, html } = {}) {
  if (payload) hydrate(payload);
  if (html) return place.setHTMLUnsafe(html);
  const element = Object.assign(document.createElement("test-" + kind.toLowerCase()), { app, number: id, ...props });
  place.replaceChildren(element);
  return { set: (props) => void Object.assign(element, props), unmount: () => element.remove() };
}

/** For tests that look at what all components share. */
export { dehydrate, hydrate, keyOf, leaseOf } from "forebay/lit";
