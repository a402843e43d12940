// The tools of the matrix: each is started, and tells what it has seen, as "how path" (how: `fetch` or `xhr`).
import { datadogRum } from "@datadog/browser-rum";
import { BatchInterceptor } from "@mswjs/interceptors";
import { FetchInterceptor } from "@mswjs/interceptors/fetch";
import { XMLHttpRequestInterceptor } from "@mswjs/interceptors/XMLHttpRequest";
import { registerInstrumentations } from "@opentelemetry/instrumentation";
import { FetchInstrumentation } from "@opentelemetry/instrumentation-fetch";
import { XMLHttpRequestInstrumentation } from "@opentelemetry/instrumentation-xml-http-request";
import { WebTracerProvider } from "@opentelemetry/sdk-trace-web";
import * as sentry from "@sentry/browser";

/** What a tool has seen of the pages' own requests. */
const list = () => {
  const seen = [];
  return { seen, see: (how, url) => /\/api\//.test(url) && seen.push(`${how} ${new URL(url, location.href).pathname}`) };
};

export const tools = {
  sentry() {
    const { seen, see } = list();
    sentry.init({
      dsn: "http://key@127.0.0.1/1",
      // Nothing is sent to anybody: breadcrumbs are looked at here.
      transport: () => ({ send: async () => ({}), flush: async () => true }),
      beforeBreadcrumb({ category, data }) {
        if (category === "fetch" || category === "xhr") see(category, data.url);
        return null;
      },
    });
    return seen;
  },
  datadog() {
    const { seen, see } = list();
    datadogRum.init({
      applicationId: "a", clientToken: "pub", service: "tests", sessionSampleRate: 100, trackResources: true, sessionPersistence: "local-storage",
      proxy: `${location.origin}/datadog`,
      beforeSend({ type, resource }) {
        if (type === "resource" && /^(fetch|xhr)$/.test(resource.type)) see(resource.type, resource.url);
        return false;
      },
    });
    return seen;
  },
  opentelemetry() {
    const { seen, see } = list();
    const tracerProvider = new WebTracerProvider({
      spanProcessors: [{
        onStart() {},
        onEnd: ({ attributes, instrumentationScope, instrumentationLibrary }) =>
          see(/xml-http/.test((instrumentationScope ?? instrumentationLibrary).name) ? "xhr" : "fetch", String(attributes["url.full"] ?? attributes["http.url"])),
        forceFlush: async () => {},
        shutdown: async () => {},
      }],
    });
    registerInstrumentations({ tracerProvider, instrumentations: [new FetchInstrumentation(), new XMLHttpRequestInstrumentation()] });
    return seen;
  },
  "msw's interceptors"() {
    const { seen, see } = list();
    const interceptor = new BatchInterceptor({ name: "tests", interceptors: [new FetchInterceptor(), new XMLHttpRequestInterceptor()] });
    interceptor.on("request", ({ request }) => void see("fetch", request.url));
    interceptor.apply();
    return seen;
  },
};
