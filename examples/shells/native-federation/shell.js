/**
 * The host: boots the broker, then mounts what its remotes expose. A classic script, and so is its copy of the client: some
 * engines take no import map any more once a module has been loaded, and the orchestrator makes one.
 */
import { initFederation } from "@softarc/native-federation-orchestrator";

const { configure, connect, ready } = globalThis.forebay;
configure({ manifest: { routes: { "/ward/:ward": [{ url: "/api/visits?day=today&ward=:ward" }] } } });
const shell = connect({ app: "shell" });
shell.route("/ward/3"); // what the apps will ask for is on its way while they are loaded

const remote = (name) => `/shells/native-federation/${name}/remoteEntry.json`;

// Who asks before the broker is ready shares only what is spelled alike.
Promise.all([initFederation({ visits: remote("visits"), alerts: remote("alerts") }), ready()]).then(async ([{ loadRemoteModule }]) => {
  for (const name of ["visits", "alerts"]) {
    const { mount } = await loadRemoteModule(name, "./app");
    mount(document.body.appendChild(document.createElement("p")));
  }
});
