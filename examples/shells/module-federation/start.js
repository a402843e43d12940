/** The host: boots the broker, then mounts what its remotes expose. */
import { configure, connect, ready } from "forebay";

configure({ manifest: { routes: { "/ward/:ward": [{ url: "/api/visits?day=today&ward=:ward" }] } } });
const shell = connect({ app: "shell" });
shell.route("/ward/3"); // what the apps will ask for is on its way while they are loaded
await ready(); // who asks earlier shares only what is spelled alike

for (const app of [import("visits/app"), import("alerts/app")]) {
  app.then(({ mount }) => mount(document.body.appendChild(document.createElement("p"))));
}
