/** The root config: two applications with one route. */
import { configure, connect, ready } from "forebay";
import { navigateToUrl, registerApplication, start } from "single-spa";

configure({ manifest: { routes: { "/ward/:ward": [{ url: "/api/visits?day=today&ward=:ward" }] } } });
const shell = connect({ app: "shell" });
// What the applications of the next route will ask for is on its way while they are loaded and mounted.
addEventListener("single-spa:before-routing-event", ({ detail }) => shell.route(new URL(detail.newUrl).pathname));

registerApplication({ name: "visits", app: () => import("/shells/single-spa/visits/visits.js"), activeWhen: "/ward" });
registerApplication({ name: "alerts", app: () => import("/shells/single-spa/alerts/alerts.js"), activeWhen: "/ward" });
await ready(); // who asks earlier shares only what is spelled alike
start();

Object.assign(globalThis, { navigateToUrl, shell }); // to try it in the console
