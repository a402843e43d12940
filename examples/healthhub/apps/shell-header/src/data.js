// What this app asks for, with Forebay and without, by REST and by GraphQL.
import { connect } from "forebay";

const VIEWER = "query ShellUser { viewer { id name role } }";

export function source({ forebay, api, apollo }) {
  if (apollo) return throughApollo(apollo);
  const app = forebay ? connect({ app: "shell-header" }) : undefined;

  const rest = () => {
    const options = { headers: { Accept: "application/json" } };
    return app ? app.json("/api/viewer", options) : plain("/api/viewer", options);
  };

  const graphql = async () => {
    if (app) return (await app.query(VIEWER)).viewer;
    const { data, errors } = await plain("/graphql", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ query: VIEWER }),
    });
    if (errors) throw new Error(errors[0].message);
    return data.viewer;
  };

  return { viewer: api === "rest" ? rest : graphql, close: () => app?.disconnect() };
}

/** The same question to Apollo Client, which Forebay is measured beside; its defaults hold. */
function throughApollo({ client, gql }) {
  return { viewer: async () => (await client.query({ query: gql(VIEWER) })).data.viewer, close() {} };
}

async function plain(url, options) {
  const response = await fetch(url, options);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.json();
}
