/** One page of a test: a core and its hub, as the runtime makes them, but at once. */
import type { Forebay, HostOptions } from "../api.js";
import type { Page } from "../protocol.js";
import { joint } from "../runtime/core.js";
import { Hub } from "../runtime/hub.js";
import { Port } from "../runtime/port.js";
import { textOf } from "../graphql/text.js";
import { parts } from "./parts.js";
import { PATIENCE_MS } from "../limits.js";
import { answeredBy, ends, idle } from "./place.js";
import type { Server } from "./server.js";

// The patience for a part, which lies in the bundle.
idle.add(PATIENCE_MS);

/** Compiled once. */
let module: WebAssembly.Module | undefined;

/** Where a call's options stand among what it is given, and where in them its number of attempts. */
const OPTIONS = { fetch: 1, json: 1, prefetch: 1, query: 2, watch: 1 } as const;

export class World {
  readonly hub: Hub;
  readonly #server: Server;
  readonly #ports = new Set<Port>();
  /** Calls and watches that have been told nothing yet. */
  #waiting = 0;

  constructor(page: Page, host: HostOptions, server: Server) {
    const [core, extend, given] = joint();
    module ??= new WebAssembly.Module(parts["forebay.wasm"]!);
    Object.assign(core, new WebAssembly.Instance(module, given).exports);
    core.__wbindgen_start();
    // Whose page it was, what it was told, and what was switched off: that was another page.
    for (const name of ["person", "session", "rendered", "notes", "off", "plain", "warm", "exclusive", "reason"] as const) delete (page as any)[name];
    page.host = { ...host };
    page.early.clear();
    page.todo.length = 0;
    this.#server = server;
    answeredBy((request) => server.ask(request));
    this.hub = new Hub([core, extend], page);
    this.hub.configure(page.host);
  }

  connect(name: string): Omit<Forebay, "exclusive"> {
    const port = new Port(this.hub, name);
    this.#ports.add(port);
    const given = (method: keyof typeof OPTIONS | "mutate", args: any[]) => this.#noted(method, args);
    const waited = <T>(promise: Promise<T>): Promise<T> => {
      this.#waiting += 1;
      const over = () => void (this.#waiting -= 1);
      promise.then(over, over);
      return promise;
    };
    const way: any = {
      watch: (...args: any[]) => {
        this.#waiting += 1;
        let isTold = false;
        const told = () => {
          if (!isTold) this.#waiting -= 1;
          isTold = true;
        };
        const listener = args.pop();
        const begun = given("watch", args);
        const { cache } = begun[0]?.query ? begun[0] : (begun[1] ?? {});
        if (cache === "only-if-cached") told();
        try {
          const { stop, refresh } = (port.watch as any)(...begun, (update: unknown) => (told(), listener(update)));
          return { refresh, stop: () => (told(), stop()) };
        } catch (error) {
          told();
          throw error;
        }
      },
    };
    way.prefetch = (...args: any[]) => (port.prefetch as any)(...given("prefetch", args));
    for (const method of ["fetch", "json", "query", "mutate", "explain"] as const) way[method] = (...args: any[]) => waited((port[method] as any)(...given(method as "json", args)));
    return new Proxy(port, { get: (port: any, name) => way[name] ?? (typeof port[name] === "function" ? port[name].bind(port) : port[name]) });
  }

  /** What a call is given; what fails is not tried again of itself. The texts of operations are noted. */
  #noted(method: keyof typeof OPTIONS | "mutate", args: any[]): any[] {
    const document = method === "query" || method === "mutate" ? args[0] : method === "watch" ? args[0]?.query : undefined;
    if (document) this.#server.operations.add(document.kind ? textOf(document) : document);
    if (method === "mutate") return args;
    const once = (options: any) => ({ retries: 0, ...options });
    const given = [...args];
    if (method === "query") given[2] = once(args[2]);
    else if (document) given[0] = once(args[0]);
    else if (args[1]?.forebay?.retries === undefined && method !== "fetch") given[1] = { ...args[1], forebay: once(args[1]?.forebay) };
    return given;
  }

  /** Whether somebody waits, or something is about to be done. */
  isWaiting(): boolean {
    return this.#waiting > 0 || this.hub.waits.size > 0 || ends.size > 0;
  }

  /** Nobody hears of it any more. */
  end(): void {
    for (const port of this.#ports) port.disconnect();
    clearTimeout(this.hub.timer);
    this.hub.broken = "The test's page is over.";
  }
}
