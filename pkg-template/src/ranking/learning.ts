/**
 * What rankers have learned from the person whose page it is: one state for all rankers of a model, in all apps and
 * tabs. It lies among the person's notes, with which it is erased; without notes it lives as long as the page.
 */
import type { Notes, Page, Registry } from "../protocol.js";
import { REGISTRY, VERSION } from "../protocol.js";

/** A ranker that learns. */
export interface Learner {
  readonly model: { readonly id: string } | undefined;
  learned(): Uint8Array | undefined;
  /** Takes what another has learned in the place of its own; nothing: forgets. */
  adopt(learned?: Uint8Array): void;
}

/** What tabs tell each other. */
interface Told {
  readonly person: string;
  readonly model: string;
  readonly learned: Uint8Array;
}

/** A ranker does not wait longer for what lies on disk; it is taken up when it comes. */
const PATIENCE_MS = 500;
/** What was learned is written when so long nothing was. */
const CALM_MS = 500;

export class Learning {
  readonly #learners = new Set<Learner>();
  /** Models of which nothing has been learned since the page belongs to this person, so that what lies on disk is newer. */
  readonly #fresh = new Set<string>();
  readonly #unsaved = new Set<Learner>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #notes: Notes | undefined;
  #whose = "";
  #channel: BroadcastChannel | undefined;

  /** Whose page it is, as far as the page has said. */
  get person(): string | null | undefined {
    return page()?.person;
  }

  /** Takes a ranker in, which goes on where the others are, or from what is kept. */
  async join(learner: Learner): Promise<void> {
    const known = this.#of(learner);
    this.#learners.add(learner);
    if (known) return learner.adopt(known.learned());
    this.#fresh.add(learner.model!.id);
    await Promise.race([this.#recall(learner), new Promise((enough) => setTimeout(enough, PATIENCE_MS))]);
  }

  leave(learner: Learner): void {
    if (this.#unsaved.has(learner)) this.#save();
    this.#learners.delete(learner);
  }

  /** A ranker has learned something, or forgotten all: so do the others, and the disk. */
  learned(learner: Learner): void {
    const { id } = learner.model!;
    const learned = learner.learned()!;
    this.#fresh.delete(id);
    for (const other of this.#learners) if (other !== learner && other.model?.id === id) other.adopt(learned);
    this.#unsaved.add(learner);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#save(), CALM_MS);
    if (this.#attach()?.person()) this.#channel?.postMessage({ person: this.#whose, model: id, learned } satisfies Told);
  }

  #of({ model }: Learner): Learner | undefined {
    for (const learner of this.#learners) if (learner.model?.id === model!.id) return learner;
    return undefined;
  }

  async #recall(learner: Learner): Promise<void> {
    const { id } = learner.model!;
    await page()?.ready;
    const notes = this.#attach();
    const whose = notes?.person();
    if (!whose) return;
    const kept = await notes!.read(nameOf(id));
    if (kept instanceof Uint8Array && notes!.person() === whose && learner.model?.id === id && this.#fresh.has(id)) learner.adopt(kept);
  }

  #save(): void {
    clearTimeout(this.#timer);
    const notes = this.#attach();
    for (const learner of this.#unsaved) if (learner.model) notes?.write(nameOf(learner.model.id), learner.learned());
    this.#unsaved.clear();
  }

  /** The person's notes, once the page has them. */
  #attach(): Notes | undefined {
    const notes = page()?.notes;
    if (this.#notes || !notes) return notes;
    this.#notes = notes;
    this.#whose = notes.person();
    notes.changed(() => {
      if (notes.person() === this.#whose) return;
      this.#whose = notes.person();
      this.#begin();
    });
    try {
      this.#channel = new BroadcastChannel("forebay learning " + VERSION);
      this.#channel.onmessage = ({ data }: { data: Told }) => {
        if (data.person !== this.#whose) return;
        this.#fresh.delete(data.model);
        for (const learner of this.#learners) if (learner.model?.id === data.model) learner.adopt(data.learned);
      };
    } catch {
      // A sandbox: this tab is alone.
    }
    addEventListener("pagehide", () => this.#save());
    // What others said while the page was put aside it has not heard.
    addEventListener("pageshow", ({ persisted }) => persisted && this.#begin());
    return notes;
  }

  /** Forgets everything, and takes up what is kept of whose page it is now. */
  #begin(): void {
    this.#unsaved.clear();
    for (const learner of this.#learners) {
      learner.adopt();
      if (learner.model) this.#fresh.add(learner.model.id);
      this.#recall(learner);
    }
  }
}

const page = (): Page | undefined => (globalThis as unknown as Record<symbol, Registry | undefined>)[REGISTRY]?.v1;
const nameOf = (model: string): string => "learned " + model;
