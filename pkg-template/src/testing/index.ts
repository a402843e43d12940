/**
 * A broker for tests of components: the delivered runtime with its core, over answers that the test gives. There is no network.
 * As on a page there is one at a time; whoever calls `connect` of `forebay` is connected to it too.
 */
import type { Forebay, HostOptions } from "../api.js";
import { REGISTRY, VERSION, type Broker, type Page, type Registry } from "../protocol.js";
import { handle } from "../stub/early.js";
import type { Answers } from "./answers.js";
import { Server, type Call } from "./server.js";
import { World } from "./world.js";

export type { Answer, AnswerFunction, Answers, Asked, GraphQLAnswer } from "./answers.js";
export type { Call } from "./server.js";

/** What {@link testing} gives. */
export interface Testing {
  /** A connected app, for the components. */
  readonly app: Forebay;
  /** Connects another app to the same broker. */
  readonly connect: (app: string) => Forebay;
  readonly server: TestServer;
}

/** What answers in the place of a network. */
export interface TestServer {
  /** Adds answers; of two for the same request the one that was added last holds. */
  answer(answers: Answers): void;
  /** What has been asked since the last `reset`, in its order. */
  readonly calls: readonly Call[];
  /** Waits until nothing is in flight: no request, no answer that is being read, nothing that is about to be read again. */
  settled(): Promise<void>;
  /** Forgets what was kept, asked and configured, and whose page it was: the answers and options are those that `testing` was given. */
  reset(): void;
}

/** What a page keeps of what a server has rendered; gone with the page. */
const RENDERED = Symbol.for("forebay.rendered");

/**
 * Begins a page of its own; the one before it ends. Whoever imports this has one that answers nothing, so that apps which connect
 * before meet no network either. What fails is tried again only where the call says how often (`retries`).
 */
export function testing(answers: Answers = {}, host: HostOptions = {}): Testing {
  const server = new Server(answers);
  const start = () => {
    delete (globalThis as any)[RENDERED];
    world?.end(); // the core orders what it has to, and nothing more
    server.begin();
    world = new World(page, host, server);
    for (const turn of page.turns) turn();
  };
  start();
  return {
    app: handle(page, "test"),
    connect: (app) => handle(page, app),
    server: {
      answer: (more) => server.add(more),
      calls: server.calls,
      settled: () => server.settled(() => world?.isWaiting()),
      reset: start,
    },
  };
}

/** What stands on the page now. */
let world: World | undefined;

/** The page's object, taken at once; what stands on it is the world's. */
function taken(): Page {
  const registry: Registry = ((globalThis as any)[REGISTRY] ??= {});
  const page = (registry.v1 ??= { version: VERSION, early: new Map(), todo: [], turns: new Set() } as unknown as Page);
  const broker: Broker = {
    version: VERSION,
    connect: (app) => connected(app),
    configure: (options) => world!.hub.configure(options),
    wrote: (...write) => world!.hub.wrote(...write),
  };
  // A copy of the client that has come before may be loading what it will not get.
  Object.defineProperty(page, "broker", { configurable: true, enumerable: true, get: () => broker, set() {} });
  const settled = Promise.resolve(broker);
  return Object.assign(page, { ready: settled, settled });
}

/** An app's way to the broker that is there when it calls: handles outlive a `reset`. */
function connected(app: string): Omit<Forebay, "exclusive"> {
  let at: World | undefined;
  let port: any;
  const here = () => (at === world ? port : (port = (at = world)!.connect(app)));
  const way: any = { app };
  for (const name of METHODS) way[name] = (...args: unknown[]) => here()[name](...args);
  return way;
}

const METHODS: (keyof Forebay)[] = [
  "fetch", "json", "peek", "watch", "query", "mutate", "prefetch", "invalidate", "clear", "identify", "route", "report", "explain", "on", "disconnect",
];

const page = taken();
testing();
