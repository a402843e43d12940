// A server that renders, in a thread of its own: what frameworks put into a process (custom elements, zones) is there once only.
import { parentPort, workerData } from "node:worker_threads";
import { connect } from "../../pkg/node.js";

const server = await import(workerData);

parentPort.on("message", async ({ id, framework, who, url }) => {
  const app = connect({ app: "ssr" });
  // Whose request it is: a server's own way to say it.
  const as = (call) => (input, ...rest) => call(input, ...(typeof rest[0] === "function" ? [{ headers: { authorization: who } }, ...rest] : [{ ...rest[0], headers: { authorization: who } }, rest[1]]));
  try {
    parentPort.postMessage({ id, rendered: await server[framework](Object.assign(Object.create(app), { watch: as(app.watch) }), url) });
  } catch (error) {
    parentPort.postMessage({ id, error });
  }
});
