// Routes over the history API.

/** The first pattern that matches holds. `apps` are shown in this order; `rail` and `header` are there on all routes. */
const ROUTES = [
  { pattern: /^\/dashboard$/, title: "Dashboard", apps: ["notifications"] },
  { pattern: /^\/patient\/(?<id>[^/]+)$/, title: "Patient", apps: ["patient-profile", "care-summary"] },
  { pattern: /^\/appointments$/, title: "Appointments", apps: ["schedule"] },
];

/** Follows links and the browser's buttons; calls `enter({ path, title, apps, params, first })` for each route. */
export function startRouter(enter) {
  const go = (first) => {
    const found = match(location.pathname);
    enter({ path: location.pathname, first, ...found });
  };
  addEventListener("popstate", () => go(false));
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]") ?? event.composedPath()[0]?.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || link.target || !match(url.pathname).apps) return;
    event.preventDefault();
    if (url.pathname === location.pathname) return;
    url.search = location.search; // how the page runs stays as it is
    history.pushState(null, "", url);
    go(false);
  });
  go(true);
}

function match(pathname) {
  for (const { pattern, title, apps } of ROUTES) {
    const found = pattern.exec(pathname);
    if (found) return { title, apps, params: mapped(found.groups) };
  }
  return { title: "Not found", apps: undefined, params: {} };
}

function mapped(groups) {
  return Object.fromEntries(Object.entries(groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]));
}
