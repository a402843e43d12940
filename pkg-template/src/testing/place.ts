/**
 * Where a test's broker stands. The bundler puts these in the place of what a browser has: some places lack them (jsdom under
 * Jest), and nothing may reach a network.
 */
// Nothing else: what is imported here would be run before any of this is there.
import { PARTS, parts } from "./parts.js";

const NOWHERE = "http://localhost/";

const outside = (name: string): any => (globalThis as any).process?.getBuiltinModule?.("node:vm").runInThisContext(`globalThis.${name}`);
/** What this realm has, else what Node has outside of it. */
const outer = (name: string): any => (globalThis as any)[name] ?? outside(name);

const TheirRequest = outer("Request");
if (!TheirRequest) throw new Error("forebay/testing needs what `fetch` is made of (Request, Response): a browser, or Node 20.16 or later.");
export const Response: typeof globalThis.Response = outer("Response");
export const Headers: typeof globalThis.Headers = outer("Headers");
export const ReadableStream: typeof globalThis.ReadableStream = outer("ReadableStream");
export const TextEncoder: typeof globalThis.TextEncoder = outer("TextEncoder");
export const TextDecoder: typeof globalThis.TextDecoder = outer("TextDecoder");
export const crypto: Crypto = globalThis.crypto?.subtle ? globalThis.crypto : outer("crypto");
export const navigator: Navigator = globalThis.navigator ?? {};

/** What URLs are relative to: the page's, where it has one. */
const base = () => (/^https?:/.test(globalThis.document?.baseURI) ? globalThis.document.baseURI : NOWHERE);
export const absolute = (url: string | URL): URL => new URL(url, base());
export const location = {
  get href() { return base(); },
  get origin() { return absolute("/").origin; },
};
export const document = {
  get baseURI() { return base(); },
  get visibilityState() { return globalThis.document?.visibilityState ?? "visible"; },
  addEventListener: (...args: any[]) => (globalThis.document as any)?.addEventListener(...args),
};

/** Tests are not tabs of one another, and nothing outlives them. */
export const BroadcastChannel = undefined;
export const localStorage = {};

/** A signal of this realm, for a request of the other. */
function adopted(signal: AbortSignal): AbortSignal {
  const own: AbortController = new (outside("AbortController"))();
  const abort = () => own.abort(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  return own.signal;
}

/** As a page's own: URLs may be relative to it, and signals of the page's realm are understood. */
function makeRequest(input: RequestInfo | URL, init?: RequestInit): Request {
  const request = typeof input === "string" || input instanceof URL ? absolute(input).href : input;
  if (!init?.signal || TheirRequest === globalThis.Request) return new TheirRequest(request, init);
  return new TheirRequest(request, { ...init, signal: adopted(init.signal) });
}
makeRequest.prototype = TheirRequest?.prototype;
export const Request = makeRequest as unknown as typeof globalThis.Request;

// Tests and what they test make responses, too, and jsdom under Jest has none of these.
for (const [name, value] of Object.entries({ Response, Headers, Request, ReadableStream, TextEncoder, TextDecoder })) (globalThis as any)[name] ??= value;

// --- timers ---------------------------------------------------------------------------------------------------

// As they were before a test has put its own in their place: what only ends a task ends it all the same.
const startTimer = globalThis.setTimeout;
export const queueMicrotask = globalThis.queueMicrotask;

/** What waits for the end of the task. */
export const ends = new Set<unknown>();

/** Delays of timers for which no process is kept alive. */
export const idle = new Set<number>();

/** The broker's own timers without a delay are known to {@link ends}. */
export const setTimeout = (call: (...args: any[]) => void, delay?: number, ...args: any[]): any => {
  if (delay) {
    const timer: any = globalThis.setTimeout(call, delay, ...args);
    if (idle.has(delay)) timer?.unref?.();
    return timer;
  }
  const end = {};
  ends.add(end);
  return startTimer(() => {
    ends.delete(end);
    call(...args);
  });
};

/** Until the end of this task and of what it has begun. */
export const turn = (): Promise<void> => new Promise((over) => startTimer(over));

// --- the network ----------------------------------------------------------------------------------------------

let answering: (request: Request) => Promise<Response>;

/** Says who answers what is sent. */
export const answeredBy = (answer: typeof answering): void => void (answering = answer);

/** There is no network: the core's parts lie in the bundle, and the test answers all else. */
export const fetch: typeof globalThis.fetch = async (input, init) => {
  const url = String((input as Request).url ?? input);
  if (url.startsWith(PARTS)) return new Response(parts[url.slice(PARTS.length)]!);
  return answering(new Request(input as RequestInfo, init));
};
