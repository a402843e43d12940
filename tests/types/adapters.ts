// What components read has the type that its document says, in every framework.
import type { DeepReadonly, Forebay } from "forebay";
import { PendingTasks } from "@angular/core";
import { injectForebay, injectForebayMutation, provideForebay } from "forebay/angular";
import { injectForebayPages } from "forebay/angular-pages";
import { ForebayController, mutation } from "forebay/lit";
import { dehydrate, hydrate, useForebay, useForebayMutation } from "forebay/react";
import { useForebayPages } from "forebay/react-pages";
import { useForebay as useSvelte, useForebayMutation as useSvelteMutation } from "forebay/svelte";
import { useForebay as useVue, useForebayMutation as useVueMutation } from "forebay/vue";
import { forebayLink } from "forebay/apollo";
import { forebayAxios } from "forebay/axios";
import { graphqlFetch } from "forebay/graphql-fetch";
import { install } from "forebay/install";
import { refetch } from "forebay/refetch";
import { forebayFetcher } from "forebay/swr";
import { shareQueries } from "forebay/tanstack";
import { forebayExchange } from "forebay/urql";

/** Compiles only when both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : never;
const same = <A, B>(_: Same<A, B>): void => {};

interface Patient { readonly id: string; readonly name: string }
declare const patient: { readonly kind: "Document"; readonly __apiType?: (variables: { id: string }) => { patient: Patient } };
declare const rename: { readonly kind: "Document"; readonly __apiType?: (variables: { id: string; name: string }) => { rename: Patient } };
declare const app: Forebay;

// --- React ----------------------------------------------------------------------------------------------------

const inReact = useForebay(patient, { id: "7" });
same<typeof inReact.data, DeepReadonly<{ patient: Patient }> | undefined>(true);
const part = useForebay(patient, { id: "7" }, { select: ({ patient }) => patient.name });
same<typeof part.data, string | undefined>(true);
const byUrl = useForebay<Patient[]>("/api/patients", { ward: 3 }, { keepPrevious: true, interval: 30_000 });
same<typeof byUrl.data, readonly Patient[] | undefined>(true);
// @ts-expect-error what is shared is read only
byUrl.data!.push({ id: "8", name: "Bo" });
interface Ward { name: string; beds: { number: number; tags: string[] }[]; pair: [string, number] }
const ward = useForebay<Ward>("/api/ward");
// @ts-expect-error to its leaves
ward.data!.beds[0]!.tags[0] = "x";
same<typeof ward.data, DeepReadonly<Ward> | undefined>(true);
useForebay("/api/list", { filter: { status: "open" } }, { params: { style: "brackets" } });
// @ts-expect-error there is no such style
useForebay("/api/list", {}, { params: { style: "dots" } });
useForebayMutation(rename, { invalidates: ["Patient:17"] });
useForebayMutation(rename, { invalidates: { types: ["Patient"] } });
useForebayMutation(rename, ({ id }) => ({ invalidates: [`Patient:${id}`] }));
useForebayMutation(async () => 1, { invalidates: ["patients"] });
// @ts-expect-error neither labels nor what invalidate() takes
useForebayMutation(rename, { invalidates: { url: ["/api/patients"] } });
// @ts-expect-error the document says what its variables are
useForebay(patient, { id: 7 });
const renamed = useForebayMutation(rename, { optimistic: [{ source: patient, variables: { id: "7" }, update: (data) => data }] });
same<ReturnType<typeof renamed.mutate>, Promise<{ rename: Patient }>>(true);
const work = useForebayMutation(async (name: string) => name.length);
same<Parameters<typeof work.mutate>, [name: string]>(true);
same<typeof work.data, number | undefined>(true);
const pages = useForebayPages<Patient[]>("/api/patients", (page) => (page ? { after: page.length } : {}));
same<typeof pages.data, readonly (readonly Patient[])[] | undefined>(true);

// --- the others -----------------------------------------------------------------------------------------------

const inVue = useVue(patient, () => ({ id: "7" }));
same<typeof inVue.data.value, DeepReadonly<{ patient: Patient }> | undefined>(true);
// @ts-expect-error the document says what its variables are
useVue(patient, () => ({ id: 7 }));

const inSvelte = useSvelte(patient, { id: "7" }, { select: ({ patient }) => patient.name });
same<typeof inSvelte.data, string | undefined>(true);
const followed = useSvelte(() => patient, () => ({ id: "7" }), { select: ({ patient }) => patient.name, keepPrevious: true });
same<typeof followed.data, string | undefined>(true);
// @ts-expect-error what is always the same has no previous
useSvelte(patient, { id: "7" }, { keepPrevious: true });
inSvelte.subscribe(({ data }) => same<typeof data, string | undefined>(true));

provideForebay(app);
provideForebay(app, PendingTasks);
// @ts-expect-error a server waits by Angular's own class
provideForebay(app, Date);
const inAngular = injectForebay(() => [patient, { id: "7" }]);
same<ReturnType<typeof inAngular.data>, DeepReadonly<{ patient: Patient }> | undefined>(true);
const ngRename = injectForebayMutation(rename, { invalidates: ["Patient:17"] });
injectForebayMutation(rename, { invalidates: { tags: ["Patient:17"] } });
same<ReturnType<typeof ngRename>, Promise<{ rename: Patient }>>(true);
// @ts-expect-error the document says what its variables are
injectForebay(() => [patient, { id: 7 }]);
const inPages = injectForebayPages<Patient>("/api/patients", () => undefined);
same<ReturnType<typeof inPages.hasMore>, boolean>(true);

declare const host: ConstructorParameters<typeof ForebayController>[0];
const inLit = new ForebayController(host, app, () => [patient, { id: "7" }], { select: ({ patient }) => patient.name });
same<typeof inLit.state.data, string | undefined>(true);
const litRename = mutation(app, rename, { invalidates: ["Patient:17"] });
mutation(app, rename, { invalidates: { urls: ["/api/patients/*"] } });
useSvelteMutation(rename, { invalidates: ["Patient:17"] });
useSvelteMutation(rename, { invalidates: { urls: ["/api/patients/*"] } });
useVueMutation(rename, { invalidates: ["Patient:17"] });
useVueMutation(rename, { invalidates: { urls: ["/api/patients/*"] } });
const page: string = dehydrate(app, { person: "u1", epoch: "7" });
dehydrate(app, { person: null });
hydrate(page);
shareQueries satisfies (app: Forebay, client: never, options: { params: { style: "comma" } }) => () => void;
same<ReturnType<typeof litRename>, Promise<{ rename: Patient }>>(true);

// --- under other libraries ------------------------------------------------------------------------------------

forebayLink(app, { uri: "/graphql" });
forebayAxios(app).adapter satisfies unknown;
graphqlFetch(app) satisfies typeof fetch;
const end: () => void = install(app, { match: ["/api/*"] });
const stop: () => void = refetch(app, "/api/a", undefined, { interval: 30_000, focus: true });
void forebayFetcher(app)(["/api/a", { headers: { accept: "text/plain" } }]);
shareQueries satisfies (app: Forebay, client: never) => () => void;
forebayExchange(app);
// @ts-expect-error what to share must be said
install(app, {});
end();
stop();
