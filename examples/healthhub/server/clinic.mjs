// The clinic's data. Everybody in it is invented; the week is the one that the server was started in.
import { random } from "./random.mjs";

/** People who can sign in. */
export const USERS = [
  { id: "user-17", name: "Ines Calder", role: "Physician" },
  { id: "user-23", name: "Tomas Reyl", role: "Nurse" },
];

export const PATIENTS = [
  { id: "p-1042", name: "Marta Lindqvist", dob: "1958-03-14" },
  { id: "p-1077", name: "Jonas Adeyemi", dob: "1971-11-02" },
  { id: "p-1103", name: "Priya Venkataraman", dob: "1986-06-27" },
  { id: "p-1118", name: "Oskar Halloran", dob: "2009-01-19" },
  { id: "p-1131", name: "Lucia Ferrand", dob: "1994-09-08" },
  { id: "p-1156", name: "Henrik Sollberg", dob: "1947-12-30" },
];

/** Patients whom the shell keeps at hand. */
export const PINNED = PATIENTS.slice(0, 4).map(({ id, name }) => ({ id, name }));

const CLINICIANS = ["Dr. Ines Calder", "Dr. Samuel Okonjo", "Dr. Hana Brandt", "Dr. Peter Vasko"];

/** When the clinic sees people: every half hour, with a break at noon. */
const SLOTS = ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30", "13:00", "13:30", "14:00", "14:30", "15:00", "15:30"];

/** What the host hands to the page with its HTML. `roles` is who may see it: the notifications app asks who is there. */
const NOTICES = [
  { id: "n-1", level: "urgent", minutes: 6, roles: ["Physician"], patient: "p-1042", title: "Potassium result needs a signature", body: "5.9 mmol/l, drawn this morning. The laboratory has repeated it." },
  { id: "n-2", level: "info", minutes: 24, roles: ["Physician", "Nurse"], patient: "p-1103", title: "Intake form returned", body: "Priya Venkataraman has filled in the form for her first visit." },
  { id: "n-3", level: "urgent", minutes: 41, roles: ["Nurse"], patient: "p-1118", title: "Vaccination record incomplete", body: "The second dose is missing; the school has asked for it." },
  { id: "n-4", level: "task", minutes: 65, roles: ["Physician"], patient: "p-1077", title: "Repeat prescription to review", body: "Jonas Adeyemi has asked for another three months." },
  { id: "n-5", level: "info", minutes: 118, roles: ["Physician", "Nurse"], title: "Room 3 is closed on Thursday", body: "The ventilation is serviced. Visits have been moved to room 5." },
  { id: "n-6", level: "task", minutes: 190, roles: ["Physician", "Nurse"], patient: "p-1156", title: "Call back Henrik Sollberg", body: "He has a question about his walking frame, and is at home until four." },
];

/** Monday to Friday around a day; at weekends the week to come. Dates are `YYYY-MM-DD`. */
export function weekOf(today) {
  const monday = new Date(`${today}T12:00:00`);
  const weekday = monday.getDay() || 7;
  monday.setDate(monday.getDate() + (weekday > 5 ? 8 : 1) - weekday);
  return Array.from({ length: 5 }, (_, day) => {
    const date = new Date(monday);
    date.setDate(monday.getDate() + day);
    return isoDate(date);
  });
}

export function isoDate(date) {
  const two = (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** Notices with the minute they arrived at, newest first. */
export function noticesAt(now) {
  return NOTICES.map(({ minutes, ...notice }) => ({ ...notice, at: new Date(now - minutes * 60_000).toISOString() }));
}

/** The visits of one week, as rows that a session may change. `time` is the clinic's own, without a zone. */
export function visitsOf(week) {
  const next = random(17);
  const visits = [];
  for (const day of week) {
    for (const time of SLOTS) {
      for (const clinician of CLINICIANS) {
        if (next() < 0.2) visits.push({ id: `v-${2001 + visits.length}`, time: `${day}T${time}`, clinician });
      }
    }
  }
  return visits;
}

/**
 * Moves a visit, or says why not.
 *
 * @returns {{ visit: object } | { status: 404 | 409 | 422, problem: string }}
 */
export function reschedule(visits, week, id, time) {
  const visit = visits.find((candidate) => candidate.id === id);
  if (!visit) return { status: 404, problem: `There is no visit ${id}.` };
  const [day, slot] = String(time).split("T");
  if (!week.includes(day) || !SLOTS.includes(slot)) {
    return { status: 422, problem: `The clinic sees nobody at ${time}: give a half hour of this week such as ${week[0]}T${SLOTS[0]}.` };
  }
  if (visits.some((other) => other !== visit && other.clinician === visit.clinician && other.time === time)) {
    return { status: 409, problem: `${visit.clinician} already sees somebody at that time.` };
  }
  visit.time = time;
  visits.sort((a, b) => a.time.localeCompare(b.time) || a.id.localeCompare(b.id));
  return { visit: { ...visit } };
}

export { SLOTS };
