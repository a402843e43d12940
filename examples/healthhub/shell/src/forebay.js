// What the host shell says to Forebay: which POST only reads, who is there, and where the person goes.
import { configure, connect, ready } from "forebay";
import plan from "../forebay.plan.json";

/** By REST: what each route will ask for, as the apps' answers are labelled (`accept` takes part in what is the same). */
const json = { headers: { Accept: "application/json" } };
const ROUTES = {
  "/dashboard": [{ url: "/api/viewer", ...json }],
  "/patient/:id": [{ url: "/api/patients/:id", ...json }, { url: "/api/viewer", ...json }],
  "/appointments": [{ url: "/api/viewer", ...json }],
};

/**
 * By GraphQL: what the build has read of the apps' sources and the schema (build.mjs), unless its use is to be measured.
 * Answers stay fresh for a minute, unless a mutation touches what they are about.
 */
const { documents, routes, types } = plan;
const MANIFESTS = { forebay: { documents, routes, types }, "forebay-documents": { documents, types }, "forebay-contained": { types } };
const forGraphql = (client) => ({ rules: [{ match: "/graphql", ttl: 60 }], manifest: MANIFESTS[client] });

const FOR_REST = {
  rules: [{ match: "/api/visits/search", coalescePost: true, tags: ["visits"] }],
  manifest: { routes: ROUTES },
};

/**
 * Gives the shell's handle, which is `ready` when the core is, or after `patience` milliseconds; without Forebay one that
 * does nothing, so that the shell need not ask which it is.
 */
export function connectShell({ client, api, patience }) {
  if (!client.startsWith("forebay")) return { identify() {}, route() {}, mode: () => client, ahead() {}, ready: Promise.resolve() };
  configure({
    graphql: { endpoint: "/graphql" },
    ...(api === "rest" ? FOR_REST : forGraphql(client)),
  });
  const shell = connect({ app: "shell" });
  return {
    identify: (id) => shell.identify(id),
    route: (path) => shell.route(path),
    mode: () => shell.report().mode,
    ahead: () => shell.report().routes,
    ready: Promise.race([ready(), new Promise((enough) => setTimeout(enough, patience))]),
  };
}
