// The inbox: what the clinic wants to tell the person who is signed in. Vue.
import { forebay } from "forebay/vue";
import { createApp } from "vue";
import { source } from "./data.js";
import Inbox from "./Inbox.vue";
import css from "./style.css?inline";

export function mount(element, { client, host }) {
  const data = source(client);
  const style = document.createElement("style");
  style.textContent = css;
  const root = document.createElement("div");
  element.append(style, root);
  const app = createApp(Inbox, { notices: host.notices, data });
  if (data.app) app.use(forebay(data.app));
  app.mount(root);
  return () => {
    app.unmount();
    data.close();
    element.replaceChildren();
  };
}
