import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { ForebayProvider } from "forebay/react";
import { testing } from "forebay/testing";
import { forebay } from "./src/app.js";
import { backend } from "./src/backend.js";
import { Viewer, Visits } from "./src/visits-react.jsx";

let server;
beforeEach(() => {
  ({ server } = testing(backend()));
});
afterEach(cleanup);

const show = (component) => render(<ForebayProvider app={forebay}>{component}</ForebayProvider>);
const settled = () => act(() => server.settled());
const titles = () => screen.queryAllByRole("listitem").map(({ textContent }) => textContent);

test("shows what is read, and reads it again after a change", async () => {
  show(<Visits />);
  expect(screen.getByText("Loading")).toBeTruthy();
  await settled();
  expect(titles()).toEqual(["First"]);

  fireEvent.change(screen.getByLabelText("title"), { target: { value: "Second" } });
  fireEvent.click(screen.getByText("Add"));
  await settled();
  expect(titles()).toEqual(["First", "Second"]);
  expect(server.calls.map(({ method, url, body }) => [method, url, body])).toEqual([
    ["GET", "/api/visits", undefined], ["POST", "/api/visits", { title: "Second" }], ["GET", "/api/visits", undefined],
  ]);
});

test("two components of one page share one request, and both are told of an invalidation", async () => {
  show([<Visits key="a" />, <Visits key="b" />]);
  await settled();
  expect(titles()).toEqual(["First", "First"]);
  expect(server.calls.length).toBe(1);
  server.answer({ "/api/visits": [{ id: 9, title: "Ninth" }] });
  forebay.invalidate({ urls: ["/api/*"] });
  await settled();
  expect(titles()).toEqual(["Ninth", "Ninth"]);
  expect(server.calls.length).toBe(2);
});

test("GraphQL: a mutation makes out of date what it says", async () => {
  show(<Viewer />);
  await settled();
  fireEvent.click(screen.getByText("Ada"));
  await settled();
  expect(screen.getByText("Grace")).toBeTruthy();
  expect(server.calls.map(({ operation, variables }) => [operation, variables])).toEqual([["Viewer", undefined], ["Rename", { name: "Grace" }], ["Viewer", undefined]]);
});

test("what is not answered fails, and says what was asked", async () => {
  ({ server } = testing({}));
  show(<Visits />);
  await settled();
  expect(screen.getByRole("alert").textContent).toMatch(/nothing to GET \/api\/visits\. Add "\/api\/visits"/);
  expect(server.calls.length).toBe(1);
});

test("refusals, network errors and waiting can be played", async () => {
  let release;
  server.answer({
    "/api/visits": () => new Promise((resolve) => (release = resolve)),
    "/api/broken": () => new TypeError("cut off"),
    "/api/none": () => undefined,
  });
  show(<Visits />);
  expect(screen.getByText("Loading")).toBeTruthy();
  await expect(forebay.json("/api/broken")).rejects.toMatchObject({ code: "network", message: expect.stringMatching("cut off") });
  expect((await forebay.fetch("/api/none")).status).toBe(204);
  release([{ id: 3, title: "Late" }]);
  await settled();
  expect(titles()).toEqual(["Late"]);
  const enough = new AbortController();
  server.answer({ "/api/slow": () => new Promise(() => {}) });
  const slow = forebay.fetch("/api/slow", { signal: enough.signal });
  enough.abort();
  await expect(slow).rejects.toMatchObject({ name: "AbortError" });
});
