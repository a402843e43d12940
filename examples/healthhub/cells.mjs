// Forebay beside the best that one Apollo Client for all can do, in every cell of how differently the apps word what they
// ask for, how far apart they mount, and whether a visit is moved. The clients, the server and the browser are real; the
// apps are only their questions, so that a session takes less than a second.
//
//   node cells.mjs [--browser chromium|firefox] [--sessions 10] [--seed 1]
//
// A rate of moves between none and all is a mixture of these two: who is not behind in both is not behind in any.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { random } from "./server/random.mjs";
import { launch } from "./session.mjs";

const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));
const scenario = read("scenario.json");

const FIELDS = { 1: "viewer { id name role }", 2: "patient(id: $id) { id name dob }", 3: "visits { id time clinician }" };
const head = (key) => (key[1] === "2" ? "($id: ID!)" : "");
/** The same fields in another order for each who asks. */
const turned = (key, turns) => FIELDS[key[1]].replace(/\{ (.*) \}/, (_, names) => `{ ${names.split(" ").map((__, at, all) => all[(at + turns) % all.length]).join(" ")} }`);

/** How differently the apps word the same: documents by their key in scenario.json. */
const WORDINGS = {
  same: (key) => `query Whole${key[1]}${head(key)} { ${FIELDS[key[1]]} }`,
  worded: (key, at) => `query By${key}${head(key)} { ${turned(key, at)} }`,
  scenario: (key) => scenario.documents[key],
};

/** Milliseconds by which apps mount later than they could. */
const JITTERS = { none: [0, 0], ...scenario.timing.mount_jitter_ms };

/**
 * Runs each cell's sessions, session `n` of all ways with the same latencies and delays.
 *
 * @param {object} options
 * @param {import("puppeteer-core").Browser} options.browser
 * @param {string} options.url where the example is served
 * @param {number} [options.sessions] for each cell
 * @param {number} [options.seed]
 * @returns {Promise<{ wording: string, jitter: string, moves: boolean, counts: Record<string, number[]> }[]>} calls that
 * reached the server, by way and session
 */
export async function runCells({ browser, url, sessions = 10, seed = 1, ways = ["apollo-shared", "forebay"] }) {
  const plan = read("shell/forebay.plan.json");
  const cells = Object.keys(WORDINGS).flatMap((wording) => Object.keys(JITTERS).flatMap((jitter) => [false, true].map((moves) => ({ wording, jitter, moves, counts: Object.fromEntries(ways.map((way) => [way, []])) }))));
  // One after the other: pages side by side are in each other's way, and timers of all but one ring late.
  for (const cell of cells) {
    for (const way of ways) {
      for (let n = 0; n < sessions; n += 1) cell.counts[way].push(await runSession({ browser, url, way, plan, seed: seed + n, ...cell }));
    }
  }
  return cells;
}

async function runSession({ browser, url, way, plan, wording, jitter, moves, seed }) {
  const documents = Object.fromEntries(Object.keys(scenario.documents).map((key, at) => [key, WORDINGS[wording](key, at)]));
  const draw = random(seed ^ 0x6d6f756e);
  const [least, most] = JITTERS[jitter];
  const delays = Array.from({ length: 6 }, () => least + draw() * (most - least));
  const cookie = (await fetch(`${url}/dashboard?seed=${seed}`)).headers.get("set-cookie").split(";")[0].split("=");
  const profile = await browser.createBrowserContext();
  try {
    const page = await profile.newPage();
    await profile.setCookie({ name: cookie[0], value: cookie[1], domain: new URL(url).hostname });
    await page.goto(`${url}/__counts`); // a document of this origin, without the shell
    const shown = await page.evaluate(walk, { way, plan, documents, delays, moves });
    if (shown !== "p-1042 Marta Lindqvist 1958-03-14") throw new Error(`${way} was shown ${shown}`);
    const { operations, inFlight } = await page.evaluate(async () => (await fetch("/__counts")).json());
    if (inFlight) throw new Error(`${way}: the session ended before its calls`);
    return operations;
  } finally {
    await profile.close();
  }
}

/** In the page: the session's routes, with the questions that each app asks there. */
async function walk({ way, plan, documents, delays, moves }) {
  const RESCHEDULE = "mutation Reschedule($id: ID!, $time: String!) { reschedule(id: $id, time: $time) { id time clinician } }";
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
  const patient = "p-1042";
  const open = async () => {
    if (way === "apollo-shared") {
      const { client, gql } = (await import("/apollo/index.js")).createApollo();
      return {
        route() {},
        query: async (_, query, variables) => (await client.query({ query: gql(query), variables })).data,
        watch: (_, query, tell) => client.watchQuery({ query: gql(query) }).subscribe(({ data, loading }) => loading || tell(data)),
        move: (variables) => client.mutate({ mutation: gql(RESCHEDULE), variables }),
      };
    }
    const { configure, connect, ready } = await import("/pkg/index.js");
    configure({ graphql: { endpoint: "/graphql" }, rules: [{ match: "/graphql", ttl: 60 }], manifest: plan });
    const apps = [0, 1, 2, 3, 4, 5].map((number) => connect({ app: `M${number}` }));
    apps[0].identify("user-17");
    await ready();
    return {
      route: (path) => apps[0].route(path),
      query: (app, query, variables) => apps[app].query(query, variables),
      watch: (app, query, tell) => apps[app].watch({ query }, ({ data }) => data && tell(data)),
      move: (variables) => apps[4].mutate(RESCHEDULE, variables),
    };
  };
  const client = await open();
  const mounted = (app, ask) => sleep(delays[app]).then(ask);
  const watched = (app, key, note) => new Promise((told) => client.watch(app, documents[key], (data) => (note(data.visits), told())));
  let visits;
  let inRail;

  client.route("/dashboard");
  await Promise.all([
    mounted(0, () => client.query(0, documents.Q1a)), mounted(1, () => client.query(1, documents.Q1b)),
    mounted(2, () => Promise.all([watched(2, "Q3a", (now) => (inRail = now)), client.query(2, documents.Q1c)])),
  ]);
  client.route(`/patient/${patient}`);
  const id = { id: patient, pid: patient };
  const own = (key) => Object.fromEntries(Object.entries(id).filter(([name]) => documents[key].includes(`$${name}:`)));
  const [[chart]] = await Promise.all([
    mounted(3, () => Promise.all([client.query(3, documents.Q2a, own("Q2a")), client.query(3, documents.Q1d)])),
    mounted(5, () => client.query(5, documents.Q2b, own("Q2b"))),
  ]);
  client.route("/appointments");
  await Promise.all([client.query(0, documents.Q1a), mounted(4, () => watched(4, "Q3b", (now) => (visits = now)))]);
  if (moves) {
    const [{ id, time }] = visits;
    const [day] = time.split("T");
    const free = ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30", "13:00", "13:30"].map((slot) => `${day}T${slot}`).find((other) => !visits.some((visit) => visit.time === other));
    await client.move({ id, time: free });
    const isThere = (all) => all.some((visit) => visit.id === id && visit.time === free);
    for (let turns = 0; !(isThere(visits) && isThere(inRail)); turns += 1) {
      if (turns > 200) throw new Error("who shows the visits did not hear of the move");
      await sleep(10);
    }
  }
  await sleep(50); // what nobody waits for may still be on its way
  const { id: number, name, dob } = chart.patient;
  return `${number} ${name} ${dob}`;
}

/** The figures for people: a row for each cell. */
export function cellTable(cells) {
  const mean = (counts) => (counts.reduce((sum, count) => sum + count, 0) / counts.length).toFixed(2);
  const ways = Object.keys(cells[0].counts);
  const rows = [["wording", "jitter", "a move", ...ways], ...cells.map(({ wording, jitter, moves, counts }) => [wording, jitter, moves ? "yes" : "no", ...ways.map((way) => mean(counts[way]))])];
  return rows.map(([wording, jitter, moves, ...figures]) => wording.padEnd(10) + jitter.padEnd(8) + moves.padEnd(8) + figures.map((figure) => figure.padStart(15)).join("")).join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { browser: { type: "string", default: "chromium" }, sessions: { type: "string", default: "10" }, seed: { type: "string", default: "1" } } });
  const { startServer } = await import("./server/index.mjs");
  const server = await startServer();
  const browser = await launch(values.browser);
  try {
    console.log(cellTable(await runCells({ browser, url: server.url, sessions: Number(values.sessions), seed: Number(values.seed) })));
  } finally {
    await browser.close();
    await server.close();
  }
}
