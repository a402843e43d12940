// MSW as its users have it in a browser: by its own service worker. It answers one path by itself.
import { http, HttpResponse } from "msw";
import { setupWorker } from "msw/browser";

export async function start() {
  const seen = [];
  const worker = setupWorker(http.get("*/api/mocked", () => HttpResponse.json({ path: "/api/mocked" })));
  worker.events.on("request:start", ({ request }) => void (/\/api\//.test(request.url) && seen.push(`fetch ${new URL(request.url).pathname}`)));
  await worker.start({ serviceWorker: { url: "/mockServiceWorker.js" }, onUnhandledRequest: "bypass", quiet: true });
  return seen;
}
