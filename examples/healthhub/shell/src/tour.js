// Walks the example's session in this page, first without Forebay and then with it, so that the two columns of the
// panel count the same walk.
import { asChosen, remember } from "./settings.js";

const KEY = "healthhub:tour";
/** What is shown on a route before a person would go on. */
const DWELL = 700;

/** Whether the page was loaded by the tour. */
export function touring() {
  return pending().length > 0;
}

export function startTour() {
  sessionStorage.setItem(KEY, JSON.stringify(["fetch", "forebay"]));
  return load();
}

/** Goes through the routes, then loads the page for the next way; resolves when there is none left. */
export async function continueTour(paths) {
  await settle();
  for (const path of paths) {
    await sleep(DWELL);
    document.querySelector(`a[href="${path}"]`).click();
    await settle();
  }
  await sleep(DWELL);
  const [, ...rest] = pending();
  sessionStorage.setItem(KEY, JSON.stringify(rest));
  if (rest.length > 0) await load();
}

/** Loads the first route for the way that is next. Nothing that an earlier run left in the browser's cache or on disk may help it. */
async function load() {
  remember({ client: pending()[0] });
  await fetch("/__fresh", { method: "POST" });
  await new Promise((gone) => {
    const deleting = indexedDB.deleteDatabase("forebay");
    deleting.onsuccess = deleting.onerror = gone;
  });
  location.assign(asChosen("/dashboard"));
}

/** Waits until no app is loading and the server has answered all. */
async function settle() {
  const end = performance.now() + 10_000; // an app that cannot be loaded must not hold the tour for ever
  for (let quiet = 0; quiet < 3 && performance.now() < end;) {
    await sleep(80);
    const { inFlight } = await (await fetch("/__counts")).json();
    const loading = document.querySelector(".frame[data-state=loading], [aria-busy=true]");
    quiet = inFlight === 0 && !loading ? quiet + 1 : 0;
  }
}

function pending() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? [];
  } catch {
    return []; // storage is blocked: there is no tour
  }
}

function sleep(ms) {
  return new Promise((passed) => setTimeout(passed, ms));
}
