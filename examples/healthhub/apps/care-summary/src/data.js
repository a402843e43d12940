// What this app asks for: only the patient's name.
import { connect } from "forebay";

const PATIENT = "query CareSummary($pid: ID!) { patient(id: $pid) { id name } }";

/** Escapes all but letters and digits, so `-` becomes `%2D`: harmless, and another spelling than its neighbours'. */
const escaped = (id) => encodeURIComponent(id).replace(/[-_.!~*'()]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

export class PatientSource {
  constructor({ forebay, api, apollo }) {
    this.app = forebay ? connect({ app: "care-summary" }) : undefined;
    this.patient = api === "rest" ? this.byRest : this.byGraphql;
    if (apollo) this.patient = (pid) => this.throughApollo(apollo, pid);
  }

  /** The same question to Apollo Client, which Forebay is measured beside; its defaults hold. */
  async throughApollo({ client, gql }, pid) {
    return (await client.query({ query: gql(PATIENT), variables: { pid } })).data.patient;
  }

  byRest(id) {
    const url = new URL(`../api/patients/${escaped(id)}`, location.href);
    return this.#ask(url, { method: "GET", headers: { ACCEPT: "application/json" } });
  }

  async byGraphql(pid) {
    if (this.app) return (await this.app.query(PATIENT, { pid })).patient;
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ query: PATIENT, variables: { pid } });
    const { data, errors } = await this.#ask("/graphql", { method: "POST", headers, body });
    if (errors) throw new Error(errors[0].message);
    return data.patient;
  }

  close() {
    this.app?.disconnect();
  }

  async #ask(url, init) {
    if (this.app) return this.app.json(url, init);
    const response = await fetch(url, init);
    if (!response.ok) throw Object.assign(new Error(`${url} answered ${response.status}`), { status: response.status });
    return response.json();
  }
}
