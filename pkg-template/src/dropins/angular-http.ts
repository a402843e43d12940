/** Under Angular's `HttpClient`: an interceptor. Other interceptors, errors and cancelling are Angular's. */
import { HttpErrorResponse, HttpHeaders, HttpResponse, type HttpEvent, type HttpInterceptorFn } from "@angular/common/http";
import { Observable } from "rxjs";
import type { Forebay } from "../api.js";

/**
 * What `HttpClient` reads goes through the broker: `provideHttpClient(withInterceptors([forebayInterceptor(app)]))`, as the last of
 * them. Only `GET`s of text or JSON without progress; all else goes on to Angular's own backend.
 */
export function forebayInterceptor(app: Forebay): HttpInterceptorFn {
  return (request, next) => {
    const { method, responseType, reportProgress, urlWithParams, withCredentials, headers: given } = request;
    if (method !== "GET" || reportProgress || (responseType !== "json" && responseType !== "text")) return next(request);
    return new Observable<HttpEvent<unknown>>((observer) => {
      const leaving = new AbortController();
      let isOver = false;
      const headers = new Headers();
      for (const name of given.keys()) for (const value of given.getAll(name) ?? []) headers.append(name, value);
      if (!headers.has("accept")) headers.set("accept", "application/json, text/plain, */*");
      app.fetch(urlWithParams, { headers, credentials: withCredentials ? "include" : "same-origin", signal: leaving.signal }).then(async (response) => {
        const { ok, status, statusText, url } = response;
        const facts = { headers: new HttpHeaders(response.headers), status, statusText, url: url || urlWithParams };
        const text = await response.text();
        let body: unknown = text;
        // XSSI protection, as Angular's own backend takes it off.
        if (responseType === "json") {
          try {
            body = text ? JSON.parse(text.replace(/^\)\]\}',?\n/, "")) : null;
          } catch (error) {
            if (ok) throw new HttpErrorResponse({ ...facts, error: { error, text } });
          }
        }
        if (!ok) throw new HttpErrorResponse({ ...facts, error: body });
        observer.next(new HttpResponse({ ...facts, body }));
        observer.complete();
      }).catch((error) => observer.error(error instanceof HttpErrorResponse ? error : new HttpErrorResponse({ error, status: 0, statusText: "Unknown Error", url: urlWithParams })))
        .finally(() => (isOver = true));
      return () => isOver || leaving.abort();
    });
  };
}
