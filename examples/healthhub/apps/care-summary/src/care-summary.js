import { html, LitElement, nothing } from "lit";
import { recall, remember } from "./preparation.js";
import { styles } from "./styles.js";

const STEPS = [
  ["identity", "Identity and record number checked"],
  ["medication", "Medication list gone through"],
  ["allergies", "Allergies and reactions confirmed"],
  ["consent", "Consent for data sharing is current"],
  ["follow-up", "Follow-up agreed"],
];

class CareSummary extends LitElement {
  static properties = {
    source: { attribute: false },
    patientId: { attribute: false },
    kept: { state: true },
    saved: { state: true },
  };
  static styles = styles;

  connectedCallback() {
    this.kept = recall(this.patientId);
    this.answer ??= this.source.controller(this, () => this.patientId);
    super.connectedCallback();
  }

  willUpdate() {
    const { data, error } = this.answer.state;
    this.problem = data === null || error?.status === 404 ? "nobody" : error && !data ? "failed" : undefined;
    this.patient = data ?? undefined;
  }

  updated() {
    // On the element itself: the host cannot see inside.
    if (this.patient || this.problem) this.removeAttribute("aria-busy");
    else this.setAttribute("aria-busy", "true");
  }

  render() {
    if (this.problem === "nobody") return nothing; // the profile beside says so
    if (this.problem) {
      return html`<section role="alert"><p class="problem">The preparation could not be opened.</p>
        <button type="button" @click=${() => this.answer.refresh()}>Try again</button></section>`;
    }
    if (!this.patient) {
      return html`<section><span class="skeleton"></span><span class="skeleton short"></span></section>`;
    }
    const done = STEPS.filter(([step]) => this.kept.steps.includes(step)).length;
    return html`
      <section aria-labelledby="title">
        <header>
          <div><h2 id="title">Visit preparation</h2><p class="muted">for ${this.patient.name}</p></div>
          <p class="progress"><span class="muted">${done} of ${STEPS.length}</span>
            <progress max=${STEPS.length} .value=${done} aria-label="Steps done"></progress></p>
        </header>
        <div class="columns">
          <ul>${STEPS.map(([step, label]) => html`
            <li><label><input type="checkbox" .checked=${this.kept.steps.includes(step)} @change=${() => this.toggle(step)}><span>${label}</span></label></li>`)}
          </ul>
          <div class="note">
            <label for="note">Note for the visit</label>
            <textarea id="note" rows="5" placeholder="Questions, things to bring up" .value=${this.kept.note} @input=${this.write}></textarea>
            <p class="muted small" role="status">${this.saved ? "Saved on this device" : "Stays on this device"}</p>
          </div>
        </div>
      </section>`;
  }

  toggle(step) {
    const { steps } = this.kept;
    this.keep({ steps: steps.includes(step) ? steps.filter((other) => other !== step) : [...steps, step] });
  }

  write({ target }) {
    this.keep({ note: target.value });
  }

  keep(change) {
    this.kept = { ...this.kept, ...change };
    this.saved = remember(this.patientId, this.kept);
  }
}

if (!customElements.get("hh-care-summary")) customElements.define("hh-care-summary", CareSummary);
