import { createApp, createSSRApp, defineComponent, h, shallowReactive } from "vue";
import { forebay, hydrate, useForebay, useForebayMutation } from "forebay/vue";
import { useForebayPages } from "forebay/vue-pages";
import { seen, shown } from "./shown.js";

const plain = (state) => Object.fromEntries(["data", "error", "isLoading", "isPrevious"].map((name) => [name, state[name].value]));

const One = defineComponent({
  props: ["url", "variables", "options", "id"],
  setup(props) {
    const state = useForebay(() => props.url, () => props.variables, props.options);
    return () => (seen(props.id), h("p", shown(plain(state))));
  },
});

const Row = defineComponent({
  props: ["url", "index"],
  setup(props) {
    const { data } = useForebay(props.url, undefined, { select: (rows) => rows[props.index] });
    return () => (seen("row " + props.index), h("li", data.value?.name ?? "…"));
  },
});

const List = defineComponent({ props: ["url", "count"], setup: ({ url, count }) => () => h("ul", Array.from({ length: count }, (_, index) => h(Row, { key: index, url, index }))) });

const Pages = defineComponent({
  props: ["url"],
  setup({ url }) {
    const { data, more, hasMore } = useForebayPages(url, (page, index) => (index ? page.next && { after: page.next } : { after: 0 }));
    return () => h("p", { onClick: more }, (data.value ?? []).flatMap(({ items }) => items).join() + (hasMore.value ? "+" : ""));
  },
});

const Change = defineComponent({
  props: ["url"],
  setup({ url }) {
    const { mutate, isPending, error } = useForebayMutation((name) => globalThis.rename(name), (name) => ({
      optimistic: [{ source: url, update: (data) => ({ ...data, name }) }], invalidates: { urls: [url] },
    }));
    globalThis.mutate = mutate;
    const state = useForebay(url);
    return () => h("p", shown(plain(state)) + (isPending.value ? " pending" : "") + (error.value ? " " + error.value.message : ""));
  },
});

export const KINDS = { One, List, Pages, Change };

export function mount(place, app, kind, props, { isHydrating, payload } = {}) {
  if (payload) hydrate(payload);
  const now = shallowReactive({ ...props });
  const vue = (isHydrating ? createSSRApp : createApp)({ render: () => h(KINDS[kind], { ...now }) }).use(forebay(app));
  vue.mount(place);
  return { set: (props) => void Object.assign(now, props), unmount: () => vue.unmount() };
}

/** For tests that look at what all components share. */
export { dehydrate, hydrate, keyOf, leaseOf } from "forebay/vue";
