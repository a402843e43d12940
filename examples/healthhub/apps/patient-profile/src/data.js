// What this app asks for: the patient of the route, and in whose name the chart is open. And what that person may see.
import { connect } from "forebay";
import { useForebay } from "forebay/react";
import { useAsked } from "./asked.js";

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

/** The same for who is there and who is not, in all ways of asking: the answer to a question is `null` if there is nobody. */
const orNobody = (answer) => (answer.error?.status === 404 ? { ...answer, data: null, error: undefined } : answer);

/** This app's questions, as hooks: each gives `{ data, error, refresh }`, and neither of the first two while it is on its way. */
export function source({ forebay, api, apollo }) {
  if (apollo) return throughApollo(apollo);
  return forebay ? throughForebay(api) : throughFetch(api);
}

/** What one component shows others need not ask for again, whatever they are written in. */
function throughForebay(api) {
  const app = connect({ app: "patient-profile" });
  const init = { headers: [["aCCept", "application/json"]] };
  // This team's URL helper escapes letters that need no escape.
  const rest = {
    useViewer: () => useForebay("/api/%76iewer", undefined, { init }),
    usePatient: (id) => orNobody(useForebay(`/api/patients/${encodeURIComponent(id)}`, undefined, { init })),
  };
  const graphql = {
    useViewer: () => useForebay(VIEWER, undefined, { select: viewerOf }),
    usePatient: (id) => useForebay(PATIENT, { id }, { select: patientOf }),
  };
  return { ...(api === "rest" ? rest : graphql), app, masked, close: () => app.disconnect() };
}

const viewerOf = ({ viewer }) => viewer;
const patientOf = ({ patient }) => patient;

/** Without it: whoever shows something asks for it. */
function throughFetch(api) {
  const get = (path) => plain(new Request(path, { headers: [["aCCept", "application/json"]] }));
  const query = async (document, variables) => {
    const headers = { "Content-Type": "application/json" };
    const { data, errors } = await plain("/graphql", { method: "POST", headers, body: JSON.stringify({ query: document, variables }) });
    if (errors) throw new Error(errors[0].message);
    return data;
  };
  return asHooks(api === "rest" ? {
    viewer: () => get("/api/%76iewer"),
    patient: (id) => get(`/api/patients/${encodeURIComponent(id)}`),
  } : {
    viewer: async () => viewerOf(await query(VIEWER)),
    patient: async (id) => patientOf(await query(PATIENT, { id })),
  });
}

/** The same questions to Apollo Client, which Forebay is measured beside; its defaults hold. */
function throughApollo({ client, gql }) {
  return asHooks({
    viewer: async () => viewerOf((await client.query({ query: gql(VIEWER) })).data),
    patient: async (id) => patientOf((await client.query({ query: gql(PATIENT), variables: { id } })).data),
  });
}

const asHooks = ({ viewer, patient }) => ({
  useViewer: () => useAsked(viewer),
  usePatient: (id) => orNobody(useAsked(patient, id)),
  masked: unmasked,
  close() {},
});

async function plain(input, init) {
  const response = await fetch(input, init);
  if (!response.ok) throw Object.assign(new Error(`${response.url} answered ${response.status}`), { status: response.status });
  return response.json();
}
