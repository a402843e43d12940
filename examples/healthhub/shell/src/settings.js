// How the page runs: what the URL says, else what was chosen last, else the default.
//
//   ?client=…            what the apps ask through: `forebay`, `fetch` or, by GraphQL only, `apollo` (one Apollo Client
//                        per app), `apollo-shared` (one for the page), `forebay-contained` (Forebay without knowing
//                        the apps' documents beforehand) or `forebay-documents` (without knowing the routes' needs)
//   ?forebay=on|off      short for `client=forebay` and `client=fetch`
//   ?api=rest|graphql    which form of the API they ask
//   ?jitter=tight|lazy|0 how much later each app mounts than it could (scenario.json); &seed=N for the draws,
//                        &slow=N to stretch them N-fold
//   ?patience=1000       for how many milliseconds the first apps wait for Forebay's core
import { random } from "../../server/random.mjs";

/**
 * How long the first apps wait for the core, in milliseconds. Requests that come before it are sent at once and shared
 * by their spelling only; a moment's patience shares them all. Whoever has a slow line must not wait for it, though.
 */
const PATIENCE = 1000;

const KEY = "healthhub:settings";
const PARAMETERS = ["client", "forebay", "api"];
const SHORT = { on: "forebay", off: "fetch" };
/** API → what apps may ask it through, the default first. Apollo speaks GraphQL and nothing else. */
const CLIENTS = { rest: ["forebay", "fetch"], graphql: ["forebay", "fetch", "apollo", "apollo-shared", "forebay-contained", "forebay-documents"] };
const JITTER = { 0: [0, 0], tight: [0, 30], lazy: [0, 150] };
const SALT = 0x6d6f756e;

export function readSettings() {
  const asked = new URLSearchParams(location.search);
  const kept = stored();
  const wanted = asked.get("client") ?? SHORT[asked.get("forebay")];
  const implied = CLIENTS.graphql.includes(wanted) && !CLIENTS.rest.includes(wanted) ? "graphql" : undefined;
  const api = [asked.get("api"), implied, kept.api, "rest"].find((value) => Object.hasOwn(CLIENTS, value));
  const client = [wanted, kept.client, CLIENTS[api][0]].find((value) => CLIENTS[api].includes(value));
  remember({ client, api });
  return { client, api, mountDelay: delays(asked), patience: Number(asked.get("patience") ?? PATIENCE) };
}

/** Keeps a choice and loads the page anew, with nothing left in the browser's cache: both runs start from the same. */
export async function change(name, value) {
  remember({ [name]: value });
  await fetch("/__fresh", { method: "POST" });
  location.assign(asChosen(location.pathname));
}

/** The address of a path with the parameters of now, but for the choices: those are kept by now, and must not overrule. */
export function asChosen(path) {
  const url = new URL(path + location.search, location.href);
  for (const parameter of PARAMETERS) url.searchParams.delete(parameter);
  return url;
}

/** A function that draws the milliseconds by which the next app mounts late. */
function delays(asked) {
  const [least, most] = JITTER[asked.get("jitter") ?? "0"] ?? JITTER[0];
  const slow = Number(asked.get("slow") ?? 1);
  // The server draws its latencies by the same seed: without the salt, who mounts late would also be answered late.
  const draw = random(Number(asked.get("seed") ?? 1) ^ SALT);
  return () => (least + draw() * (most - least)) * slow;
}

function stored() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {}; // storage is blocked or was written by somebody else: the default holds
  }
}

/** Keeps these choices, and the others as they were. */
export function remember(choices) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...stored(), ...choices }));
  } catch {
    // storage is blocked: the choice lasts as long as the URL
  }
}
