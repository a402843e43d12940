/** An `XMLHttpRequest` whose reads go by `fetch`. */

/** Synchronous requests, uploads and documents are left to the browser. */
const TYPES = new Set(["", "text", "json", "arraybuffer", "blob"]);

type Xhr = typeof XMLHttpRequest;

/** Of class `Native`, but what is read from URLs that `mayShare` is asked for by `ask`. */
export function sharedXhr(Native: Xhr, mayShare: (url: string) => boolean, ask: (url: string, init: RequestInit) => Promise<Response>): Xhr {
  return class extends Native {
    #url = "";
    #method = "";
    #headers: [string, string][] = [];
    #enough: AbortController | undefined;
    /** What stands in the place of the browser's own members, while the answer is ours. */
    #facts: Record<string, unknown> = {};
    #answered: Headers | undefined;

    override open(method: string, url: string | URL, isAsync = true, ...rest: any[]): void {
      this.#forget();
      this.#method = isAsync ? method.toUpperCase() : "";
      this.#url = new URL(url, document.baseURI).href;
      this.#headers = [];
      super.open(method, url, isAsync, ...(rest as []));
    }

    override setRequestHeader(name: string, value: string): void {
      super.setRequestHeader(name, value);
      this.#headers.push([name, value]);
    }

    override send(body?: Document | XMLHttpRequestBodyInit | null): void {
      if (this.#method !== "GET" || !TYPES.has(this.responseType) || !mayShare(this.#url)) return super.send(body);
      const enough = (this.#enough = new AbortController());
      const { timeout, withCredentials } = this;
      const late = timeout ? setTimeout(() => enough.abort("timeout"), timeout) : undefined;
      ask(this.#url, { headers: new Headers(this.#headers), credentials: withCredentials ? "include" : "same-origin", signal: enough.signal })
        .then(async (response) => {
          const { status, statusText, url: responseURL, headers } = response;
          this.#become(2, { status, statusText, responseURL }, headers);
          const bytes = await response.arrayBuffer();
          this.#become(3);
          const answer = this.#read(bytes, headers);
          this.#become(4, { response: answer, responseText: answer });
          this.#end("load", bytes.byteLength);
        })
        .catch(() => {
          if (this.#enough !== enough) return;
          this.#become(4, { status: 0, statusText: "", responseURL: "", response: null, responseText: "" }, new Headers());
          this.#end(enough.signal.reason === "timeout" ? "timeout" : enough.signal.aborted ? "abort" : "error", 0);
        })
        .finally(() => clearTimeout(late));
    }

    override abort(): void {
      if (this.#enough && this.readyState < 4) this.#enough.abort("abort");
      else super.abort();
    }

    override getResponseHeader(name: string): string | null {
      return this.#answered ? this.#answered.get(name) : super.getResponseHeader(name);
    }

    override getAllResponseHeaders(): string {
      return this.#answered ? [...this.#answered].map(([name, value]) => `${name}: ${value}\r\n`).join("") : super.getAllResponseHeaders();
    }

    #read(bytes: ArrayBuffer, headers: Headers): unknown {
      if (this.responseType === "arraybuffer") return bytes;
      const type = headers.get("content-type") ?? "";
      if (this.responseType === "blob") return new Blob([bytes], { type });
      const text = new TextDecoder(/charset=([\w-]+)/i.exec(type)?.[1]).decode(bytes);
      if (this.responseType !== "json") return text;
      try {
        return JSON.parse(text);
      } catch {
        return null;
      }
    }

    #become(readyState: number, facts: object = {}, headers = this.#answered): void {
      this.#answered = headers;
      Object.assign(this.#facts, { ...facts, readyState });
      for (const name in this.#facts) Object.defineProperty(this, name, { value: this.#facts[name], configurable: true });
      this.dispatchEvent(new Event("readystatechange"));
    }

    #end(how: string, loaded: number): void {
      for (const type of [how, "loadend"]) this.dispatchEvent(new ProgressEvent(type, { loaded }));
    }

    #forget(): void {
      const enough = this.#enough;
      this.#enough = undefined;
      enough?.abort("abort");
      for (const name in this.#facts) delete (this as any)[name];
      this.#facts = {};
      this.#answered = undefined;
    }
  };
}
