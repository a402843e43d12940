// What this app asks for: the week's visits, which may change while they are shown, and whose they are.
import { connect } from "forebay";

const VISITS = "query AnalyticsAppts { visits { id time clinician } }";
const VIEWER = "query AnalyticsViewer { viewer { role name id } }";

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

export function source({ forebay, api, apollo }, week) {
  if (apollo) return throughApollo(apollo);
  const app = forebay ? connect({ app: "analytics" }) : null;
  const search = {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({ from: week[0], to: week.at(-1) }),
  };

  async function ask(url, init) {
    if (app) return app.json(url, init);
    const response = await fetch(url, init);
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    return response.json();
  }

  async function query(document) {
    if (app) return app.query(document);
    const headers = { "Content-Type": "application/json" };
    const { data, errors } = await ask("/graphql", { method: "POST", headers, body: JSON.stringify({ query: document }) });
    if (errors) throw new Error(errors[0].message);
    return data;
  }

  const viewer = async () => api === "rest"
    ? ask(`${BASE}/%61pi/viewer`, { headers: new Headers({ ACCEPT: "application/json" }) })
    : (await query(VIEWER)).viewer;

  const visits = async () => api === "rest" ? ask("/api/visits/search", search) : (await query(VISITS)).visits;

  /**
   * Tells `listener` the visits now and whenever they change: `{ data }` or `{ error }`. Forebay knows by itself
   * when they do; without it the app that changed them says so.
   */
  function watchVisits(listener) {
    if (app && api === "rest") return app.watch("/api/visits/search", search, listener);
    if (app) return app.watch({ query: VISITS }, ({ data, error }) => listener({ data: data?.visits, error }));
    const refresh = () => visits().then((data) => listener({ data }), (error) => listener({ error }));
    addEventListener("healthhub:visits-changed", refresh);
    refresh();
    return { refresh, stop: () => removeEventListener("healthhub:visits-changed", refresh) };
  }

  return { viewer, visits, watchVisits, filter: app ? filter : undefined, close: () => app?.disconnect() };
}

/** The same questions to Apollo Client, which Forebay is measured beside; its defaults hold. */
function throughApollo({ client, gql, shared }) {
  const [visitsQuery, viewerQuery] = [gql(VISITS), gql(VIEWER)];

  /** Apollo tells of every change in its cache. Of what happens in another app's cache it knows nothing. */
  function watchVisits(listener) {
    const watched = client.watchQuery({ query: visitsQuery });
    const subscription = watched.subscribe(({ data, error, loading }) => {
      if (error) listener({ error });
      else if (!loading) listener({ data: data.visits });
    });
    const refresh = () => watched.refetch().catch(() => {}); // the subscription has told of the failure
    if (!shared) addEventListener("healthhub:visits-changed", refresh);
    const stop = () => {
      subscription.unsubscribe();
      removeEventListener("healthhub:visits-changed", refresh);
    };
    return { refresh, stop };
  }

  return {
    viewer: async () => (await client.query({ query: viewerQuery })).data.viewer,
    visits: async () => (await client.query({ query: visitsQuery })).data.visits,
    watchVisits,
    close() {},
  };
}
