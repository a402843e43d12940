// What the host shell says to Forebay: which POST only reads, who is there, and where the person goes.
import { configure, connect, ready } from "forebay";

/**
 * How long the first apps wait for the core, in milliseconds. Requests that come before it are sent at once and shared
 * by their spelling only; a moment's patience shares them all. Whoever has a slow line must not wait for it, though.
 */
const PATIENCE = 1000;

/** What each route will ask for, as the apps' answers are labelled (`accept` takes part in what is the same). */
const json = { headers: { Accept: "application/json" } };
const ROUTES = {
  "/dashboard": [{ url: "/api/viewer", ...json }],
  "/patient/:id": [{ url: "/api/patients/:id", ...json }, { url: "/api/viewer", ...json }],
  "/appointments": [{ url: "/api/viewer", ...json }],
};

/** Gives the shell's handle; without Forebay one that does nothing, so that the shell need not ask which it is. */
export function connectShell({ client, api }) {
  if (client !== "forebay") return { identify() {}, route() {}, mode: () => client, ready: Promise.resolve() };
  configure({
    rules: [{ match: "/api/visits/search", coalescePost: true, tags: ["visits"] }],
    graphql: { endpoint: "/graphql" },
    ...(api === "rest" && { manifest: { routes: ROUTES } }),
  });
  const shell = connect({ app: "shell" });
  return {
    identify: (id) => shell.identify(id),
    route: (path) => shell.route(path),
    mode: () => shell.report().mode,
    ready: Promise.race([ready(), new Promise((enough) => setTimeout(enough, PATIENCE))]),
  };
}
