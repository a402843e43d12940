import { hydrate as takeOver, mount as mountIt, unmount } from "svelte";
import { hydrate } from "forebay/svelte";
import { props as reactive } from "./svelte/props.svelte.js";
import Change from "./svelte/Change.svelte";
import Followed from "./svelte/Followed.svelte";
import Late from "./svelte/Late.svelte";
import List from "./svelte/List.svelte";
import One from "./svelte/One.svelte";
import Pages from "./svelte/Pages.svelte";

const KINDS = { One, Followed, Late, List, Pages, Change };

export function mount(place, app, kind, props, { isHydrating, payload } = {}) {
  if (payload) hydrate(payload);
  // The app itself is no state, lest it be wrapped.
  const now = reactive({ app: () => app, ...props });
  const component = (isHydrating ? takeOver : mountIt)(KINDS[kind], { target: place, props: now });
  return { set: (props) => void Object.assign(now, props), unmount: () => void unmount(component) };
}

/** For tests that look at what all components share. */
export { dehydrate, hydrate, keyOf, leaseOf } from "forebay/svelte";
