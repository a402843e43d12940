// The week in figures, kept alive in the side rail. Svelte.
import { mount as mountComponent, unmount } from "svelte";
import { source } from "./data.js";
import Week from "./Week.svelte";

export function mount(element, { client, host }) {
  const data = source(client, host.clinic.week);
  const component = mountComponent(Week, { target: element, props: { data, clinic: host.clinic } });
  return () => {
    unmount(component);
    data.close();
  };
}
