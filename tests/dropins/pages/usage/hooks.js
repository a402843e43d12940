// Hooks, rendered by React.
import { createElement as h, useEffect } from "react";
import { createRoot } from "react-dom/client";
import { steps, until } from "./kit.js";

/** Renders what a hook gives within what a library wants around it, and notes what `pick` takes of it. */
export function show(hook, pick, around) {
  const { seen, add } = steps();
  let now;
  const root = createRoot(document.body.appendChild(document.createElement("div")));
  function Reader(props) {
    now = hook(props);
    const picked = pick(now);
    useEffect(() => add(picked));
    return null;
  }
  const render = (props) => root.render(around(h(Reader, props)));
  render({});
  return { seen, render, get now() { return now; }, stop: () => root.unmount(), has: (is) => until(() => seen.some(is)) };
}
