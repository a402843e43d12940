import type { ErrorCode, ForebayErrorShape } from "./api.js";
import { parse } from "../../src/browser/parse.js";

/** What some errors carry besides code and message. */
interface More {
  cause?: unknown;
  /** Default: whether `status` is a server's failure. */
  retryable?: boolean;
  /** For `http-status`. */
  status?: number;
  /** For `http-status`: what the server said, where that is JSON. */
  body?: unknown;
  /** For `graphql`: the answer's `errors`, and what `data` there was. */
  errors?: readonly unknown[];
  data?: unknown;
  /** Of `http-status`, of `not-json`, of `network` where the body broke off, and of `graphql` where the server refused the whole operation: what it said, unread. */
  head?: Response;
}

/** What Forebay's calls reject or throw with. Several copies may be on a page: switch on `code`, not on the class. */
export class ForebayError extends Error implements ForebayErrorShape, More {
  declare readonly code: ErrorCode;
  declare readonly retryable: boolean;
  declare readonly status?: number;
  declare readonly body?: unknown;
  declare readonly errors?: readonly unknown[];
  declare readonly data?: unknown;
  declare readonly head?: Response;

  constructor(code: ErrorCode, message: string, more?: More) {
    super(message);
    Object.assign(this, { name: "ForebayError", code, retryable: more?.status! > 499 }, more);
  }
}

/** For options and arguments that are not what they must be. */
export const invalid = (message: string) => new ForebayError("invalid-option", message);

/** For calls on a handle after its `disconnect`. */
export const disconnected = (app: string) => new ForebayError("disconnected", app + " has disconnected");

/** What `json` rejects with where the exchange failed. What one of our parts says (each has an error class of its own) is said. */
export const networkError = (url: string, error: unknown): unknown =>
  (error as ForebayError)?.retryable === undefined ? new ForebayError("network", `${url}: ${error}`, { cause: error, retryable: true }) : error;

/** The same of what was sent with this signal: who has given up is told why. */
export const ofNetwork = (url: string, signal: AbortSignal | null | undefined) => (error: unknown): never => {
  throw !signal?.aborted ? networkError(url, error) : (error as ForebayError)?.code === "network" ? (error as ForebayError).cause : error;
};

/**
 * What `json` makes of an answer: the value, frozen to its leaves. Rejects on a status that is not 2xx and on what is
 * not JSON. `parsed`: its value, where its body has been read before.
 */
export async function jsonOf(response: Response, parsed?: () => unknown): Promise<any> {
  const { ok, url, status } = response;
  // Whoever is given a refusal's head may read it too.
  const text = parsed ? "" : await (ok ? response.text() : response.clone().text().catch(() => ""));
  parsed ??= () => parse(text);
  if (!ok) throw new ForebayError("http-status", `${url}: ${status}`, { status, head: response, body: bodyOf(parsed) });
  try {
    return parsed();
  } catch (cause) {
    throw new ForebayError("not-json", url + ": not JSON", { cause });
  }
}

/** A value, if there is one. */
export function bodyOf(parsed: () => unknown): unknown {
  try {
    return parsed();
  } catch {
    return;
  }
}
