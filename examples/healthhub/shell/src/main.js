// The host shell: signs in, follows routes, mounts apps. It asks for no data itself.
import { Stage } from "./apps.js";
import { startClients } from "./clients.js";
import { connectShell } from "./forebay.js";
import { startPanel } from "./network-panel.js";
import { startRouter } from "./router.js";
import { readSettings } from "./settings.js";
import { continueTour, touring } from "./tour.js";

const boot = JSON.parse(document.getElementById("boot").textContent);
const settings = readSettings();
const broker = connectShell(settings);
const clients = startClients(settings);
const { clinic, notices, pinned } = boot;
const stage = new Stage({
  clientOf: clients.clientOf,
  host: { clinic, notices },
  mountDelay: settings.mountDelay,
  ready: Promise.all([broker.ready, clients.ready]),
});

broker.identify(boot.person?.id ?? null);
if (boot.person) open();
else askWho();

function open() {
  document.getElementById("layout").hidden = false;
  listPinned();
  const panel = document.getElementById("network");
  const onTour = touring();
  startPanel(panel, { settings, since: boot.since, mode: broker.mode, ahead: broker.ahead, touring: onTour });
  startRouter(enter);
  if (onTour) walk(panel);
  addEventListener("healthhub:sign-out", signOut);
}

function enter({ path, title, apps, params, first }) {
  broker.route(path); // before the components ask
  document.title = `${title} · HealthHub`;
  document.getElementById("title").textContent = title;
  document.getElementById("layout").dataset.route = title.toLowerCase();
  for (const link of document.querySelectorAll("a[data-route]")) {
    const current = link.pathname === path || (link.id === "nav-patient" && path.startsWith("/patient/"));
    if (current) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const lost = apps === undefined;
  document.getElementById("slots").querySelector(".lost")?.remove();
  stage.show(["shell-header", ...(apps ?? []), "analytics"], params);
  if (lost) document.getElementById("slots").append(nothingHere());
  if (first) return;
  // Kept apps hear of the route; those that were just mounted ask by themselves.
  dispatchEvent(new CustomEvent("healthhub:route", { detail: { path } }));
  document.getElementById("main").focus({ preventScroll: true });
  scrollTo({ top: 0 });
  document.getElementById("announce").textContent = title;
}

async function walk(panel) {
  await continueTour([`/patient/${pinned[0].id}`, "/appointments"]);
  if (touring()) return; // the page is being loaded for the other way
  const button = panel.querySelector("button");
  Object.assign(button, { disabled: false, textContent: "Walk it again" });
  document.getElementById("announce").textContent = "The session was walked both ways; the table has the counts.";
}

function listPinned() {
  const list = document.getElementById("pinned");
  for (const { id, name } of pinned) {
    const link = document.createElement("a");
    link.href = `/patient/${id}`;
    link.dataset.route = "";
    const avatar = document.createElement("span");
    avatar.className = "avatar small";
    avatar.setAttribute("aria-hidden", "true");
    avatar.textContent = name.split(" ").map((part) => part[0]).join("");
    const text = document.createElement("span");
    text.textContent = name;
    link.append(avatar, text);
    list.appendChild(document.createElement("li")).append(link);
  }
  document.getElementById("nav-patient").href = `/patient/${pinned[0].id}`;
}

function nothingHere() {
  const card = document.createElement("div");
  card.className = "card lost";
  card.innerHTML = '<p>There is no page at this address.</p><a class="button" href="/dashboard" data-route>Go to the dashboard</a>';
  return card;
}

async function signOut() {
  stage.clear();
  broker.identify(null); // at once: whatever was kept for this person is out of reach before the server has answered
  await fetch("/session", { method: "DELETE" }).catch(() => undefined);
  location.assign("/dashboard");
}

function askWho() {
  document.getElementById("gate").hidden = false;
  document.title = "Sign in · HealthHub";
  const list = document.getElementById("people");
  for (const { id, name, role } of boot.people) {
    const button = document.createElement("button");
    button.className = "person";
    button.innerHTML = '<span class="avatar" aria-hidden="true"></span><span><strong></strong><span class="muted"></span></span>';
    button.querySelector(".avatar").textContent = name.split(" ").map((part) => part[0]).join("");
    button.querySelector("strong").textContent = name;
    button.querySelector(".muted").textContent = role;
    button.addEventListener("click", () => signIn(id));
    list.append(button);
  }
}

async function signIn(user) {
  const response = await fetch("/session", { method: "POST", body: JSON.stringify({ user }) }).catch(() => undefined);
  if (response?.ok) return location.reload();
  const problem = document.getElementById("gate-problem");
  problem.hidden = false;
  problem.textContent = "The server could not be reached. Try again.";
}
