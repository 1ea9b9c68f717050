import { namedSites, sitesOf } from './made-up-facts.ts';
import { laterTrials, madeUpTrials } from './made-up-trials.ts';
import type { RecordedDay } from './recorded-registry.ts';
import { seedTrials } from './seed-trials.ts';
import { type DemoStudy, toRecord } from './study.ts';

/** What a refresh of the registry changes: some facts of some studies, and studies that are new. */
type Refresh = { edits: { [id: string]: Partial<DemoStudy> }; added: DemoStudy[] };

const sitesOfTrial = (id: string) => madeUpTrials.find((study) => study.id === id)?.sites ?? [];

const secondDay: Refresh = {
  edits: {
    // A whole trial opens: one line, however many sites.
    NCT99000001: {
      status: 'RECRUITING',
      verified: '2026-11',
      sites: sitesOfTrial('NCT99000001').map((site) => ({ ...site, status: 'RECRUITING' })),
    },
    // A slip by nine months, in a record that its sponsor has not confirmed for a long time.
    NCT99000002: { primaryCompletion: ['2027-12', 'ESTIMATED'] },
    // Paused today, open again tomorrow.
    NCT99000004: {
      status: 'SUSPENDED',
      whyStopped: 'A delivery of study medicine is late.',
      verified: '2026-11',
    },
    NCT99000006: { expandedAccess: true, verified: '2026-11' },
    NCT99000008: {
      status: 'RECRUITING',
      verified: '2026-11',
      sites: sitesOfTrial('NCT99000008').map((site) => ({ ...site, status: 'RECRUITING' })),
    },
    // Nobody in the story follows asthma.
    NCT99000010: { status: 'ACTIVE_NOT_RECRUITING', verified: '2026-11', sites: [] },
    // The sponsor names its masked sites, in another order: no site came or went.
    NCT99000012: { sites: sitesOf(namedSites, 'RECRUITING'), verified: '2026-11' },
    // The registry respells a city and a name: nothing moved.
    NCT04787263: {
      sites: [
        {
          facility: 'IRCCS Ospedale Pediatrico Bambino Gesu',
          city: 'Rome',
          zip: '00165',
          country: 'Italy',
        },
      ],
    },
  },
  added: [],
};

const thirdDay: Refresh = {
  edits: {
    // A larger target: stored in the trial's history, mailed only to readers who asked for such changes.
    NCT99000001: { enrollment: [300, 'ESTIMATED'] },
    NCT99000003: {
      status: 'TERMINATED',
      whyStopped: 'Too few people joined in two years to answer the question.',
      verified: '2026-11',
      completion: ['2026-10-30', 'ACTUAL'],
      sites: sitesOfTrial('NCT99000003').map(({ status: _, ...site }) => site),
    },
    NCT99000004: { status: 'RECRUITING' },
    NCT99000007: { resultsPosted: '2026-11-06', verified: '2026-11' },
    // Only confirmed by its sponsor: a new date and nothing else.
    NCT99000012: { verified: '2026-11-05' },
  },
  added: [laterTrials.leukemiaAtHome, laterTrials.migraineDiary],
};

/** The days of the recorded registry's three refreshes. */
export const refreshDays = ['2026-11-04', '2026-11-05', '2026-11-06'] as const;

/** Every study as it stands at each refresh, in the story's words. */
export function studiesByDay(): DemoStudy[][] {
  const [, second, third] = refreshDays;
  const first = [...seedTrials, ...madeUpTrials];
  const then = refresh(first, secondDay, second);
  return [first, then, refresh(then, thirdDay, third)];
}

/** The three recorded days as the registry serves them. */
export function recordedDays(): RecordedDay[] {
  return studiesByDay().map((studies, at) => {
    const day = refreshDays[at] ?? '';
    return { timestamp: `${day}T09:00:05`, studies: studies.map((study) => toRecord(study, day)) };
  });
}

function refresh(studies: DemoStudy[], { edits, added }: Refresh, day: string): DemoStudy[] {
  const edited = studies.map((study) => {
    const edit = edits[study.id];
    if (!edit) return study;
    const next = { ...study, ...edit, updated: day };
    // A record gives a reason only while the status that it explains lasts.
    if (edit.status && !edit.whyStopped) delete next.whyStopped;
    return next;
  });
  return [...edited, ...added];
}

/** Words that the registry's condition search treats as synonyms, like the real one. */
export const registrySynonyms = [
  ['Precursor Cell Lymphoblastic Leukemia-Lymphoma', 'Acute Lymphoblastic Leukemia', 'B-ALL'],
];
