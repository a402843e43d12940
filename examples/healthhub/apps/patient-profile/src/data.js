// What this app asks for: the patient of the route, and in whose name the chart is open. And what that person may see.
import { connect } from "forebay";

const PATIENT = "query GetPatient($id: ID!) { patient(id: $id) { id name dob } }";
const VIEWER = "query ProfileViewer { viewer { ...U } } fragment U on User { id name role }";

/** Compiled by `forebay policy compile` (see `decisions/README.md`). */
const POLICIES = { url: "/decisions/chart.fbpt", sha256: "49c1ac2c2709fd77052c2d9a8364c5c39c91d9a5cd134a8d091c3967b285e8e3" };
/** Fields with an action of their own. */
const FIELDS = { dob: "view.dob" };
const SHIFT = 8 * 3_600_000;

/**
 * What a person may see of a patient, decided in the page: a copy without the rest, or nothing. It only spares people
 * what is not theirs to read; what must not reach them the server must not send.
 */
async function masked(patient, viewer) {
  const { load } = await import("forebay/decisions");
  const policies = await (await load()).policies({ ...POLICIES, expires: Date.now() + SHIFT });
  if (policies.problem) console.error("patient-profile:", policies.problem);
  const principal = { type: "User", id: viewer.id, parents: [{ type: "Role", id: viewer.role }] };
  const start = performance.now();
  const [shown] = policies.for({ principal, action: "view", resourceType: "Patient" }).masked([patient], FIELDS);
  const took = performance.now() - start;
  policies.release();
  return { shown, took };
}

/** Where nothing is decided in the page, all that was sent is shown. */
const unmasked = async (patient) => ({ shown: patient });

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
  return { ...(api === "rest" ? rest : graphql), masked: app ? masked : unmasked, close: () => app?.disconnect() };
}

/** The same questions to Apollo Client, which Forebay is measured beside; its defaults hold. */
function throughApollo({ client, gql }) {
  return {
    viewer: async () => (await client.query({ query: gql(VIEWER) })).data.viewer,
    patient: async (id) => (await client.query({ query: gql(PATIENT), variables: { id } })).data.patient,
    masked: unmasked,
    close() {},
  };
}
