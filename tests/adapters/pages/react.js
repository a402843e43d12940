import * as React from "react";
import { Component, createElement as h, memo, startTransition, StrictMode, Suspense, useState } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import { ForebayProvider, hydrate, useForebay, useForebayMutation } from "forebay/react";
import { useForebayPages } from "forebay/react-pages";
import { seen, shown } from "./shown.js";

function One({ url, variables, options, id }) {
  seen(id);
  return h("p", null, shown(useForebay(url, variables, options)));
}

const Row = memo(function Row({ url, index }) {
  seen("row " + index);
  const { data } = useForebay(url, undefined, { select: (rows) => rows[index] });
  return h("li", null, data?.name ?? "…");
});

const List = ({ url, count }) => h("ul", null, ...Array.from({ length: count }, (_, index) => h(Row, { key: index, url, index })));

function Pages({ url }) {
  const { data, more, hasMore } = useForebayPages(url, (page, index) => (index ? page.next && { after: page.next } : { after: 0 }));
  return h("p", { onClick: more }, (data ?? []).flatMap(({ items }) => items).join(), hasMore ? "+" : "");
}

function Change({ url }) {
  const { mutate, isPending, error } = useForebayMutation((name) => globalThis.rename(name), (name) => ({
    optimistic: [{ source: url, update: (data) => ({ ...data, name }) }], invalidates: { urls: [url] },
  }));
  globalThis.mutate = mutate;
  return h("p", null, shown(useForebay(url)), isPending ? " pending" : "", error ? " " + error.message : "");
}

const Suspended = ({ url }) => h(Suspense, { fallback: h("p", null, "waiting") }, h(Boundary, null, h(Reader, { url })));
const Reader = ({ url }) => h("p", null, useForebay(url, undefined, { suspense: true }).data.name);
class Boundary extends Component {
  state = {};
  static getDerivedStateFromError = (error) => ({ error });
  render() {
    globalThis.retry = () => this.setState({ error: undefined });
    return this.state.error ? h("p", null, "boundary: " + this.state.error.message) : this.props.children;
  }
}

/** Goes on within a transition: what was shown stays. */
function Moving({ url }) {
  const [now, setNow] = useState(url);
  globalThis.move = (next) => startTransition(() => setNow(next));
  return h(Suspense, { fallback: h("p", null, "waiting") }, h(Reader, { url: now }));
}

/** Hidden, what it shows is kept, and its effects are ended; React 18 has no such thing. */
const Hidden = ({ isHidden, ...props }) => h(React["Activity"], { mode: isHidden ? "hidden" : "visible" }, h(One, props));

const KINDS = { One, List, Pages, Change, Suspended, Moving, ...(React["Activity"] && { Hidden }) };

export function mount(place, app, kind, props, { isStrict, isHydrating, payload } = {}) {
  if (payload) hydrate(payload);
  const make = (props) => {
    const inner = h(ForebayProvider, { app }, h(KINDS[kind], props));
    return isStrict ? h(StrictMode, null, inner) : inner;
  };
  const root = isHydrating ? hydrateRoot(place, make(props)) : createRoot(place);
  if (!isHydrating) root.render(make(props));
  return { set: (props) => root.render(make(props)), unmount: () => root.unmount() };
}

/** For tests that look at what all components share. */
export { dehydrate, hydrate, keyOf, leaseOf } from "forebay/react";
