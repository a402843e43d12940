// The page's header: who is signed in. Plain JavaScript, no framework.
import { source } from "./data.js";
import css from "./style.css";

/** Where the header looks again who is there: appointments are booked in that person's name. */
const ASKS_AGAIN = "/appointments";

export function mount(element, { client }) {
  const data = source(client);
  const style = document.createElement("style");
  style.textContent = css;
  const root = document.createElement("div");
  root.className = "shell-header";
  element.append(style, root);

  let path = location.pathname;
  let viewer;
  let gone = false;

  async function refresh() {
    root.setAttribute("aria-busy", "true");
    try {
      viewer = await data.viewer();
      if (!gone) show();
    } catch (error) {
      console.error("shell-header:", error);
      if (!gone && !viewer) showProblem();
    } finally {
      root.removeAttribute("aria-busy");
    }
  }

  function show() {
    const first = viewer.name.split(" ")[0];
    root.innerHTML = `
      <div class="greeting"><p class="hello"></p><p class="muted more"></p></div>
      <div class="who">
        <span class="names"><strong></strong><span class="muted role"></span></span>
        <span class="avatar" aria-hidden="true"></span>
        <button class="button quiet" type="button">Sign out</button>
      </div>`;
    const text = (selector, value) => { root.querySelector(selector).textContent = value; };
    const date = new Date().toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long" });
    text(".hello", path === "/dashboard" ? `${partOfDay()}, ${first}` : date);
    text(".more", path === "/dashboard" ? date : path === ASKS_AGAIN ? `Booking as ${viewer.name}` : "");
    text("strong", viewer.name);
    text(".role", viewer.role);
    text(".avatar", viewer.name.split(" ").map((part) => part[0]).join(""));
    root.querySelector("button").addEventListener("click", () => dispatchEvent(new CustomEvent("healthhub:sign-out")));
  }

  function showLoading() {
    root.innerHTML = '<div class="greeting"><span class="skeleton wide"></span><span class="skeleton narrow"></span></div>';
  }

  function showProblem() {
    root.innerHTML = '<p class="problem" role="alert">We could not find out who is signed in.</p><button class="button" type="button">Try again</button>';
    root.querySelector("button").addEventListener("click", refresh);
  }

  function onRoute({ detail }) {
    path = detail.path;
    if (path === ASKS_AGAIN) refresh();
    else if (viewer) show();
  }

  addEventListener("healthhub:route", onRoute);
  showLoading();
  refresh();

  return () => {
    gone = true;
    removeEventListener("healthhub:route", onRoute);
    data.close();
    element.replaceChildren();
  };
}

function partOfDay() {
  const hour = new Date().getHours();
  return hour < 12 ? "Good morning" : hour < 18 ? "Good afternoon" : "Good evening";
}
