// What this app asks for: the patient of the route, and in whose name the chart is open.
import { connect } from "forebay";

const PATIENT = "query GetPatient($id: ID!) { patient(id: $id) { id name dob } }";
const VIEWER = "query ProfileViewer { viewer { ...U } } fragment U on User { id name role }";

export class HttpError extends Error {
  constructor(url, status) {
    super(`${url} answered ${status}`);
    this.status = status;
  }
}

async function plain(input, init) {
  const response = await fetch(input, init);
  if (!response.ok) throw new HttpError(response.url, response.status);
  return response.json();
}

export function source({ forebay, api, apollo }) {
  if (apollo) return throughApollo(apollo);
  const app = forebay ? connect({ app: "patient-profile" }) : undefined;

  // This team builds `Request` objects; its URL helper escapes letters that need no escape.
  const get = (path) => {
    const request = new Request(path, { headers: [["aCCept", "application/json"]] });
    return app ? app.json(request) : plain(request);
  };

  const query = async (document, variables) => {
    if (app) return app.query(document, variables);
    const { data, errors } = await plain("/graphql", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ query: document, variables }),
    });
    if (errors) throw new Error(errors[0].message);
    return data;
  };

  const rest = {
    viewer: () => get("/api/%76iewer"),
    // Both ways of asking say the same of a patient who is not there.
    patient: (id) => get(`/api/patients/${encodeURIComponent(id)}`).catch((error) => {
      if (error.status === 404) return null;
      throw error;
    }),
  };
  const graphql = {
    viewer: async () => (await query(VIEWER)).viewer,
    patient: async (id) => (await query(PATIENT, { id })).patient,
  };
  return { ...(api === "rest" ? rest : graphql), close: () => app?.disconnect() };
}

/** The same questions to Apollo Client, which Forebay is measured beside; its defaults hold. */
function throughApollo({ client, gql }) {
  return {
    viewer: async () => (await client.query({ query: gql(VIEWER) })).data.viewer,
    patient: async (id) => (await client.query({ query: gql(PATIENT), variables: { id } })).data.patient,
    close() {},
  };
}
