// The week's appointments, and moving them. Angular: standalone, without zones, compiled ahead of time.
import { createComponent, inputBinding, provideZonelessChangeDetection } from "@angular/core";
import { createApplication } from "@angular/platform-browser";
import { Visits, visitsOf, type Client } from "./data";
import { Schedule, type Clinic } from "./schedule";

interface Context {
  readonly client: Client;
  readonly host: { readonly clinic: Clinic };
}

export async function mount(element: HTMLElement, { client, host: { clinic } }: Context): Promise<() => void> {
  const visits = visitsOf(client, clinic.week);
  const providers = [provideZonelessChangeDetection(), { provide: Visits, useValue: visits }, ...visits.providers];
  const app = await createApplication({ providers });
  const hostElement = element.appendChild(document.createElement("hh-schedule"));
  const component = createComponent(Schedule, {
    environmentInjector: app.injector,
    hostElement,
    bindings: [inputBinding("clinic", () => clinic)],
  });
  app.attachView(component.hostView);
  return () => {
    app.destroy();
    visits.close();
    element.replaceChildren();
  };
}
