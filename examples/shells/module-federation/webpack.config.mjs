// Three builds, as by three teams. `visits` shares one copy of the client with the shell; `alerts` carries its own.
import { ModuleFederationPlugin } from "@module-federation/enhanced/webpack";
import { fileURLToPath } from "node:url";

const BASE = "/shells/module-federation/";

const build = (name, federation, entry) => ({
  mode: "production",
  context: fileURLToPath(new URL(".", import.meta.url)),
  entry,
  output: { path: fileURLToPath(new URL(`../dist/module-federation/${name}`, import.meta.url)), publicPath: `${BASE}${name}/`, filename: "main.js", uniqueName: name },
  plugins: [new ModuleFederationPlugin({ name, filename: "remote.js", dts: false, ...federation })],
});

// Not needed for sharing data: who has another copy joins the same broker. It saves a page the second copy's bytes.
const shared = { forebay: { singleton: true } };

export default [
  build("shell", { remotes: { visits: `visits@${BASE}visits/mf-manifest.json`, alerts: `alerts@${BASE}alerts/mf-manifest.json` }, shared }, "./shell.js"),
  build("visits", { exposes: { "./app": "../apps/visits.js" }, manifest: true, shared }, {}),
  build("alerts", { exposes: { "./app": "../apps/alerts.js" }, manifest: true }, {}),
];
