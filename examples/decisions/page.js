// Three small decisions, made in the page: each shows how long it took.
import { load } from "/pkg/decisions.js";

const at = (id) => document.getElementById(id);
const cell = (value, className = "") => Object.assign(document.createElement("td"), { textContent: value ?? "–", className });
const line = (...cells) => {
  const row = document.createElement("tr");
  row.append(...cells);
  return row;
};
const button = (label, act) => Object.assign(document.createElement("button"), { type: "button", textContent: label, onclick: act });

/** Runs something and says how long it took. */
function timed(place, run) {
  const start = performance.now();
  const result = run();
  at(place).textContent = `${(performance.now() - start).toFixed(1)} ms`;
  return result;
}

/** The same in every visit. */
let seed = 7;
const below = (count) => (seed = (seed * 48_271) % 2_147_483_647) % count;
const of = (list) => list[below(list.length)];

const decisions = await load();
if (decisions.problem) Object.assign(at("problem"), { textContent: decisions.problem, hidden: false });

// --- what comes first -----------------------------------------------------------------------------------------

const HOUR = 3_600_000;
const notices = Array.from({ length: 200 }, (_, id) => {
  const type = of(["mention", "task", "news", "news"]);
  return { id, type, priority: below(3), at: Date.now() - below(96) * HOUR, title: `${type} ${id + 1}`, author: of(["Ada", "Bo", "Cy"]) };
});
const ranker = await decisions.ranker({
  models: [{ url: new URL("inbox.forebay", import.meta.url), sha256: "7f28ceeb76636b55dedafde419667ab393b4b3a70dbbf85358cdf5781a903ed6" }],
  priority: "priority", time: "at", learn: true, names: { youth: "its age", type: "its type", priority: "its priority" },
});

function showNotices() {
  const ranked = timed("rank-time", () => ranker.rank(notices, { limit: 8, spread: { author: 0.95 } }));
  at("notices").replaceChildren(...ranked.map(({ item, score }, place) => {
    const entry = document.createElement("li");
    const title = Object.assign(document.createElement("span"), { textContent: `${item.title} · priority ${item.priority} · ${item.author}` });
    const why = Object.assign(document.createElement("small"), { textContent: `${score?.toFixed(2) ?? ""} ${ranker.why(item, 2).map(({ words }) => words).join(", ")}` });
    const learn = (what) => () => {
      ranker.feedback(item, what, place);
      showNotices();
    };
    entry.append(title, why, button("Open", learn("opened")), button("Dismiss", learn("dismissed")));
    return entry;
  }));
}
at("forget").onclick = () => {
  ranker.forget();
  showNotices();
};
showNotices();

// --- which rows -----------------------------------------------------------------------------------------------

const invoices = Array.from({ length: 10_000 }, (_, id) => ({ id, title: `${of(["Scan", "Visit", "Lab", "Therapy"])} ${id + 1}, ${of(["knee", "hand", "back", "eye"])}`, state: of(["open", "late", "paid"]), amount: 50 + below(4_950) }));
const rows = decisions.keep(invoices);

const predicate = () => ({ and: [{ field: "title", fold: true, contains: at("title").value }, { field: "amount", ge: at("amount").valueAsNumber || 0 }] });

function showRows() {
  const found = timed("filter-time", () => decisions.filter(rows, predicate(), { sort: [{ field: "amount", descending: true }], count: "state", sum: ["amount"], limit: 8 }));
  at("summary").textContent = `${found.total} rows (${[...found.counts].map(([state, count]) => `${count} ${state}`).sort().join(", ") || "none"}), together ${found.sums.amount}`;
  at("rows").replaceChildren(...found.rows.map(({ title, state, amount }) => line(cell(title), cell(state), cell(amount, "number"))));
}
await rows.prepare(predicate()); // in turns: all rows at once would hold the page for a moment
at("title").oninput = at("amount").oninput = showRows;
showRows();

// --- what may be shown ----------------------------------------------------------------------------------------

const staff = decisions.keep(Array.from({ length: 12 }, (_, id) => ({ id: `p${id}`, name: `Person ${id + 1}`, ward: ["A", "A", "B", "board"][id % 4], phone: `555-${100 + below(900)}`, salary: 3_000 + below(40) * 100 })));
const policies = await decisions.policies({ url: new URL("staff.fbpt", import.meta.url), sha256: "5995ad52adcab6f2fad137c4328e602598a7366294ef86b5784f5f10ad34dfcd", expires: Date.now() + 8 * HOUR });
if (policies.problem) Object.assign(at("problem"), { textContent: policies.problem, hidden: false });

function showStaff() {
  const role = at("role").value;
  const permit = policies.for({
    principal: { type: "User", id: "me", parents: role ? [{ type: "Role", id: role }] : [], attributes: { ward: "A" } },
    action: "view", resourceType: "Person",
  });
  const shown = timed("permit-time", () => permit.masked(staff, { phone: "view.phone", salary: "view.salary" }));
  at("staff").replaceChildren(...shown.map(({ name, ward, phone, salary }) => line(cell(name), cell(ward), cell(phone), cell(salary, "number"))));
}
at("role").onchange = showStaff;
showStaff();
