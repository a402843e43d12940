import "@angular/compiler";
import { ChangeDetectionStrategy, Component, computed, createComponent, NgZone, signal } from "@angular/core";
import * as core from "@angular/core";
import { bootstrapApplication, createApplication, provideClientHydration } from "@angular/platform-browser";
import { hydrate, injectForebay, injectForebayMutation, provideForebay } from "forebay/angular";
import { injectForebayPages } from "forebay/angular-pages";
import { seen, shown } from "./shown.js";

const plain = (state) => Object.fromEntries(["data", "error", "isLoading", "isPrevious"].map((name) => [name, state[name]()]));
/** Decorators by hand: these pages are plain JavaScript. */
const component = (selector, template, Class, imports = []) => Component({ selector, template, imports, standalone: true, changeDetection: ChangeDetectionStrategy.OnPush })(Class) ?? Class;
/** What is mounted is told by the test. */
let given;

class One {
  constructor() {
    const { props } = given;
    this.state = injectForebay(() => [props().url, props().variables], props().options);
    this.text = computed(() => (seen(props().id), shown(plain(this.state))));
  }
}
component("test-one", "<p>{{ text() }}</p>", One);

let index = 0;
class Row {
  constructor() {
    const mine = index++;
    const { data } = injectForebay(() => [given.props().url], { select: (rows) => rows[mine] });
    this.text = computed(() => (seen("row " + mine), data()?.name ?? "…"));
  }
}
component("test-row", "<li>{{ text() }}</li>", Row);

class List {
  rows = Array.from({ length: given.props().count }, (_, n) => n);
}
component("test-list", "<ul>@for (row of rows; track row) {<test-row />}</ul>", List, [Row]);

class Pages {
  constructor() {
    this.pages = injectForebayPages(given.props().url, (page, index) => (index ? page.next && { after: page.next } : { after: 0 }));
    this.text = computed(() => (this.pages.data() ?? []).flatMap(({ items }) => items).join() + (this.pages.hasMore() ? "+" : ""));
  }
}
component("test-pages", '<p (click)="pages.more()">{{ text() }}</p>', Pages);

class Change {
  tail = signal("");
  constructor() {
    const { url } = given.props();
    this.state = injectForebay(() => [url]);
    this.text = computed(() => shown(plain(this.state)) + this.tail());
    const change = injectForebayMutation((name) => globalThis.rename(name), (name) => ({ optimistic: [{ source: url, update: (data) => ({ ...data, name }) }], invalidates: { urls: [url] } }));
    globalThis.mutate = async (name) => {
      this.tail.set(" pending");
      try {
        await change(name);
        this.tail.set("");
      } catch (error) {
        this.tail.set(" " + error.message);
        throw error;
      }
    };
  }
}
component("test-change", "<p>{{ text() }}</p>", Change);

const KINDS = { One, List, Pages, Change };

const zone = core.provideZonelessChangeDetection ? [core.provideZonelessChangeDetection()] : [];

/** An application whose root is this component: what a server renders, and what takes over from it. */
export function boot(app, kind, props, providers = [], context = undefined) {
  given = { props: signal(props) };
  return bootstrapApplication(KINDS[kind], { providers: [...zone, provideForebay(app), provideClientHydration(), ...providers] }, context);
}

export async function mount(place, app, kind, props, { payload, html } = {}) {
  if (payload) hydrate(payload);
  if (html) {
    document.body.innerHTML = html;
    return boot(app, kind, props);
  }
  const application = await createApplication({ providers: [...zone, provideForebay(app)] });
  const host = place.appendChild(document.createElement("test-host"));
  const now = signal(props);
  given = { props: now };
  index = 0;
  const run = (work) => application.injector.get(NgZone).run(work);
  const made = run(() => createComponent(KINDS[kind], { environmentInjector: application.injector, hostElement: host }));
  run(() => application.attachView(made.hostView));
  application.tick();
  return { set: (props) => run(() => now.set({ ...now(), ...props })), unmount: () => (made.destroy(), application.destroy()) };
}

/** For tests that look at what all components share. */
export { dehydrate, hydrate, keyOf, leaseOf } from "forebay/angular";
