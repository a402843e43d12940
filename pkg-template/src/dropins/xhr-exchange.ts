/** One exchange of an `XMLHttpRequest` that is the broker's, from its `open` to its end: states and events by the XMLHttpRequest standard. */
import type { Forebay } from "../api.js";
import { decoderOf, isXml, mimeOf, type Mime } from "./mime.js";

/** An app hears of progress no more often than the standard says. */
const PROGRESS_MS = 50;
/** A timer that rings later than this was held up by the page. */
const LATE_MS = 50;
/** Where engines put what they say of XML that is none. */
const PARSER_ERRORS = ["http://www.w3.org/1999/xhtml", "http://www.mozilla.org/newlayout/xml/parsererror.xml"];
/** What a type is that was not said. */
const UNSAID: Mime = { essence: "text/xml", charset: undefined };

export class XhrExchange {
  readonly args: readonly any[];
  /** As they were set, in their order. */
  readonly headers: [name: string, value: string][] = [];
  readonly url: string;
  readyState = 0;
  /** The answer, until it fails. */
  head: Response | undefined;

  readonly #xhr: XMLHttpRequest;
  readonly #app: Forebay;
  /** What the browser's own says of a member: what the app has set. */
  readonly #set: (name: string) => any;
  readonly #joined = new Headers();
  readonly #enough = new AbortController();
  #isSent = false;
  #isLeft = false;
  #began = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  #pieces: Uint8Array[] = [];
  #received = 0;
  /** Of so many bytes it was told that they have come. */
  #toldOf = 0;
  #total = 0;
  #overriding: Mime | undefined;
  #decoder: TextDecoder | undefined;
  /** How many pieces have been decoded, and what they say. */
  #decoded = 0;
  #text = "";
  #value: { value: unknown } | undefined;
  #document: { document: Document | null } | undefined;

  constructor(xhr: XMLHttpRequest, app: Forebay, url: string, set: (name: string) => any, args: readonly any[]) {
    this.#xhr = xhr;
    this.#app = app;
    this.#set = set;
    this.url = url;
    this.args = args;
  }

  /** It was opened, and not sent. */
  get isOpen(): boolean {
    return this.readyState === 1 && !this.#isSent;
  }

  setHeader(name: string, value: string): void {
    try {
      this.#joined.append(name, value);
    } catch (error) {
      // What has no byte for each letter is of a wrong type; else it is no header.
      throw /[^\0-\xff]/.test(name + value) ? error : new DOMException(`setRequestHeader: ${name} or its value is no header.`, "SyntaxError");
    }
    this.headers.push([name, value]);
  }

  override(type: string): void {
    this.#overriding = mimeOf(type) ?? { essence: "application/octet-stream", charset: undefined };
  }

  async send(): Promise<void> {
    this.#isSent = true;
    this.#tell("loadstart");
    // It may have been aborted or opened again by who heard of it.
    if (this.#isOver) return;
    const begin = () => {
      this.#began = performance.now();
      this.setClock();
    };
    begin();
    // While the task that sends it goes on, nothing is sent: a page that is busy must not cost an answer its time.
    queueMicrotask(begin);
    try {
      const credentials = this.#set("withCredentials") ? "include" : "same-origin";
      const head = await this.#app.fetch(this.url, { headers: this.#joined, credentials, signal: this.#enough.signal });
      if (this.#isOver) return;
      this.head = head;
      const { headers } = head;
      // Of a body that was packed nobody knows how long it is.
      this.#total = headers.has("content-encoding") ? 0 : Number(headers.get("content-length")) || 0;
      this.become(2);
      const reader = head.body?.getReader();
      let told = -PROGRESS_MS;
      while (reader && !this.#isOver) {
        const { done, value } = await reader.read();
        if (done || this.#isOver) break;
        this.#pieces.push(value);
        this.#received += value.byteLength;
        if (performance.now() - told < PROGRESS_MS) continue;
        told = performance.now();
        this.become(3);
        if (!this.#isOver) this.#progressed();
      }
    } catch {
      if (!this.#isOver) this.#fail("error");
      return;
    }
    if (!this.#isOver) this.#end();
  }

  /** The time is counted from when it was sent, whenever the app says how long it may take. */
  setClock(): void {
    clearTimeout(this.#timer);
    const timeout = this.#set("timeout");
    if (!timeout || !this.#isSent) return;
    const due = this.#began + timeout;
    const over = () => {
      // The page was busy, and what has come meanwhile waits behind this timer.
      if (performance.now() - due > LATE_MS) this.#timer = setTimeout(() => this.#fail("timeout"), LATE_MS);
      else this.#fail("timeout");
    };
    this.#timer = setTimeout(over, Math.max(0, due - performance.now()));
  }

  abort(): void {
    if (this.#isSent) this.#fail("abort");
    if (this.readyState < 4) return;
    this.readyState = 0;
    this.#forget();
  }

  /** Another has been opened in its place: nobody hears of this one any more. */
  leave(): void {
    this.#isLeft = true;
    this.#stop();
  }

  become(readyState: number): void {
    this.readyState = readyState;
    this.#xhr.dispatchEvent(new Event("readystatechange"));
  }

  header(name: string): string | null {
    try {
      return this.head?.headers.get(name) ?? null;
    } catch {
      return null; // no header has such a name
    }
  }

  allHeaders(): string | undefined {
    const upper = ([name]: [string, string]) => name.toUpperCase();
    return this.head && [...this.head.headers].sort((a, b) => (upper(a) < upper(b) ? -1 : 1)).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  }

  response(): unknown {
    const type: XMLHttpRequestResponseType = this.#set("responseType");
    if (!type || type === "text") return this.text();
    if (this.readyState < 4 || !this.head) return null;
    return (this.#value ??= { value: this.#made(type) }).value;
  }

  text(): string {
    if (this.readyState < 3) return "";
    const isWhole = this.readyState > 3;
    // Three bytes tell a byte order mark.
    if (!this.#decoder && (isWhole || this.#received > 2)) this.#decoder = decoderOf(this.#bytes(), this.#mime, this.#set("responseType") === "");
    if (!this.#decoder) return "";
    while (this.#decoded < this.#pieces.length) this.#text += this.#decoder.decode(this.#pieces[this.#decoded++], { stream: true });
    if (isWhole && this.#decoded === this.#pieces.length) {
      this.#text += this.#decoder.decode();
      this.#decoded += 1;
    }
    return this.#text;
  }

  xml(): Document | null {
    if (this.readyState < 4 || !this.head) return null;
    return (this.#document ??= { document: this.#parsed() }).document;
  }

  get #isOver(): boolean {
    return !this.#isSent || this.#isLeft;
  }

  get #mime(): Mime {
    return this.#overriding ?? mimeOf(this.header("content-type")) ?? UNSAID;
  }

  #made(type: XMLHttpRequestResponseType): unknown {
    const bytes = this.#bytes();
    if (type === "document") return this.xml();
    if (type === "blob") return new Blob([bytes as BlobPart], { type: this.#mime.essence });
    if (type === "arraybuffer") return bytes.buffer;
    try {
      return JSON.parse(new TextDecoder().decode(bytes));
    } catch {
      return null;
    }
  }

  #parsed(): Document | null {
    const mime = this.#mime;
    const isHtml = mime.essence === "text/html";
    // HTML is made a document of only for who has asked for one (after it was sent, or it were the browser's).
    if (!this.#received || !(isXml(mime) || (isHtml && this.#set("responseType") === "document"))) return null;
    const text = decoderOf(this.#bytes(), mime, true).decode(this.#bytes());
    const type = /^(text\/(html|xml)|application\/xhtml\+xml|image\/svg\+xml)$/.test(mime.essence) ? mime.essence : "application/xml";
    const document = new DOMParser().parseFromString(text, type as DOMParserSupportedType);
    return PARSER_ERRORS.some((space) => document.getElementsByTagNameNS(space, "parsererror")[0]) && !isHtml ? null : document;
  }

  /** All that has come, as one. */
  #bytes(): Uint8Array {
    const whole = new Uint8Array(this.#received);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.byteLength;
    }
    return whole;
  }

  #progressed(): void {
    this.#toldOf = this.#received;
    this.#tell("progress", this.#received, this.#total);
  }

  #end(): void {
    this.#stop();
    if (this.#received > this.#toldOf) this.#progressed();
    this.become(4);
    this.#tell("load", this.#received, this.#total);
    this.#tell("loadend", this.#received, this.#total);
  }

  #fail(how: "error" | "abort" | "timeout"): void {
    this.#stop();
    this.#forget();
    this.become(4);
    this.#tell(how);
    this.#tell("loadend");
  }

  #stop(): void {
    this.#isSent = false;
    clearTimeout(this.#timer);
    this.#enough.abort();
  }

  /** What the browser's own says of a request that it never sent is what is true of one that failed. */
  #forget(): void {
    this.head = undefined;
    this.#pieces = [];
    this.#received = this.#toldOf = this.#total = 0;
    this.#decoded = 0;
    this.#text = "";
    this.#decoder = this.#value = this.#document = undefined;
  }

  #tell(type: string, loaded = 0, total = 0): void {
    this.#xhr.dispatchEvent(new ProgressEvent(type, { loaded, total, lengthComputable: total > 0 }));
  }
}
