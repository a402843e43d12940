// Serves the example and the built package: `make package`, then `node examples/decisions/serve.mjs`.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".wasm": "application/wasm", ".map": "application/json" };
const [HERE, PACKAGE] = ["./", "../../pkg/"].map((place) => new URL(place, import.meta.url));

const server = createServer(async ({ url }, response) => {
  const { pathname } = new URL(url, "http://localhost"); // has no dot segments any more
  const file = pathname.startsWith("/pkg/") ? new URL(pathname.slice(5), PACKAGE) : new URL(pathname.slice(1) || "index.html", HERE);
  try {
    if (![HERE, PACKAGE].some(({ href }) => file.href.startsWith(href))) throw new Error("outside");
    const body = await readFile(file);
    response.writeHead(200, { "content-type": TYPES[extname(file.pathname)] ?? "application/octet-stream" }).end(body);
  } catch {
    response.writeHead(404).end();
  }
});
server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/`));
