// What this app asks for: only the patient's name.
import { connect } from "forebay";
import { ForebayController } from "forebay/lit";
import { Asked } from "./asked.js";

const PATIENT = "query CareSummary($pid: ID!) { patient(id: $pid) { id name } }";

/** Escapes all but letters and digits, so `-` becomes `%2D`: harmless, and another spelling than its neighbours'. */
const escaped = (id) => encodeURIComponent(id).replace(/[-_.!~*'()]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/** How this app asks about a patient: `controller` for the element that shows one, and what ends it. */
export function patientSource({ forebay, api, apollo }) {
  if (forebay) return throughForebay(api);
  const ask = apollo ? throughApollo(apollo) : api === "rest" ? byRest : byGraphql;
  return { controller: (host, id) => new Asked(host, id, ask), close() {} };
}

/** What one component shows others need not ask for again, whatever they are written in. */
function throughForebay(api) {
  const app = connect({ app: "care-summary" });
  const rest = (host, id) => new ForebayController(host, app, () => [addressOf(id())], { init: INIT });
  const graphql = (host, id) => new ForebayController(host, app, () => [PATIENT, { pid: id() }], { select: ({ patient }) => patient });
  return { controller: api === "rest" ? rest : graphql, close: () => app.disconnect() };
}

const INIT = { method: "GET", headers: { ACCEPT: "application/json" } };
const addressOf = (id) => new URL(`../api/patients/${escaped(id)}`, location.href);

const byRest = (id) => plain(addressOf(id), INIT);

async function byGraphql(pid) {
  const headers = { "Content-Type": "application/json" };
  const { data, errors } = await plain("/graphql", { method: "POST", headers, body: JSON.stringify({ query: PATIENT, variables: { pid } }) });
  if (errors) throw new Error(errors[0].message);
  return data.patient;
}

/** The same question to Apollo Client, which Forebay is measured beside; its defaults hold. */
const throughApollo = ({ client, gql }) => async (pid) => (await client.query({ query: gql(PATIENT), variables: { pid } })).data.patient;

async function plain(url, init) {
  const response = await fetch(url, init);
  if (!response.ok) throw Object.assign(new Error(`${url} answered ${response.status}`), { status: response.status });
  return response.json();
}
