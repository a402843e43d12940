/** Under axios (1.12 and later): its own `fetch` adapter, over the page's broker. Interceptors, transforms, errors and `validateStatus` are axios's. */
import type { AxiosRequestConfig } from "axios";
import type { Forebay } from "../api.js";
import { graphqlFetch } from "./graphql.js";

/** What axios reads a body by. */
const READERS = ["text", "json", "arrayBuffer", "blob", "formData"] as const;

/**
 * To who reads a body whole that breaks off Chromium says that fetching has failed, and axios goes by these words; of a
 * response that was made it says this.
 */
const broken = (error: any) => {
  throw error?.message === "network error" ? new TypeError("Failed to fetch", { cause: error }) : error;
};

function inItsWords(response: Response): Response {
  for (const name of READERS) {
    const read = response[name];
    Object.defineProperty(response, name, { value: () => read.call(response).catch(broken) });
  }
  return response;
}

/** What `fetch` does without being told. axios spells it out, and it would keep what axios asks apart from what others ask. */
const DEFAULTS = new Map<string, unknown>(Object.entries({ cache: "default", credentials: "same-origin", redirect: "follow", referrer: "about:client", referrerPolicy: "", mode: "cors", integrity: "", keepalive: false, priority: "auto", window: null, signal: null, body: null }));

/**
 * What there is to say. Without the name, too, that axios gives itself in newer releases: Chromium never sends it, and where
 * it is sent, it would do the same. A `User-Agent` of the caller's own stays.
 */
function told(init: RequestInit): RequestInit {
  const headers = new Headers(init.headers);
  if (headers.get("user-agent")?.startsWith("axios/")) headers.delete("user-agent");
  const said = Object.entries(init).filter(([name, value]) => value !== undefined && DEFAULTS.get(name) !== value);
  return { ...Object.fromEntries(said), headers };
}

/**
 * The `Request` of axios's adapter, which shows it to its callers. What is sent are the URL and the options: they are read
 * once, with their body. axios finds no way in it to send bodies as streams, and sends them as they are.
 */
function makeAsked(Base: typeof Request) {
  return class Asked extends Base {
    readonly #sent: readonly [url: string, init: RequestInit];

    constructor(url: string, init: RequestInit) {
      const { method, headers, cache, credentials, redirect, referrer, referrerPolicy, mode, integrity, keepalive, signal } = init;
      super(url, { method, headers, cache, credentials, redirect, referrer, referrerPolicy, mode, integrity, keepalive, signal } as RequestInit);
      this.#sent = [url, init];
    }

    static sent(asked: Asked, more?: RequestInit): [url: string, init: RequestInit] {
      const [url, init] = asked.#sent;
      return [url, told({ ...init, ...more })];
    }
  };
}

/** Options for `axios.create`. Uploads with progress are sent as they are. */
export function forebayAxios(app: Forebay): AxiosRequestConfig {
  const shared = graphqlFetch(app);
  const send = async (...sent: [url: string, init: RequestInit]) => inItsWords(await shared(...sent));
  // Without requests, as in jsdom, axios hands URL and options over.
  const Asked = globalThis.Request && makeAsked(Request);
  const fetch = Asked ? (asked: InstanceType<typeof Asked>, more?: RequestInit) => send(...Asked.sent(asked, more)) : (url: string, init: RequestInit) => send(url, told(init));
  return { adapter: "fetch", env: { fetch, Request: Asked ?? null } as unknown as NonNullable<AxiosRequestConfig["env"]> };
}
