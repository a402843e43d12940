// What the host shell says to Forebay: which POST only reads, who is there, and where the person goes.
import { configure, connect, ready } from "forebay";
import { documents } from "../../scenario.json";

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

/** The schema's composite types: with them it is provable that `...on User` asks for nothing special of a viewer. */
const TYPES = {
  Query: { fields: { viewer: "User", patient: "Patient", visits: "Visit" } },
  Mutation: { fields: { reschedule: "Visit" } },
  User: {},
  Patient: {},
  Visit: {},
};

/**
 * By GraphQL: what is known of the schema and, unless that is to be measured, which documents the apps have. Answers
 * stay fresh for a minute, unless a mutation touches what they are about.
 */
const forGraphql = (client) => ({
  rules: [{ match: "/graphql", ttl: 60 }],
  manifest: { types: TYPES, ...(client === "forebay" && { documents: Object.values(documents) }) },
});

const FOR_REST = {
  rules: [{ match: "/api/visits/search", coalescePost: true, tags: ["visits"] }],
  manifest: { routes: ROUTES },
};

/** Gives the shell's handle; without Forebay one that does nothing, so that the shell need not ask which it is. */
export function connectShell({ client, api }) {
  if (!client.startsWith("forebay")) return { identify() {}, route() {}, mode: () => client, ready: Promise.resolve() };
  configure({
    graphql: { endpoint: "/graphql" },
    ...(api === "rest" ? FOR_REST : forGraphql(client)),
  });
  const shell = connect({ app: "shell" });
  return {
    identify: (id) => shell.identify(id),
    route: (path) => shell.route(path),
    mode: () => shell.report().mode,
    ready: Promise.race([ready(), new Promise((enough) => setTimeout(enough, PATIENCE))]),
  };
}
