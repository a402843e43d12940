// What this app asks for: only whether it may show what the host has handed over. And what comes first of that.
import { connect } from "forebay";
import { useForebay } from "forebay/vue";
import { shallowRef } from "vue";

const VIEWER = "query NotifPerms { viewer { role id } }";

/** Compiled by `forebay model convert` (see `decisions/README.md`). */
const MODEL = { url: "/decisions/inbox.forebay", sha256: "57304f1a60594900f9c85da589b60822d7e128b73d4f99a78d5a9f2dc8e43e66" };
const URGENCY = { urgent: 2, task: 0.5, info: 0 };
/** So long the notices wait for their order; what comes later puts them in order later. */
const PATIENCE = 400;

/** Puts notices in order in the page, and learns from what the person does with them. */
async function ranking() {
  const { load } = await import("forebay/decisions");
  const decisions = await load({ only: "ranking" });
  const ranker = await decisions.ranker({ models: [MODEL], learn: true, names: { urgency: "its urgency", youth: "its age", kind: "its kind" } });
  const itemOf = (notice) => ({ notice, level: notice.level, urgency: URGENCY[notice.level], time: Date.parse(notice.at) });
  return {
    /** The notices in order, each with what speaks for or against it. */
    inOrder: (notices) => ranker.rank(notices.map(itemOf)).map(({ item }) => ({ notice: item.notice, why: ranker.why(item, 2).map(({ words }) => words).join(", ") })),
    tell: (notice, what, position) => ranker.feedback(itemOf(notice), what, position),
    release: () => ranker.release(),
  };
}

/** The API's address as this app's own helper has always written it. */
function address(path) {
  const url = new URL(`/api/./${path}`, document.baseURI);
  url.hash = "notifications";
  return url;
}

const viewerOf = ({ viewer }) => viewer;

/** What the inbox uses: a composable that tells who is there, and what orders the notices. */
export function source({ forebay, api, apollo }) {
  if (forebay) return throughForebay(api);
  const ask = apollo ? () => apollo.client.query({ query: apollo.gql(VIEWER) }).then(({ data }) => viewerOf(data)) : () => plainViewer(api);
  return { useViewer: () => useAsked(ask), ranking() {}, close() {} };
}

/** What one component shows others need not ask for again, whatever they are written in. */
function throughForebay(api) {
  const app = connect({ app: "notifications" });
  const rest = () => useForebay(address("viewer"), undefined, { init: { method: "GET", headers: [["accept", " application/json "]] } });
  const graphql = () => useForebay(VIEWER, undefined, { select: viewerOf });
  const order = ranking();
  return {
    app,
    useViewer: api === "rest" ? rest : graphql,
    /** `listener` is given what orders the notices; resolves when it has been, or it takes too long. */
    ranking: (listener) => Promise.race([order.then(listener), new Promise((enough) => setTimeout(enough, PATIENCE))]),
    close() {
      order.then((order) => order.release(), () => {});
      app.disconnect();
    },
  };
}

/** Without it, and for Apollo Client, which Forebay is measured beside: who shows something asks for it. */
function useAsked(ask) {
  const [data, error] = [shallowRef(), shallowRef()];
  const refresh = () => ask().then((viewer) => ([data.value, error.value] = [viewer]), (problem) => (error.value = problem));
  refresh();
  return { data, error, refresh };
}

async function plainViewer(api) {
  if (api === "rest") return plain(address("viewer"), { method: "GET", headers: [["accept", " application/json "]] });
  const { data, errors } = await plain("/graphql", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ query: VIEWER }) });
  if (errors?.length) throw new Error(errors[0].message);
  return viewerOf(data);
}

async function plain(input, init) {
  const response = await fetch(input, init);
  if (!response.ok) throw new Error(`${input} answered ${response.status}`);
  return response.json();
}
