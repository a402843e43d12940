// Holds what every caller was given to what plain `fetch` could have given that caller, between the last write it knew of
// (or the freshness that the answer allowed) and now. It knows nothing of how Forebay works.
import { dependsOnFlavour, isFresh, POLICIES, policyOf } from "./resources.mjs";

/** What a caller may be told instead of an answer, whatever the server did. */
const REFUSALS = /^(invalid-|disconnected)/;

/**
 * @param {Awaited<ReturnType<import("./world.mjs").World["play"]>>} played
 * @returns {{ rule: string, id?: string, tab?: number, step?: number, detail: string, evidence: object }[]}
 */
export function violations({ records, errors, log, unsettled, watches }) {
  const found = [];
  const say = (rule, ask, detail, evidence) => found.push({ rule, id: ask?.id, tab: ask?.tab, step: ask?.step, detail, evidence: { ask, ...evidence } });
  const asks = new Map();
  const lives = new Map();
  const of = ({ tab, id, load }) => `${tab} ${load} ${id}`;

  for (const [at, record] of records.entries()) {
    switch (record.type) {
      case "ask": case "write": asks.set(of(record), { ...record, at, heads: [] }); break;
      case "watch": lives.set(of(record), { ...record, shown: undefined }); break;
      case "head": asks.get(of(record))?.heads.push(record); break;
      case "abort": { const ask = asks.get(of(record)); if (ask) ask.isAborted = true; break; }
      case "answer": { const ask = asks.get(of(record)); if (ask) judgeAnswer(ask, record); break; }
      case "failure": { const ask = asks.get(of(record)); if (ask) judgeFailure(ask, record); break; }
      case "update": { const watch = lives.get(of(record)); if (watch) judgeUpdate(watch, record); break; }
      case "watch-failure": { const watch = lives.get(of(record)); if (watch) judgeFailure(watch, record); break; }
      case "thrown": if (!REFUSALS.test(record.code)) say("thrown", record, `${record.do} threw ${record.code}: ${record.message}`); break;
    }
  }

  /** When somebody in this tab was first given this answer; a page begins with what others were given before it. */
  function seenBefore(serial, ask) {
    for (const record of records) {
      if (record.tab !== ask.tab || record.load > ask.load || (record.load === ask.load && record.order >= ask.order)) continue;
      if (record.type === "head" && record.serial === serial) return record;
      if (/^(answer|update)$/.test(record.type) && record.evidence?.serial === serial) return record;
      if (record.type === "failure" && record.serial === serial) return record;
    }
    return undefined;
  }

  function judgeAnswer(ask, { evidence, ...answer }) {
    if (ask.isAborted && ask.type === "ask") return;
    if (!evidence) return say("garbled", ask, "the answer is none of the server's", { answer });
    sameRequest(ask, evidence);
    if (ask.type === "write") return ask.person !== undefined && samePerson(ask, evidence, answer);
    samePerson(ask, evidence, answer);
    recent(ask, evidence);
    const sent = log.get(evidence.serial);
    if (!sent) return say("forged", ask, `no request had the number ${evidence.serial}`, { given: evidence });
    if (sent.fault === "cut") say("cut", ask, "the body that was given had broken off", { given: evidence });
    // Past its head an answer serves those who joined before, and others only while it may be given out without asking.
    const allowsReuse = isFresh(ask.echo) || (!ask.echo.startsWith("/api") && ask.isLeased);
    if (!allowsReuse && evidence.version < ask.now && seenBefore(evidence.serial, ask))
      say("reused", ask, `given version ${evidence.version} again, which somebody had been given before; the server had ${ask.now} when it was asked for`, { given: evidence });
    if (/no-cache|reload/.test(ask.cache) && evidence.version < ask.now && seenBefore(evidence.serial, ask)) say("cache mode", ask, `cache: "${ask.cache}" was given version ${evidence.version}; the server had ${ask.now}`, { given: evidence });
  }

  function sameRequest(ask, given) {
    const isQuery = !ask.echo?.startsWith("/api");
    if (ask.isRefused) return given.url.includes("object") && say("key", ask, `parameters were sent as ${given.url}`, { given });
    const url = ask.type === "write" && isQuery ? ask.thing : ask.echo;
    if (given.url !== url) say("key", ask, `asked for ${url}, given ${given.url}`, { given });
    if (ask.type === "write") return;
    if (given.token !== ask.token && !(ask.isInterchangeable && given.token.split(".")[0] === ask.token.split(".")[0] && given.token !== "-")) say("token", ask, `asked with token ${ask.token}, given what ${given.token} was given`, { given });
    if (given.tenant !== (ask.tenant ?? "-")) say("tenant", ask, `asked as tenant ${ask.tenant ?? "-"}, given that of ${given.tenant}`, { given });
    if (dependsOnFlavour(ask.echo) && given.flavour !== (ask.flavour ?? "-")) say("header", ask, `asked with x-flavour ${ask.flavour ?? "-"}, given that of ${given.flavour}`, { given });
    if (given.epoch < ask.epoch) say("epoch", ask, `a page of epoch ${ask.epoch} was given data of epoch ${given.epoch}`, { given });
  }

  function samePerson(ask, given, answer) {
    // Nobody has said whose page it is: a stored answer may be the former person's, as with plain fetch.
    if (ask.person === undefined || (answer.isPlain && POLICIES[policyOf(ask.echo)]?.hasTag)) return;
    // The cookie is another's, and this page has not been told: what the server answers is its.
    const allowed = new Set([ask.person, ...(ask.cookie !== ask.person ? [ask.cookie] : [])]);
    if (!allowed.has(given.person) && !isTheBrowsers(ask, given)) say("person", ask, `asked as ${ask.person}, given what is ${given.person}'s${answer.person !== ask.person ? ` (meanwhile ${answer.person} was named)` : ""}`, { given, answer, sent: sentOf(given) });
  }

  /** Where and as whom the page handed it to the browser. */
  function sentOf({ serial }) {
    return records.find((record) => record.type === "sent" && record.serial === serial);
  }

  /** It was handed to the browser as what it was asked as, before there was an answer: whose cookie it then got is as with plain `fetch`. */
  function isTheBrowsers(ask, { serial }) {
    const sent = sentOf({ serial });
    return sent !== undefined && sent.by === ask.person && records.indexOf(sent) > ask.at && (!sent.isLow || ask.priority === "background");
  }

  function recent(ask, given) {
    if (given.version < ask.floor) say("stale", ask, `given version ${given.version}; ${ask.floor} was known to be written or out of date when it was asked for`, { given });
  }

  function judgeFailure(ask, failure) {
    const { code, status, serial, message } = failure;
    if (ask.isAborted && /AbortError|ERR_CANCELED|CanceledError/.test(code)) return;
    if (code === "identity-changed") return;
    if (ask.isRefused && /^(invalid-|TypeError)/.test(code)) return;
    if (ask.isForbidden && (status === 403 || code === "graphql")) return;
    if (ask.deadline && code === "deadline") return;
    if (ask.type === "write" && ask.isAborted) return;
    const sent = [...log.values()];
    const isQuery = !ask.echo.startsWith("/api");
    const faults = sent.filter(({ fault, url }) => fault && (isQuery ? url === "graphql" : url === ask.echo || (ask.isRefused && url.startsWith(ask.base))));
    if (status !== undefined || code === "http-status" || code === "graphql") {
      if (!faults.some(({ fault }) => typeof fault === "number" && (status === undefined || fault === status))) return say("foreign failure", ask, `failed with ${code} ${status ?? ""}: no request like it was refused. ${message}`, { failure });
      const before = serial && seenBefore(serial, ask);
      if (before) say("failure reused", ask, `given the failure ${status} (request ${serial}) that somebody had been given before it asked`, { failure });
      return;
    }
    if (/network|TypeError|NetworkError|AxiosError|ERR_NETWORK|not-json|SyntaxError/.test(code) && faults.length) return;
    say("failure", ask, `failed with ${code}: ${message}; the server had refused nothing`, { failure });
  }

  function judgeUpdate(watch, update) {
    const { evidence, isLoading } = update;
    if (!evidence) return say("garbled", watch, "a watcher was told what is none of the server's", { update });
    sameRequest(watch, evidence);
    // Whoever is named now is who looks at it. Until a page is told of a new cookie, what the server says is that one's.
    if (update.person !== undefined && !update.isPlain && evidence.person !== update.person && evidence.person !== update.cookie) say("watch person", watch, `${update.person} was shown what is ${evidence.person}'s`, { update });
    const { shown } = watch;
    if (shown && !isLoading && shown.evidence.person === evidence.person && evidence.version < shown.evidence.version) say("back in time", watch, `version ${evidence.version} was shown after ${shown.evidence.version}`, { update, before: shown });
    if (!shown && evidence.version < watch.floor) say("watch stale", watch, `first shown version ${evidence.version}; ${watch.floor} was known to be written or out of date when it began`, { update });
    if (!isLoading) watch.shown = update;
  }

  for (const { id, tab } of unsettled) {
    const ask = records.find((record) => record.id === id && record.tab === tab && /^(ask|write)$/.test(record.type));
    say("unsettled", ask ?? { id, tab }, "nothing is held any more, and it was given no answer");
  }
  for (const { id, tab, load, floor, person, cookie, last } of watches) {
    const watch = lives.get(of({ id, tab, load }));
    if (!watch || (watch.isRefused && !last)) continue;
    if (!last) say("watch unsettled", watch, "nothing is held any more, and it was told nothing");
    else if (last.type === "update" && last.evidence) {
      if (last.evidence.version < floor) say("watch left stale", watch, `shows version ${last.evidence.version}; ${floor} is known to be written or out of date`, { last });
      if (person !== undefined && !last.isPlain && ![person, cookie].includes(last.evidence.person)) say("watch left to another", watch, `${person} is shown what is ${last.evidence.person}'s`, { last });
    }
  }
  for (const { tab, step, message } of errors) found.push({ rule: "uncaught", tab, step, detail: message, evidence: {} });
  return found;
}

/** For reports: which part of the contract each broke, how often. */
export const summary = (found) => [...found.reduce((counts, { rule, evidence: { ask } }) => {
  const name = `${rule}${ask?.door || ask?.type ? ` (${ask.door ?? ask.type}${ask.echo ? `, ${policyOf(ask.echo).replace(/\/\d/, "")}` : ""})` : ""}`;
  return counts.set(name, (counts.get(name) ?? 0) + 1);
}, new Map())].map(([name, count]) => `${name} × ${count}`);
