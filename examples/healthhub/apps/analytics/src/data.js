// What this app asks for: the week's visits, which may change while they are shown, and whose they are.
import { connect } from "forebay";
import { useForebay } from "forebay/svelte";
import { Asked } from "./asked.svelte.js";

const VISITS = "query AnalyticsAppts { visits { id time clinician } }";
const VIEWER = "query AnalyticsViewer { viewer { role name id } }";
/** What the app that changed visits says to those that cannot know otherwise. */
const CHANGED = "healthhub:visits-changed";

// Addresses are written out in full, port and all, and escaped by a helper that escapes more than it must.
const port = location.port || (location.protocol === "https:" ? "443" : "80");
const BASE = `${location.protocol}//${location.hostname.toUpperCase()}:${port}`;

/** Loads what finds visits in the page, among those that the cache has: without a request, and without a copy of them. */
async function filter() {
  const { load } = await import("forebay/decisions");
  const decisions = await load();
  if (decisions.problem) throw new Error(decisions.problem);
  return (visits, typed) => {
    const words = typed.split(/\s+/).filter(Boolean);
    const either = (word) => ({ or: ["clinician", "time"].map((field) => ({ field, contains: word, fold: true })) });
    return decisions.filter(visits, { and: words.map(either) }, { sort: [{ field: "time" }], limit: 6 });
  };
}

const viewerOf = ({ viewer }) => viewer;
const visitsOf = ({ visits }) => visits;

/**
 * This app's questions: `useVisits()` and `useViewer()` give what is shown, with reactive `data` and `error` and a way to
 * ask again; `look()` is for who comes back and wants the figures of now.
 */
export function source({ forebay, api, apollo }, week) {
  if (apollo) return throughApollo(apollo);
  const search = {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({ from: week[0], to: week.at(-1) }),
  };
  const viewer = { url: `${BASE}/%61pi/viewer`, init: { headers: new Headers({ ACCEPT: "application/json" }) } };
  const visits = { url: "/api/visits/search", init: search };
  return forebay ? throughForebay(api, viewer, visits) : throughFetch(api, viewer, visits);
}

/** What one component shows others need not ask for again, whatever they are written in; and it knows when visits change. */
function throughForebay(api, viewer, visits) {
  const app = connect({ app: "analytics" });
  const rest = {
    useViewer: () => useForebay(viewer.url, undefined, { app, init: viewer.init }),
    useVisits: () => useForebay(visits.url, undefined, { app, init: visits.init }),
    look: () => Promise.all([app.json(viewer.url, viewer.init), app.json(visits.url, visits.init)]),
  };
  const graphql = {
    useViewer: () => useForebay(VIEWER, undefined, { app, select: viewerOf }),
    useVisits: () => useForebay(VISITS, undefined, { app, select: visitsOf }),
    look: () => Promise.all([app.query(VIEWER), app.query(VISITS)]),
  };
  return { ...(api === "rest" ? rest : graphql), filter, close: () => app.disconnect() };
}

/** Without it: who shows something asks for it, and asks again when the app that has changed visits says so. */
function throughFetch(api, viewer, visits) {
  const ask = async ({ url, init }) => {
    const response = await fetch(url, init);
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    return response.json();
  };
  const query = async (document) => {
    const headers = { "Content-Type": "application/json" };
    const { data, errors } = await ask({ url: "/graphql", init: { method: "POST", headers, body: JSON.stringify({ query: document }) } });
    if (errors) throw new Error(errors[0].message);
    return data;
  };
  const who = new Asked(async () => (api === "rest" ? ask(viewer) : viewerOf(await query(VIEWER))));
  const week = new Asked(async () => (api === "rest" ? ask(visits) : visitsOf(await query(VISITS))));
  addEventListener(CHANGED, week.refresh);
  return {
    useViewer: who.use,
    useVisits: week.use,
    look: () => Promise.all([who.refresh(), week.refresh()]),
    close: () => removeEventListener(CHANGED, week.refresh),
  };
}

/**
 * The same questions to Apollo Client, which Forebay is measured beside; its defaults hold. It tells of every change in its
 * cache; of what happens in another app's cache it knows nothing.
 */
function throughApollo({ client, gql, shared }) {
  const watched = client.watchQuery({ query: gql(VISITS) });
  const week = new Asked(() => watched.refetch().then(({ data }) => visitsOf(data)));
  const who = new Asked(async () => viewerOf((await client.query({ query: gql(VIEWER) })).data));
  const subscription = watched.subscribe(({ data, error, loading }) => {
    if (!loading) week.show(data && visitsOf(data), error);
  });
  if (!shared) addEventListener(CHANGED, week.refresh);
  return {
    useViewer: who.use,
    useVisits: () => week,
    look: () => Promise.all([who.refresh(), client.query({ query: gql(VISITS) })]),
    close() {
      subscription.unsubscribe();
      removeEventListener(CHANGED, week.refresh);
    },
  };
}
