/** An `XMLHttpRequest` whose reads are the broker's. */
import type { Forebay } from "../api.js";

type Xhr = typeof XMLHttpRequest;

/**
 * Of class `Native`, but what is read from URLs that match is asked of the broker, as soon as it `isReady`. Writes, synchronous
 * requests and documents are left to the browser; what a write has made out of date is not given out by the time its app hears of it.
 */
export function sharedXhr(Native: Xhr, app: Forebay, matches: (url: string) => boolean, isReady: () => unknown): Xhr {
  return class extends Native {
    #url = "";
    #reads: unknown;
    #writes: unknown;
    #headers = new Headers();
    #enough: AbortController | undefined;
    /** What stands in the place of the browser's own members, while the answer is ours. */
    #facts: Record<string, unknown> = {};

    constructor() {
      super();
      this.addEventListener("readystatechange", () => this.#writes && this.readyState > 3 && matches(this.#url) && app.invalidate({ urls: [this.#url] }));
    }

    override open(method: string, url: string | URL, isAsync = true, ...rest: any[]): void {
      this.#forget();
      const safe = /^(?:(get)|head|options)$/i.exec(method);
      this.#reads = isAsync && safe?.[1];
      this.#writes = !safe;
      this.#url = new URL(url, document.baseURI).href;
      this.#headers = new Headers();
      super.open(method, url, isAsync, ...(rest as []));
    }

    override setRequestHeader(name: string, value: string): void {
      super.setRequestHeader(name, value);
      this.#headers.append(name, value);
    }

    override send(body?: Document | XMLHttpRequestBodyInit | null): void {
      if (!this.#reads || this.responseType === "document" || !matches(this.#url) || !isReady()) return super.send(body);
      const enough = (this.#enough = new AbortController());
      const { responseType, timeout, withCredentials } = this;
      if (timeout) setTimeout(() => enough.abort("timeout"), timeout);
      this.#tell(0, "loadstart");
      app.fetch(this.#url, { headers: this.#headers, credentials: withCredentials ? "include" : "same-origin", signal: enough.signal })
        .then(async (response) => {
          const { status, statusText, url: responseURL, headers } = response;
          this.#become(2, {
            status, statusText, responseURL,
            getResponseHeader: (name: string) => headers.get(name),
            getAllResponseHeaders: () => [...headers].map(([name, value]) => `${name}: ${value}\r\n`).join(""),
          });
          const body: any = await response[responseType === "blob" ? responseType : "arrayBuffer"]();
          const loaded = body.size ?? body.byteLength;
          this.#become(3);
          this.#tell(loaded, "progress");
          this.#become(4, /^[ab]/.test(responseType) ? { response: body } : read(body, headers.get("content-type") ?? "", responseType === "json"));
          this.#tell(loaded, "load", "loadend");
        })
        .catch(() => {
          if (this.#enough !== enough) return;
          const { reason = "error" } = enough.signal;
          this.#forget(); // what the browser's own says of a request that it never sent is what is true of one that failed
          this.#become(4);
          this.#tell(0, reason, "loadend");
        });
    }

    override abort(): void {
      if (this.#enough && this.readyState < 4) this.#enough.abort("abort");
      else super.abort();
    }

    #become(readyState: number, facts?: object): void {
      Object.assign(this.#facts, facts, { readyState });
      for (const name in this.#facts) Object.defineProperty(this, name, { value: this.#facts[name], configurable: true });
      this.dispatchEvent(new Event("readystatechange"));
    }

    #tell(loaded: number, ...types: string[]): void {
      for (const type of types) this.dispatchEvent(new ProgressEvent(type, { loaded }));
    }

    #forget(): void {
      const enough = this.#enough;
      this.#enough = undefined;
      enough?.abort("abort");
      for (const name in this.#facts) delete (this as any)[name];
      this.#facts = {};
    }
  };
}

/** What there is of a text, as the browser's own class would have it. */
function read(bytes: ArrayBuffer, type: string, isJson: boolean) {
  const responseText = new TextDecoder(/charset=([\w-]+)/i.exec(type)?.[1]).decode(bytes);
  let response: unknown = responseText;
  try {
    if (isJson) response = JSON.parse(responseText);
  } catch {
    response = null;
  }
  return { response, responseText, responseXML: /[/+]xml/.test(type) ? new DOMParser().parseFromString(responseText, "text/xml") : null };
}
