// What renders on the server: React as a stream with suspense, Vue as a text, Angular as a document once nothing is pending, Svelte and Lit at once.
import { boot } from "./angular.js";
import * as core from "@angular/core";
import { provideServerRendering, renderApplication } from "@angular/platform-server";
import { render as renderLit } from "@lit-labs/ssr";
import { collectResult } from "@lit-labs/ssr/lib/render-result.js";
import { html as template } from "lit";
import "./lit.js";
import { createElement as h, Suspense } from "react";
import { renderToPipeableStream } from "react-dom/server";
import { createSSRApp, h as v } from "vue";
import { renderToString } from "vue/server-renderer";
import { PassThrough } from "node:stream";
import { dehydrate, ForebayProvider, useForebay } from "forebay/react";
import { dehydrate as dehydrateAngular, provideForebay } from "forebay/angular";
import { dehydrate as dehydrateLit, leaseOf as leaseOfLit } from "forebay/lit";
import { dehydrate as dehydrateVue, forebay } from "forebay/vue";
import { dehydrate as dehydrateSvelte, leaseOf } from "forebay/svelte";
import { render } from "svelte/server";
import One from "./svelte/One.svelte";
import { KINDS } from "./vue.js";

const Reader = ({ url }) => h("p", null, useForebay(url, undefined, { suspense: true }).data.name);

/** Each as `{ html, payload }`. */
export async function react(app, url) {
  const html = await new Promise((resolve, reject) => {
    const out = new PassThrough();
    const chunks = [];
    out.on("data", (chunk) => chunks.push(chunk)).on("end", () => resolve(Buffer.concat(chunks).toString()));
    const stream = renderToPipeableStream(h(ForebayProvider, { app }, h(Suspense, { fallback: h("p", null, "waiting") }, h(Reader, { url }))), { onAllReady: () => stream.pipe(out), onError: reject });
  });
  return { html, payload: dehydrate(app) };
}

export async function vue(app, url) {
  const html = await renderToString(createSSRApp({ render: () => v(KINDS.One, { url, id: "one" }) }).use(forebay(app)));
  return { html, payload: dehydrateVue(app) };
}

/** Svelte does not wait while it renders: what is shown is asked for before. */
export async function svelte(app, url) {
  await leaseOf(app, url).answered;
  const { body } = render(One, { props: { app: () => app, url, id: "one" } });
  return { html: body, payload: dehydrateSvelte(app) };
}

/** Angular waits for its pending tasks. */
export async function angular(app, url) {
  const providers = [provideServerRendering(), provideForebay(app, core.PendingTasks ?? core.ExperimentalPendingTasks)];
  const document = await renderApplication((context) => boot(app, "One", { url, id: "one" }, providers, context), { document: "<html><head></head><body><test-one></test-one></body></html>", url: "/" });
  return { html: /<body>(.*)<\/body>/s.exec(document)[1], payload: dehydrateAngular(app) };
}

export async function lit(app, url) {
  await leaseOfLit(app, url).answered;
  return { html: await collectResult(renderLit(template`<test-rendered .app=${app} url=${url}></test-rendered>`)), payload: dehydrateLit(app) };
}
