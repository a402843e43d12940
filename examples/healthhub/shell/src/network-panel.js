// The panel with the two switches, and the server's own count of what reached it: this run, and the last one of each
// other kind.
import { change } from "./settings.js";
import { startTour } from "./tour.js";

const RUNS = "healthhub:runs";
const ROWS = { viewer: "Person", patient: "Patient", visits: "Visits", reschedule: "Rescheduled" };

/** A column for each way that the page may run. The first and the last are always shown, the others once they have run. */
const COLUMNS = { fetch: "Without", apollo: "Apollo each", "apollo-shared": "Apollo shared", forebay: "With" };

/** How the apps ask, in words: what Forebay says of itself, and the ways without it. */
const MODES = {
  fetch: "Every app asks by itself.",
  apollo: "Every app asks through an Apollo Client of its own.",
  "apollo-shared": "All apps ask through one Apollo Client.",
  starting: "Forebay is starting.",
  shared: "All apps ask through one broker.",
  "pass-through": "Forebay could not start: every app asks by itself.",
};

/**
 * @param {{ settings: object, since: number, mode: () => string, ahead: () => object | undefined, touring: boolean }} options
 * `mode`: a key of MODES; `ahead`: what routes have started, as Forebay reports it
 */
export function startPanel(element, { settings, since, mode, ahead, touring }) {
  element.replaceChildren(
    heading(),
    choice("Forebay", "client", { fetch: "Off", forebay: "On" }, settings.client),
    choice("API", "api", { rest: "REST", graphql: "GraphQL" }, settings.api),
  );
  const table = element.appendChild(document.createElement("div"));
  const early = element.appendChild(document.createElement("p"));
  early.className = "muted network-ahead";
  element.append(tourButton(touring));

  const refresh = async () => {
    const response = await fetch(`/__counts?since=${since}`).catch(() => undefined);
    if (!response?.ok) return; // the server is away: the last figures stay
    const { operations, byResource } = await response.json();
    const runs = remember(settings, { operations, byResource });
    table.replaceChildren(comparison(runs[settings.api] ?? {}, settings.client));
    element.querySelector(".network-mode").textContent = MODES[mode()];
    const { started = 0, unused } = ahead() ?? {};
    early.textContent = started ? `${started} of these began with the route, before the apps asked; ${unused || "none"} in vain.` : "";
  };

  // Counts anew shortly after something was fetched from the API. Failed calls are not on that record everywhere, so
  // it also looks once after whatever makes apps ask.
  let timer;
  const soon = (ms = 250) => {
    clearTimeout(timer);
    timer = setTimeout(refresh, ms);
  };
  for (const event of ["healthhub:route", "healthhub:visits-changed"]) addEventListener(event, () => soon(1000));
  new PerformanceObserver((list) => {
    const ofApi = ({ name }) => /^\/(graphql$|api\/|%)/.test(new URL(name).pathname);
    if (list.getEntries().some(ofApi)) soon();
  }).observe({ type: "resource", buffered: true });
  refresh().then(() => soon(1000));
}

function heading() {
  const head = document.createElement("div");
  head.className = "network-head";
  head.innerHTML = '<h2 id="network-title">Requests</h2><p class="muted network-mode"></p>';
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
  const ways = Object.keys(COLUMNS).filter((way) => way === "fetch" || way === "forebay" || runs[way]);
  const counted = Object.assign({}, ...ways.map((way) => runs[way]?.byResource));
  const shown = Object.keys({ ...ROWS, ...counted }).filter((resource) => resource !== "reschedule" || counted.reschedule);
  const cell = (way, read) => `<td${way === current ? ' class="current"' : ""}>${runs[way] ? read(runs[way]) : "–"}</td>`;
  const row = (label, read) => `<tr><th scope="row">${label}</th>${ways.map((way) => cell(way, read)).join("")}</tr>`;
  table.innerHTML = `
    <caption class="visually-hidden">Calls by resource, for each way of asking</caption>
    <thead><tr><td>Calls at the server</td>${ways.map((way) => `<th scope="col">${COLUMNS[way]}</th>`).join("")}</tr></thead>
    <tbody></tbody><tfoot>${row("All calls", ({ operations }) => operations)}</tfoot>`;
  const body = table.tBodies[0];
  for (const resource of shown) {
    body.insertAdjacentHTML("beforeend", row("", ({ byResource }) => byResource[resource] ?? 0));
    const words = resource.split("+").map((one) => ROWS[one] ?? one); // of one operation about several
    body.lastElementChild.firstElementChild.textContent = words.join(", "); // a name from outside is only text
  }
  return table;
}

/** Runs the same session both ways, which is what makes the columns comparable. */
function tourButton(touring) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "button", disabled: touring });
  button.textContent = touring ? "Walking through a session…" : "Walk a session both ways";
  button.addEventListener("click", startTour);
  return button;
}

/** Keeps the last run of each kind, and gives all of them: API → what the apps asked through → counts. */
function remember({ api, client }, counts) {
  let runs = {};
  try {
    runs = JSON.parse(localStorage.getItem(RUNS)) ?? {};
    runs[api] = { ...runs[api], [client]: counts };
    localStorage.setItem(RUNS, JSON.stringify(runs));
  } catch {
    runs[api] = { ...runs[api], [client]: counts }; // storage is blocked: only this run is known
  }
  return runs;
}
