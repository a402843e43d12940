// What users write must compile, and what would fail at run time must not. Nothing here is run.
import { configure, connect, disable, enable, ready } from "forebay";
import type { DeepReadonly, Explanation, Forebay, ForebayErrorShape, HostOptions, Outcome, Report, Update, Watch } from "forebay";

/** Compiles only when both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : never;
const same = <A, B>(_: Same<A, B>): void => {};

interface Patient { readonly id: string; readonly name: string }

const forebay: Forebay = connect({ app: "patients" });

// --- asking ---------------------------------------------------------------------------------------------------

const response = forebay.fetch(new Request("/api/patients"), { signal: AbortSignal.timeout(1), forebay: { priority: "background", deadline: 500, retries: 1 } });
same<typeof response, Promise<Response>>(true);

const patients = forebay.json<Patient[]>("/api/patients", { json: { ward: 3 }, method: "POST" });
same<typeof patients, Promise<readonly Patient[]>>(true);
patients.catch((error: ForebayErrorShape) => {
  same<typeof error.body, unknown>(true);
  same<typeof error.status, number | undefined>(true);
});

const untyped = forebay.json(new URL("https://example.org/api"));
same<typeof untyped, Promise<unknown>>(true);

const known = forebay.peek<Patient[]>("/api/patients");
same<typeof known, readonly Patient[] | undefined>(true);

const watch: Watch = forebay.watch<Patient[]>("/api/patients", (update) => {
  same<typeof update, Update<Patient[]>>(true);
  // @ts-expect-error shared values are read only
  update.data = [];
  // @ts-expect-error to their leaves
  update.data?.push({ id: "8", name: "Bo" });
  same<typeof update.at, number | undefined>(true);
});
watch.refresh();
watch.stop();
forebay.watch("/api/patients", { headers: { accept: "application/json" } }, ({ outcome, error }) => {
  same<typeof outcome, Outcome>(true);
  same<typeof error, Error | undefined>(true);
});

forebay.prefetch("/api/patients");
forebay.invalidate({ urls: ["/api/patients/*"], tags: ["patient"] });
forebay.identify("person-7", { tokens: "interchangeable" });
forebay.identify(null);
forebay.route("/patients/7");

// @ts-expect-error an unknown option of Forebay's own
forebay.fetch("/api/patients", { forebay: { priorty: "background" } });
// @ts-expect-error an unknown class of work
forebay.fetch("/api/patients", { forebay: { priority: "urgent" } });
// @ts-expect-error whom it is about must be said
forebay.identify();
// @ts-expect-error an app must say its name
connect({});

// --- GraphQL --------------------------------------------------------------------------------------------------

declare const typed: { readonly kind: "Document"; readonly __apiType?: (variables: { id: string }) => { patient: Patient } };
const found = forebay.query(typed, { id: "7" });
same<typeof found, Promise<DeepReadonly<{ patient: Patient }>>>(true);
// @ts-expect-error the document says what its variables are
forebay.query(typed, { id: 7 });
forebay.mutate("mutation { a }", {}, { invalidates: ["patient"], endpoint: "/graphql" });
forebay.mutate("mutation { a }", {}, { invalidates: { types: ["Patient"], urls: ["/api/patients/*"] } });
forebay.query(typed, { id: "7" }, {
  onResponse: ({ headers, extensions }) => {
    same<typeof headers, Headers | undefined>(true); // several responses have no headers of theirs
    same<typeof extensions, Record<string, unknown> | undefined>(true);
  },
});

const token: Promise<{ token: string }> = forebay.exclusive("token", async () => ({ token: "…" }));
void token;
// @ts-expect-error work is a function
forebay.exclusive("token", Promise.resolve());

// --- looking in -----------------------------------------------------------------------------------------------

const report: Report = forebay.report();
const joined = report.counts?.joined;
same<typeof joined, number | undefined>(true); // no counts before the broker is there
// @ts-expect-error a report is not for writing
report.mode = "shared";
const explained: Promise<Explanation> = forebay.explain("/api/patients");
void explained;

const off: () => void = forebay.on("answer", ({ app, url, outcome }) => void `${app} ${url} ${outcome}`);
off();
// @ts-expect-error there is no such event
forebay.on("answers", () => {});

export function message(error: ForebayErrorShape): string {
  if (error.code === "deadline") return error.retryable ? "later" : "never";
  // @ts-expect-error there is no such code
  if (error.code === "timeout") return "";
  return error.message;
}
forebay.disconnect();

// --- the host shell -------------------------------------------------------------------------------------------

const options: HostOptions = {
  wasm: new URL("https://cdn.example.org/forebay.wasm"),
  rules: [{ match: "/api/search", coalescePost: true, ignoreParams: ["utm_source"], queryOrder: "ignored", numbers: "value", ttl: 30, pin: true }],
  manifest: { routes: { "/patients/:id": [{ url: "/api/patients/:id" }] } },
};
configure(options);
const mode = ready();
same<typeof mode, Promise<"shared" | "pass-through">>(true);
// @ts-expect-error a rule must say what it is about
configure({ rules: [{ ttl: 30 }] });
// @ts-expect-error an unknown option
configure({ wsam: "/forebay.wasm" });

// --- off and on, and what waits -----------------------------------------------------------------------------------

configure({ disabled: ["checkout"], flag: { key: "off", url: "/ops.json" }, errorBudget: 20 });
configure({ disabled: "an incident" });
// @ts-expect-error a flag is a place
configure({ flag: "off" });
disable("an incident");
enable();

const worked = forebay.exclusive("token", ({ exclusive, signal }) => exclusive("device", () => (signal.aborted ? 1 : 2)), { timeout: 5_000, signal: AbortSignal.timeout(1) });
same<typeof worked, Promise<1 | 2>>(true);
// @ts-expect-error milliseconds
forebay.exclusive("token", () => 1, { timeout: "5s" });
forebay.mutate("mutation { a }", {}, { order: "cart" });
forebay.mutate("mutation { a }", {}, { order: false });
// @ts-expect-error a text, or false
forebay.mutate("mutation { a }", {}, { order: true });
