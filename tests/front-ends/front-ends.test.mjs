// The analyzer on front ends that others have written and published with their sources: it comes to an end, finds what
// another reading of the sources finds, and says of nothing that it overlaps which does not.
//
// They are fetched for the test, each by its digest, and are no part of this repository.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Kind, parse, print } from "graphql";

const run = promisify(execFile);
const HERE = import.meta.dirname;
const CLI = fileURLToPath(new URL("../../pkg/analyze/cli.js", import.meta.url));
const KEPT = join(HERE, "fetched"); // not in node_modules, where no paths of a tsconfig hold
const read = (file) => JSON.parse(readFileSync(file, "utf8"));
const PACKAGES = read(join(HERE, "packages.json"));

/** What a package's own repository says beside its sources, and is not published. */
const BESIDES = {
  "@vendure/dashboard": { "tsconfig.json": { compilerOptions: { jsx: "react-jsx", paths: { "@/vdb/*": ["./src/lib/*"] } } } },
};
/** OpenMRS's apps ask through functions of its framework, which the host provides. */
const OPENMRS = {
  "forebay.config.json": {
    fetches: { "@openmrs/esm-framework": ["openmrsFetch", "useOpenmrsFetchAll"] },
    constants: { "@openmrs/esm-framework": { restBaseUrl: "/ws/rest/v1", fhirBaseUrl: "/ws/fhir2/R4" } },
  },
};

const isOpenmrs = (name) => name.startsWith("@openmrs/");
const directoryOf = (name) => join(KEPT, name.replace("/", "+"));
const names = Object.keys(PACKAGES).map((spec) => spec.slice(0, spec.lastIndexOf("@")));

async function fetched([spec, integrity]) {
  const name = spec.slice(0, spec.lastIndexOf("@"));
  const directory = directoryOf(name);
  const stamp = join(directory, ".integrity");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== integrity) {
    const work = `${directory}.new`;
    for (const old of [work, directory]) rmSync(old, { recursive: true, force: true });
    mkdirSync(work, { recursive: true });
    await run("npm", ["pack", spec, "--silent", "--pack-destination", work]);
    const tarball = join(work, readdirSync(work)[0]);
    assert.equal(`sha512-${createHash("sha512").update(readFileSync(tarball)).digest("base64")}`, integrity, spec);
    await run("tar", ["xzf", tarball, "-C", work, "--strip-components=1"]);
    rmSync(tarball);
    writeFileSync(join(work, ".integrity"), integrity);
    renameSync(work, directory);
  }
  for (const [file, content] of Object.entries(isOpenmrs(name) ? OPENMRS : BESIDES[name] ?? {})) writeFileSync(join(directory, file), JSON.stringify(content));
}

before(async () => {
  for (const one of Object.entries(PACKAGES)) await fetched(one);
}, { timeout: 300_000 });

/** Its fragment, and how many source files it was made of. */
async function analyzed(name) {
  const { stdout } = await run(process.execPath, [CLI, "analyze", "--fresh"], { cwd: directoryOf(name), maxBuffer: 1 << 26 });
  return { fragment: read(join(directoryOf(name), "forebay.fragment.json")), files: Number(/: (\d+) files/.exec(stdout)[1]) };
}

/** The package's own code, without tests and stories. */
function* sourcesOf(directory) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* sourcesOf(path);
    else if (/\.[jt]sx?$/.test(path) && !/\.(d|spec|test|stories)\.[jt]sx?$/.test(basename(path))) yield readFileSync(path, "utf8");
  }
}

test("Vendure's dashboard (GraphQL): all operations that are written in its sources, and no wrong overlap", async (t) => {
  const { fragment, files } = await analyzed("@vendure/dashboard");
  assert.ok(files >= 300, `${files} files`);
  const written = new Set();
  for (const text of sourcesOf(join(directoryOf("@vendure/dashboard"), "src"))) {
    for (const [, name] of text.matchAll(/^\s*(?:[\w.(]*`\s*)?(?:query|mutation|subscription)\s+([A-Za-z_]\w*)\s*[({]/gm)) written.add(name);
  }
  const found = new Set(fragment.operations.map(({ name }) => name));
  const missed = [...written].filter((name) => !found.has(name));
  t.diagnostic(`${files} files, ${written.size} names of operations in the sources, ${written.size - missed.length} of them found`);
  assert.ok(written.size > 250);
  assert.ok(missed.length <= written.size * 0.05, missed.join());

  const patterns = new Set(fragment.routes.map(({ pattern }) => pattern));
  for (const pattern of ["/products", "/products/:id", "/orders/:id", "/orders/:id/modify", "/login", "/assets/:id"]) assert.ok(patterns.has(pattern), `${pattern} is not among ${[...patterns].join()}`);

  await run(process.execPath, [CLI, "link", directoryOf("@vendure/dashboard"), "-o", join(KEPT, "vendure.json"), "--quiet"]);
  const { operations, contains } = read(join(KEPT, "vendure.json"));
  assert.ok(contains.length > 0);
  for (const [whole, part] of contains) {
    const [more, less] = [whole, part].map((place) => askedBy(operations[place].document));
    const beyond = [...less].filter((path) => !more.has(path));
    assert.deepEqual(beyond, [], `${operations[whole].name} is said to hold ${operations[part].name}`);
  }
  t.diagnostic(`${contains.length} pairs of which one is said to hold the other, none wrongly`);
});

test("ten of OpenMRS's micro-frontends (REST): what was counted by hand in two of them, and no wrong overlap", async (t) => {
  const labels = read(join(HERE, "labels.json"));
  const all = names.filter(isOpenmrs);
  const fragments = new Map();
  let files = 0;
  for (const name of all) {
    const one = await analyzed(name);
    files += one.files;
    fragments.set(name, one.fragment);
  }
  assert.ok(files >= 300, `${files} files`);
  let [count, missed] = [0, []];
  for (const [name, wanted] of Object.entries(labels)) {
    const found = new Set(fragments.get(name).requests.map(({ method, url }) => `${method} ${pathOf(url)}`));
    count += wanted.length;
    missed.push(...wanted.filter((label) => !found.has(label)));
  }
  t.diagnostic(`${files} files; of ${count} requests that were counted by hand ${count - missed.length} found`);
  assert.ok(missed.length <= count * 0.05, missed.join());

  await run(process.execPath, [CLI, "link", ...all.map(directoryOf), "-o", join(KEPT, "openmrs.json"), "--quiet"]);
  const { apps, requests } = read(join(KEPT, "openmrs.json"));
  const shared = requests.filter(({ apps, complete }) => complete && apps.length > 1);
  for (const { method, url, apps: askers } of shared) {
    for (const asker of askers) {
      const own = fragments.get(apps[asker].name).requests.filter((request) => request.method === method && pathOf(request.url) === pathOf(url));
      assert.ok(own.length > 0, `${apps[asker].name} does not ask for ${method} ${pathOf(url)}`);
    }
  }
  t.diagnostic(`${shared.length} requests of several apps`);
});

test("Medusa's dashboard (an SDK's calls): it comes to an end, and knows the routes", async (t) => {
  const { fragment, files } = await analyzed("@medusajs/dashboard");
  assert.ok(files >= 1_500, `${files} files`);
  const patterns = new Set(fragment.routes.map(({ pattern }) => pattern));
  const wanted = [
    "/orders", "/orders/:id", "/orders/:id/fulfillment", "/products", "/products/create", "/products/:id", "/products/:id/edit", "/customers/:id", "/promotions/:id",
    "/collections", "/categories/:id", "/inventory/:id", "/settings/regions/:id", "/settings/users", "/settings/tax-regions/:id", "/price-lists/:id", "/reservations/:id", "/login",
  ];
  const missed = wanted.filter((pattern) => !patterns.has(pattern));
  t.diagnostic(`${files} files, ${patterns.size} routes; of ${wanted.length} that were looked up ${wanted.length - missed.length} found`);
  assert.ok(missed.length <= wanted.length * 0.05, missed.join());
});

/** `/queue/{}` of a template below the API's root, without its query. */
const pathOf = ({ texts }) => texts.join("{}").split("?")[0].replace("/ws/rest/v1", "");

/** What a query asks for: names, arguments and aliases from the root on, with its fragments put in. */
function askedBy(document) {
  const { definitions } = parse(document);
  const fragments = new Map(definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION).map((one) => [one.name.value, one]));
  const paths = new Set();
  const walk = ({ selections }, around) => {
    for (const selection of selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) walk(fragments.get(selection.name.value).selectionSet, around);
      else if (selection.kind === Kind.INLINE_FRAGMENT) walk(selection.selectionSet, around);
      else {
        // What an answer is called, and what variables are, is no matter.
        const given = selection.arguments.map((one) => print(one).replace(/\$\w+/g, "$")).sort();
        const path = `${around}/${selection.name.value}(${given})`;
        paths.add(path);
        if (selection.selectionSet) walk(selection.selectionSet, path);
      }
    }
  };
  walk(definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION).selectionSet, "");
  return paths;
}
