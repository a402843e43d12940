// The week's appointments, and moving them. Angular: standalone, without zones, compiled ahead of time.
import { createComponent, inputBinding, provideZonelessChangeDetection } from "@angular/core";
import { createApplication } from "@angular/platform-browser";
import { visitSource, type Client } from "./data";
import { Schedule, type Clinic } from "./schedule";

interface Context {
  readonly client: Client;
  readonly host: { readonly clinic: Clinic };
}

export async function mount(element: HTMLElement, { client, host: { clinic } }: Context): Promise<() => void> {
  const source = visitSource(client, clinic.week);
  const app = await createApplication({ providers: [provideZonelessChangeDetection()] });
  const hostElement = element.appendChild(document.createElement("hh-schedule"));
  const component = createComponent(Schedule, {
    environmentInjector: app.injector,
    hostElement,
    bindings: [inputBinding("source", () => source), inputBinding("clinic", () => clinic)],
  });
  app.attachView(component.hostView);
  return () => {
    app.destroy();
    source.close();
    element.replaceChildren();
  };
}
