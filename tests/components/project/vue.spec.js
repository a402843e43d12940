import { createApp } from "vue";
import { forebay as plugin } from "forebay/vue";
import { testing } from "forebay/testing";
import { backend } from "./src/backend.js";
import { Visits } from "./src/visits-vue.js";

// The components' app is connected when their module is loaded; the broker comes with the test.
const { server, app } = testing(backend());

let mounted;
beforeEach(() => server.reset());
afterEach(() => mounted.unmount());

function show() {
  document.body.innerHTML = "<main></main>";
  mounted = createApp(Visits).use(plugin(app));
  mounted.mount("main");
}

const titles = () => [...document.querySelectorAll("li")].map(({ textContent }) => textContent);

test("shows what is read, and reads it again after a change", async () => {
  show();
  expect(document.body.textContent).toBe("Loading");
  await server.settled();
  expect(titles()).toEqual(["First"]);
  document.querySelector("button").click();
  await server.settled();
  expect(titles()).toEqual(["First", "Third"]);
});

test("`reset` has forgotten what was kept and asked", async () => {
  expect(server.calls.length).toBe(0);
  show();
  await server.settled();
  expect(server.calls.map(({ url }) => url)).toEqual(["/api/visits"]);
});
