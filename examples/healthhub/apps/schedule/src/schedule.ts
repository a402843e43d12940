import { afterNextRender, ChangeDetectionStrategy, Component, computed, ElementRef, inject, Injector, input, linkedSignal, signal, viewChild } from "@angular/core";
import { CHANGED, Visits, type Visit } from "./data";

/** The clinic's week as the host knows it: days `YYYY-MM-DD`, times `HH:MM`. */
export interface Clinic {
  readonly today: string;
  readonly week: readonly string[];
  readonly slots: readonly string[];
}

@Component({
  selector: "hh-schedule",
  templateUrl: "./schedule.html",
  styleUrl: "./schedule.css",
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Schedule {
  readonly clinic = input.required<Clinic>();

  private readonly week = inject(Visits).read();
  protected readonly visits = this.week.visits.data;
  protected readonly failed = computed(() => this.week.visits.error() !== undefined);
  protected readonly day = linkedSignal(() => this.dayToShow());
  protected readonly clinician = signal("");
  protected readonly said = signal("");

  protected readonly days = computed(() => this.clinic().week.map((day) => ({
    day,
    weekday: this.written(day, { weekday: "short" }),
    date: this.written(day, { day: "numeric", month: "short" }),
    count: this.shown(day).length,
  })));
  protected readonly clinicians = computed(() => [...new Set(this.visits()?.map(({ clinician }) => clinician))].toSorted());
  protected readonly hours = computed(() => this.clinic().slots
    .map((slot) => ({ slot, visits: this.shown(this.day()).filter(({ time }) => time.endsWith(slot)) }))
    .filter(({ visits }) => visits.length > 0));

  // The dialog: which visit is moved, where to, and why it could not be.
  private readonly dialog = viewChild.required<ElementRef<HTMLDialogElement>>("dialog");
  protected readonly moving = signal<Visit | undefined>(undefined);
  protected readonly newDay = signal("");
  protected readonly newSlot = signal("");
  protected readonly saving = signal(false);
  protected readonly refused = signal("");
  protected readonly free = computed(() => {
    const moving = this.moving();
    const taken = new Set(this.visits()?.filter(({ clinician }) => clinician === moving?.clinician).map(({ time }) => time));
    return this.clinic().slots.filter((slot) => !taken.has(`${this.newDay()}T${slot}`));
  });

  private readonly injector = inject(Injector);

  protected again(): void {
    this.week.visits.refresh();
  }

  protected open(visit: Visit): void {
    this.moving.set(visit);
    this.refused.set("");
    this.chooseDay(visit.time.slice(0, 10));
    // Only when its fields are there, so that the first of them gets the focus.
    afterNextRender(() => this.dialog().nativeElement.showModal(), { injector: this.injector });
  }

  protected close(): void {
    this.dialog().nativeElement.close();
  }

  protected chooseDay(day: string): void {
    this.newDay.set(day);
    this.newSlot.set(this.free()[0] ?? "");
  }

  protected async save(event: Event): Promise<void> {
    event.preventDefault();
    const visit = this.moving()!;
    this.saving.set(true);
    this.refused.set("");
    try {
      await this.week.move(visit.id, `${this.newDay()}T${this.newSlot()}`);
      dispatchEvent(new CustomEvent(CHANGED));
      this.said.set(`${visit.clinician}: moved to ${this.written(this.newDay(), { weekday: "long" })}, ${this.newSlot()}`);
      setTimeout(() => this.said.set(""), 6000);
      this.close();
    } catch (error) {
      this.refused.set((error as Error).message);
    } finally {
      this.saving.set(false);
    }
  }

  protected valueOf(event: Event): string {
    return (event.target as HTMLSelectElement).value;
  }

  protected written(day: string, parts: Intl.DateTimeFormatOptions): string {
    return new Date(`${day}T12:00`).toLocaleDateString("en-GB", parts);
  }

  private shown(day: string): readonly Visit[] {
    const clinician = this.clinician();
    return (this.visits() ?? []).filter((visit) => visit.time.startsWith(day) && (!clinician || visit.clinician === clinician));
  }

  private dayToShow(): string {
    const { today, week } = this.clinic();
    return week.includes(today) ? today : week[0]!;
  }
}
