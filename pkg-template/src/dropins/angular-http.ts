/** Under Angular's `HttpClient`: an interceptor. Other interceptors, errors and cancelling are Angular's. */
import { HttpErrorResponse, HttpEventType, HttpHeaders, HttpResponse, type HttpEvent, type HttpInterceptorFn, type HttpRequest } from "@angular/common/http";
import { Observable } from "rxjs";
import type { Forebay } from "../api.js";

/** What Angular's `withFetch()` hands on as it is, in the versions that know it. */
const HANDED_ON = ["credentials", "cache", "priority", "mode", "redirect", "referrer", "referrerPolicy", "integrity", "keepalive"] as const;

/** What a request may ask for since Angular 20. */
type Given = HttpRequest<unknown> & RequestInit & { readonly timeout?: number; readonly reportUploadProgress?: boolean; readonly reportDownloadProgress?: boolean };

/**
 * What `HttpClient` reads goes through the broker: `provideHttpClient(withInterceptors([forebayInterceptor(app)]))`, as the last of
 * them. Only `GET`s of text or JSON without progress; all else goes on to Angular's own backend.
 */
export function forebayInterceptor(app: Forebay): HttpInterceptorFn {
  return (request, next) => {
    const given = request as Given;
    const { method, responseType, urlWithParams, reportProgress, reportUploadProgress, reportDownloadProgress } = given;
    if (method !== "GET" || reportProgress || reportUploadProgress || reportDownloadProgress || (responseType !== "json" && responseType !== "text")) return next(request);
    return new Observable<HttpEvent<unknown>>((observer) => {
      const leaving = new AbortController();
      let isOver = false;
      const timer = given.timeout && setTimeout(() => leaving.abort(new DOMException("signal timed out", "TimeoutError")), given.timeout);
      observer.next({ type: HttpEventType.Sent });
      app.fetch(urlWithParams, { ...initOf(given), signal: leaving.signal }).then(async (response) => {
        const { ok, status, statusText, url, redirected, type } = response;
        const facts = { headers: new HttpHeaders(response.headers), status, statusText, url: url || urlWithParams, redirected, responseType: type };
        const body = read(await response.arrayBuffer(), responseType, response, facts);
        if (!ok) throw new HttpErrorResponse({ ...facts, error: body });
        observer.next(new HttpResponse({ ...facts, body }));
        observer.complete();
      }).catch((error) => observer.error(error instanceof HttpErrorResponse ? error : new HttpErrorResponse({ error, status: 0, statusText: "Unknown Error", url: urlWithParams })))
        .finally(() => {
          isOver = true;
          if (timer) clearTimeout(timer);
        });
      return () => {
        if (timer) clearTimeout(timer);
        if (!isOver) leaving.abort();
      };
    });
  };
}

/** As Angular's own backend makes it. */
function initOf(given: Given): RequestInit {
  const headers: Record<string, string> = {};
  for (const name of given.headers.keys()) headers[name] = given.headers.getAll(name)!.join(",");
  if (!given.headers.has("accept")) headers["accept"] = "application/json, text/plain, */*";
  const init = Object.fromEntries(HANDED_ON.map((name) => [name, given[name]]).filter(([, value]) => value !== undefined));
  return { ...init, headers, ...(given.withCredentials && { credentials: "include" }) };
}

function read(bytes: ArrayBuffer, responseType: "json" | "text", { ok, headers, body }: Response, facts: object): unknown {
  if (!body) return null;
  if (responseType === "text") return decoder(headers.get("content-type")).decode(bytes);
  // XSSI protection, as Angular's own backend takes it off.
  const text = new TextDecoder().decode(bytes).replace(/^\)\]\}',?\n/, "");
  try {
    return text ? JSON.parse(text) : null;
  } catch (error) {
    if (ok) throw new HttpErrorResponse({ ...facts, error: { error, text } });
    return text;
  }
}

/** For the charset that the server names, if there is such a one. */
function decoder(type: string | null): TextDecoder {
  try {
    return new TextDecoder(/charset=["']?([^\s"';]+)/i.exec(type ?? "")?.[1]);
  } catch {
    return new TextDecoder();
  }
}
