import { Component, provideZonelessChangeDetection } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";
import { connect, ready } from "forebay";
import { injectForebay, provideForebay } from "forebay/angular";

const app = connect({ app: "shop" });

@Component({ selector: "app-root", template: `<p>{{ visits.data()?.hit ?? "…" }}</p>` })
class Root {
  readonly visits = injectForebay<{ hit: number }>(() => ["/api/visits"]);
}

bootstrapApplication(Root, { providers: [provideZonelessChangeDetection(), provideForebay(app)] });
ready().then((mode) => document.body.setAttribute("data-mode", mode));
