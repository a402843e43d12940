// Serves the built example and prints its address.
//
//   node serve.mjs [--port 8080] [--host localhost] [--rtt 40-60] [--seed 1]
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startServer } from "./server/index.mjs";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: process.env.PORT ?? "8080" },
    host: { type: "string", default: "localhost" },
    rtt: { type: "string", default: "40-60" },
    seed: { type: "string", default: "1" },
  },
});

const rtt = values.rtt.split("-").map(Number);
if (rtt.length !== 2 || rtt.some(Number.isNaN) || rtt[0] > rtt[1]) {
  console.error(`--rtt ${values.rtt} is no range of milliseconds: write it as 40-60`);
  process.exit(2);
}

if (!existsSync(join(import.meta.dirname, "shell/dist/index.html"))) {
  console.error("The example is not built yet: run `node build.mjs` first, or `make demo` for both.");
  process.exit(1);
}

try {
  const { url } = await startServer({ port: Number(values.port), host: values.host, rtt, seed: Number(values.seed) });
  console.log(`HealthHub is at ${url}\n  without Forebay: ${url}/dashboard?forebay=off\n  with Forebay:    ${url}/dashboard?forebay=on\nCtrl+C ends it.`);
} catch (error) {
  if (error.code !== "EADDRINUSE") throw error;
  console.error(`Port ${values.port} is taken: give another one with --port, or --port 0 for any free one.`);
  process.exit(1);
}
