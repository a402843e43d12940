// Angular's HttpClient as an application has it, with or without Forebay's interceptor: who tests compares.
import "@angular/compiler";
import { HttpClient, HttpContext, HttpHeaders, provideHttpClient, withFetch, withInterceptors } from "@angular/common/http";
import { createApplication } from "@angular/platform-browser";
import { forebayInterceptor } from "forebay/angular-http";

/** `app` is a connected one; without it Angular is by itself. `hasFetch`: its own backend is the one over `fetch`. */
export async function client(app, hasFetch) {
  /** An interceptor of the application's own, before ours. */
  const named = (request, next) => next(request.clone({ headers: request.headers.set("x-who", "ann") }));
  const { injector } = await createApplication({ providers: [provideHttpClient(withInterceptors([named, ...(app ? [forebayInterceptor(app)] : [])]), ...(hasFetch ? [withFetch()] : []))] });
  return { http: injector.get(HttpClient), HttpContext, HttpHeaders };
}
