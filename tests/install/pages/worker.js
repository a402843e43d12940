// A service worker that hands on what it is asked, and says what it was.
const seen = [];
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("message", ({ ports }) => ports[0].postMessage(seen));
addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  if (!pathname.startsWith("/api/")) return;
  seen.push(`fetch ${pathname}`);
  event.respondWith(fetch(event.request));
});
