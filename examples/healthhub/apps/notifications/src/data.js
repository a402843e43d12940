// What this app asks for: only whether it may show what the host has handed over.
import { connect } from "forebay";

const VIEWER = "query NotifPerms { viewer { role id } }";

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

  return { viewer, close: () => app && app.disconnect() };
}

/** The same question to Apollo Client, which Forebay is measured beside; its defaults hold. */
function throughApollo({ client, gql }) {
  return { viewer: async () => (await client.query({ query: gql(VIEWER) })).data.viewer, close() {} };
}
