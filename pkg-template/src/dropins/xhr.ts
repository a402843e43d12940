/**
 * An `XMLHttpRequest` whose reads are the broker's. Its members are replaced where they stand, on the prototype: so it stays the
 * same class, for pages that have kept it and for tools that patch it before or after.
 */
import type { Forebay } from "../api.js";
import { XhrExchange } from "./xhr-exchange.js";

type Args = readonly any[];
type Find = (url: string) => Forebay | undefined;

/** Response types that we can make. A document is made by the browser alone; so is what we do not know. */
const TYPES = /^(?:|arraybuffer|blob|json|text)$/;

/**
 * Reads from URLs for which there is an app (`find`) are asked of the broker, if it `isReady` when they are sent. Left to the
 * browser before they are sent: writes, what is synchronous, has credentials in `open`, or an overridden type. What a write has
 * made out of date is not given out by the time its app hears of it.
 */
export function sharedXhr(find: Find, isReady: () => unknown): { put(): void; remove(): void } {
  const { prototype } = XMLHttpRequest;
  const natives = Object.getOwnPropertyDescriptors(prototype) as Record<string, PropertyDescriptor>;
  const ours: Record<string, PropertyDescriptor> = {};
  /** What is ours, since its `open`. The browser's own is not opened meanwhile. */
  const exchanges = new WeakMap<XMLHttpRequest, XhrExchange>();
  const overridden = new WeakSet<XMLHttpRequest>();
  /** URLs that writes have been opened for, and of those that were sent. */
  const writes = new WeakMap<XMLHttpRequest, string>();
  const written = new WeakMap<XMLHttpRequest, string>();
  const call = (xhr: XMLHttpRequest, name: string, args: Args) => Reflect.apply(natives[name]!.value, xhr, args);
  const get = (xhr: XMLHttpRequest, name: string) => natives[name]!.get!.call(xhr);

  /** What is to be shared of what is opened. */
  const opened = (xhr: XMLHttpRequest, args: Args): XhrExchange | undefined => {
    const [method, given, isAsync, user, password] = args;
    // One that the browser has used goes on there.
    if (args.length < 2 || !isReady() || (args.length > 2 && !isAsync) || (user ?? password) != null || overridden.has(xhr) || get(xhr, "readyState")) return;
    if (!/^get$/i.test(method)) return;
    const url = resolved(given);
    const app = url && !url.username && !url.password && find(url.href);
    return app ? new XhrExchange(xhr, app, url.href, (name) => get(xhr, name), args) : undefined;
  };
  /** What is being opened a second time, in the browser: nobody is to hear of it. Listens before most others. */
  let passing: XMLHttpRequest | undefined;
  const hush = (event: Event) => event.target === passing && event.stopImmediatePropagation();
  const openQuietly = (xhr: XMLHttpRequest, args: Args) => {
    const { onreadystatechange } = xhr;
    xhr.onreadystatechange = null;
    passing = xhr;
    try {
      call(xhr, "open", args);
    } finally {
      passing = undefined;
      xhr.onreadystatechange = onreadystatechange;
    }
  };
  /** Leaves to the browser what was not sent: opened as it was, with its headers. */
  const pass = (xhr: XMLHttpRequest, { args, headers }: XhrExchange) => {
    exchanges.delete(xhr);
    openQuietly(xhr, args);
    for (const header of headers) call(xhr, "setRequestHeader", header);
  };
  /** What an ended write has made out of date is known before its app can see that it has ended. */
  const announce = (xhr: XMLHttpRequest) => {
    const url = written.get(xhr);
    if (!url || get(xhr, "readyState") < 4) return;
    written.delete(xhr);
    find(url)?.invalidate({ urls: [url] });
  };
  const announced = ({ target }: Event) => announce(target as XMLHttpRequest);

  const methods: Record<string, (xhr: XMLHttpRequest, args: Args, exchange: XhrExchange | undefined) => unknown> = {
    open(xhr, args, before) {
      const exchange = opened(xhr, args);
      if (exchange) {
        exchanges.set(xhr, exchange);
        before?.leave();
        xhr.addEventListener("readystatechange", hush, true);
        if (before?.readyState !== 1) exchange.become(1);
        else exchange.readyState = 1; // nobody hears of it twice
        return;
      }
      exchanges.delete(xhr);
      try {
        // Of what is open already nobody is told again that it is.
        if (before?.readyState === 1) openQuietly(xhr, args);
        else call(xhr, "open", args);
      } catch (error) {
        // What was opened wrongly has changed nothing.
        if (before) exchanges.set(xhr, before);
        throw error;
      }
      before?.leave();
      const url = !/^(?:get|head|options)$/i.test(args[0]) && resolved(args[1])?.href;
      if (url) writes.set(xhr, url);
      else writes.delete(xhr);
      return;
    },
    setRequestHeader(xhr, args, exchange) {
      // Where it may not be called, the browser's own, which is not open, says so.
      if (!exchange?.isOpen || args.length < 2) return call(xhr, "setRequestHeader", args);
      return exchange.setHeader(String(args[0]), String(args[1]));
    },
    send(xhr, args, exchange) {
      if (exchange?.isOpen) {
        if (TYPES.test(get(xhr, "responseType")) && isReady() && find(exchange.url)) return void exchange.send();
        pass(xhr, exchange);
      }
      const url = !exchange && writes.get(xhr);
      if (url) {
        written.set(xhr, url);
        xhr.addEventListener("readystatechange", announced, true);
      }
      return call(xhr, "send", args);
    },
    abort(xhr, args, exchange) {
      return exchange ? exchange.abort() : call(xhr, "abort", args);
    },
    getResponseHeader(xhr, args, exchange) {
      return exchange?.head && args.length ? exchange.header(String(args[0])) : call(xhr, "getResponseHeader", args);
    },
    getAllResponseHeaders: (xhr, args, exchange) => exchange?.allHeaders() ?? call(xhr, "getAllResponseHeaders", args),
    overrideMimeType(xhr, args, exchange) {
      if (exchange && exchange.readyState > 2) throw stateError("overrideMimeType");
      call(xhr, "overrideMimeType", args);
      overridden.add(xhr);
      if (exchange?.isOpen) pass(xhr, exchange);
      else exchange?.override(String(args[0]));
      return;
    },
  };
  /** What is read of an answer that is ours; `undefined`: what the browser says of one that was never sent. */
  const getters: Record<string, (exchange: XhrExchange) => unknown> = {
    readyState: ({ readyState }) => readyState,
    status: ({ head }) => head?.status,
    statusText: ({ head }) => head?.statusText,
    responseURL: ({ head }) => head?.url.replace(/#.*/s, ""),
    response: (exchange) => exchange.response(),
    responseText: (exchange) => exchange.text(),
    responseXML: (exchange) => exchange.xml(),
  };
  const setters: Record<string, { allows?(exchange: XhrExchange, value: unknown): boolean; changed?(exchange: XhrExchange): void }> = {
    // What is none of its values is passed over.
    responseType: { allows: ({ readyState }, value) => readyState < 3 || !/^(arraybuffer|blob|document|json|text|)$/.test(String(value)) },
    withCredentials: { allows: (exchange) => exchange.readyState === 0 || exchange.isOpen },
    timeout: { changed: (exchange) => exchange.setClock() },
  };

  for (const [name, { value, get: read, set: write, ...rest }] of Object.entries(natives)) {
    if (name === "constructor") continue;
    if (typeof value === "function") {
      // What we do not know acts on what is open in the browser.
      const method = methods[name] ?? ((xhr, args, exchange) => {
        if (exchange?.isOpen) pass(xhr, exchange);
        return call(xhr, name, args);
      });
      const ourMethod = { [name](this: XMLHttpRequest, ...args: unknown[]) {
        return method(this, args, exchanges.get(this));
      } }[name]!;
      Object.defineProperty(ourMethod, "length", { value: value.length, configurable: true });
      ours[name] = { ...rest, value: ourMethod };
    } else if (getters[name] || setters[name]) {
      const accessors = {
        get [name](): unknown {
          announce(this as unknown as XMLHttpRequest);
          // Where it may not be read, the browser's own says so.
          const plain = read!.call(this);
          const exchange = exchanges.get(this as unknown as XMLHttpRequest);
          return (exchange && getters[name]?.(exchange)) ?? plain;
        },
        set [name](value: unknown) {
          const exchange = exchanges.get(this as unknown as XMLHttpRequest);
          if (exchange && setters[name]!.allows?.(exchange, value) === false) throw stateError(name);
          write!.call(this, value);
          if (exchange) setters[name]!.changed?.(exchange);
        },
      };
      ours[name] = { ...rest, ...Object.getOwnPropertyDescriptor(accessors, name) };
      if (!setters[name]) ours[name].set = write!;
    }
  }

  const swap = (names: readonly string[], from: Record<string, PropertyDescriptor>, to: Record<string, PropertyDescriptor>) => {
    for (const name of names) {
      const now = Object.getOwnPropertyDescriptor(prototype, name);
      // What others have put in the place of one stays.
      if (now && now.value === from[name]!.value && now.get === from[name]!.get) Object.defineProperty(prototype, name, to[name]!);
    }
  };
  // What is ours goes on and can be read for ever, so only what makes it ours is taken away; the rest passes on.
  return { put: () => swap(Object.keys(ours), natives, ours), remove: () => swap(["open"], ours, natives) };
}

function resolved(url: string | URL): URL | undefined {
  try {
    // In the encoding of the document, as its links are.
    const link = document.createElement("a");
    link.href = String(url);
    return new URL(link.href);
  } catch {
    return; // the browser says so
  }
}

const stateError = (name: string) => new DOMException(`${name}: not in this state of the XMLHttpRequest.`, "InvalidStateError");
