// What this app asks for: only whether it may show what the host has handed over. And what comes first of that.
import { connect } from "forebay";

const VIEWER = "query NotifPerms { viewer { role id } }";

/** Compiled by `forebay model convert` (see `decisions/README.md`). */
const MODEL = { url: "/decisions/inbox.forebay", sha256: "57304f1a60594900f9c85da589b60822d7e128b73d4f99a78d5a9f2dc8e43e66" };
const URGENCY = { urgent: 2, task: 0.5, info: 0 };
/** So long the notices wait for their order; what comes later puts them in order later. */
const PATIENCE = 400;

/** Puts notices in order in the page, and learns from what the person does with them. */
async function ranking() {
  const { load } = await import("forebay/decisions");
  const decisions = await load();
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

async function plain(input, init) {
  const response = await fetch(input, init);
  if (!response.ok) throw new Error(`${input} answered ${response.status}`);
  return response.json();
}

export function source({ forebay, api, apollo }) {
  if (apollo) return throughApollo(apollo);
  const app = forebay && connect({ app: "notifications" });
  const json = app ? app.json : plain;

  async function viewer() {
    if (api === "rest") return json(address("viewer"), { method: "GET", headers: [["accept", " application/json "]] });
    if (app) return (await app.query(VIEWER)).viewer;
    const headers = { "content-type": "application/json" };
    const { data, errors } = await plain("/graphql", { method: "POST", headers, body: JSON.stringify({ query: VIEWER }) });
    if (errors?.length) throw new Error(errors[0].message);
    return data.viewer;
  }

  const order = app ? ranking() : undefined;
  return {
    viewer,
    /** `listener` is given what orders the notices; resolves when it has been, or it takes too long. */
    ranking: (listener) => order && Promise.race([order.then(listener), new Promise((enough) => setTimeout(enough, PATIENCE))]),
    close() {
      order?.then((order) => order.release());
      if (app) app.disconnect();
    },
  };
}

/** The same question to Apollo Client, which Forebay is measured beside; its defaults hold. */
function throughApollo({ client, gql }) {
  return { viewer: async () => (await client.query({ query: gql(VIEWER) })).data.viewer, ranking() {}, close() {} };
}
