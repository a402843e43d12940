// The panel with the two switches, and the server's own count of what reached it: this run, and the last one of the
// other kind.
import { change } from "./settings.js";

const RUNS = "healthhub:runs";
const ROWS = { viewer: "Person", patient: "Patient", visits: "Visits", reschedule: "Rescheduled" };

/** @param {{ settings: object, since: number, mode: () => string }} options `mode`: what Forebay says of itself */
export function startPanel(element, { settings, since, mode }) {
  const ways = { forebay: settings.forebay ? "on" : "off", api: settings.api };
  element.replaceChildren(
    heading(),
    choice("Forebay", "forebay", { off: "Off", on: "On" }, ways.forebay),
    choice("API", "api", { rest: "REST", graphql: "GraphQL" }, ways.api),
  );
  const table = element.appendChild(document.createElement("div"));
  const foot = element.appendChild(document.createElement("p"));
  foot.className = "muted network-foot";

  const refresh = async () => {
    const response = await fetch(`/__counts?since=${since}`).catch(() => undefined);
    if (!response?.ok) return; // the server is away: the last figures stay
    const { operations, byResource } = await response.json();
    const runs = remember(ways, { operations, byResource });
    table.replaceChildren(comparison(runs[ways.api] ?? {}, ways.forebay));
    foot.textContent = note(runs[ways.api] ?? {}, ways.forebay, mode());
  };

  // Counts anew shortly after something was fetched from the API, and not otherwise.
  let timer;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, 250);
  };
  new PerformanceObserver((list) => {
    const ofApi = ({ name }) => /^\/(graphql$|api\/|%)/.test(new URL(name).pathname);
    if (list.getEntries().some(ofApi)) soon();
  }).observe({ type: "resource", buffered: true });
  refresh();
}

function heading() {
  const head = document.createElement("div");
  head.className = "network-head";
  head.innerHTML = '<h2 id="network-title">Requests</h2><p class="muted">As the server counted them since this load</p>';
  return head;
}

function choice(label, name, options, current) {
  const group = document.createElement("fieldset");
  group.className = "choice";
  const legend = document.createElement("legend");
  legend.textContent = label;
  group.append(legend);
  const bar = group.appendChild(document.createElement("div"));
  for (const [value, text] of Object.entries(options)) {
    const option = document.createElement("label");
    const radio = document.createElement("input");
    Object.assign(radio, { type: "radio", name, value, checked: value === current });
    radio.addEventListener("change", () => change(name, value));
    const face = document.createElement("span");
    face.textContent = text;
    option.append(radio, face);
    bar.append(option);
  }
  return group;
}

function comparison(runs, current) {
  const table = document.createElement("table");
  table.className = "network-table";
  const shown = Object.keys({ ...ROWS, ...runs.off?.byResource, ...runs.on?.byResource })
    .filter((resource) => resource !== "reschedule" || runs.off?.byResource[resource] || runs.on?.byResource[resource]);
  const cell = (way, read) => `<td${way === current ? ' class="current"' : ""}>${runs[way] ? read(runs[way]) : "–"}</td>`;
  const row = (label, read) => `<tr><th scope="row">${label}</th>${cell("off", read)}${cell("on", read)}</tr>`;
  table.innerHTML = `
    <caption class="visually-hidden">Calls by resource, without and with Forebay</caption>
    <thead><tr><td></td><th scope="col">Without</th><th scope="col">With</th></tr></thead>
    <tbody></tbody><tfoot>${row("All calls", ({ operations }) => operations)}</tfoot>`;
  const body = table.tBodies[0];
  for (const resource of shown) {
    body.insertAdjacentHTML("beforeend", row("", ({ byResource }) => byResource[resource] ?? 0));
    body.lastElementChild.firstElementChild.textContent = ROWS[resource] ?? resource; // a name from outside is only text
  }
  return table;
}

function note(runs, current, mode) {
  const other = current === "on" ? "off" : "on";
  const state = current === "on" ? `Forebay is ${mode}. ` : "";
  return runs[other] ? `${state}The other column is the last run of its kind.` : `${state}Switch Forebay ${other} to compare.`;
}

/** Keeps the last run of each kind, and gives all of them: API → `on` and `off` → counts. */
function remember({ api, forebay }, counts) {
  let runs = {};
  try {
    runs = JSON.parse(localStorage.getItem(RUNS)) ?? {};
    runs[api] = { ...runs[api], [forebay]: counts };
    localStorage.setItem(RUNS, JSON.stringify(runs));
  } catch {
    runs[api] = { ...runs[api], [forebay]: counts }; // storage is blocked: only this run is known
  }
  return runs;
}
