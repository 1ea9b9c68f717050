import type { Note, NoteItem } from '../../src/core/digests/notes.ts';
import type { NoteData } from '../../src/mail/note-view.ts';
import { hostileText, makeCard } from './trial-samples.ts';

const trial: NoteItem = {
  kind: 'trial',
  subscriptionId: 1,
  words: 'NCT04532203',
  id: 'NCT04532203',
  card: makeCard({ id: 'NCT04532203' }),
  isGone: false,
  isWatched: true,
  frequency: 'daily',
  weekday: 1,
};
const condition: NoteItem = {
  kind: 'condition',
  subscriptionId: 2,
  words: 'acute lymphoblastic leukemia',
  all: 1_204,
  recruiting: 212,
  isNarrowed: true,
  isWatched: true,
  frequency: 'weekly',
  weekday: 1,
};
const noNews: NonNullable<Note['noNews']> = {
  since: '2026-10-18T09:00:00.000Z',
  trials: 3,
  readings: 22,
  missed: 0,
  lastReadAt: '2026-11-18T11:00:00.000Z',
  moved: 0,
  other: 0,
};

/** Renders a note of a kind for its reader. */
export function makeNote(parts: Partial<Note> = {}): NoteData {
  const note: Note = {
    kind: 'no-news',
    items: [trial, condition],
    noNews: parts.kind === undefined || parts.kind === 'no-news' ? noNews : null,
    registry: 'ctgov',
    dataDay: '2026-11-18',
    readAt: '2026-11-18T11:00:00.000Z',
    composedAt: '2026-11-18T12:00:00.000Z',
    timezone: 'Europe/Berlin',
    nextDueAt: '2026-11-19T08:00:00.000Z',
    wantsNoNewsNotes: true,
    checking: false,
    ...parts,
  };
  return {
    note,
    tokens: { unsubscribe: 'c3RvcC1pdA', manage: 'bWFuYWdl', followed: 'Zm9sbG93ZWQ' },
    recordUrl: ({ id }) => `https://clinicaltrials.gov/study/${id}`,
  };
}

/** Every note in every state worth checking. */
export const noteSamples: Record<string, NoteData> = {
  list: makeNote({
    kind: 'list',
    items: [
      { ...trial, reason: 'Many of you asked about it' },
      { ...condition, reason: hostileText },
    ],
    lists: [
      {
        name: 'Trials we watch',
        organization: 'Made-up Charity',
        isEnded: false,
        added: 2,
        removed: Array.from({ length: 12 }, (_, at) => ({
          words: `NCT0990${1000 + at}`,
          title: at === 0 ? null : hostileText,
        })),
      },
      { name: hostileText, organization: '', isEnded: true, added: 0, removed: [] },
    ],
  }),
  welcome: makeNote({ kind: 'welcome' }),
  'welcome-unread': makeNote({
    kind: 'welcome',
    items: [
      { ...trial, card: null, isWatched: false },
      { ...condition, isWatched: false, frequency: 'immediate' },
      { ...trial, subscriptionId: 3, isGone: true },
      {
        ...trial,
        subscriptionId: 4,
        card: makeCard({
          id: 'NCT00000003',
          status: 'UNKNOWN',
          verifiedOn: '2021-12',
          primaryCompletionDate: null,
        }),
      },
    ],
    nextDueAt: null,
    wantsNoNewsNotes: false,
    checking: true,
  }),
  'no-news': makeNote(),
  'quiet-with-gaps': makeNote({
    noNews: { ...noNews, readings: 0, missed: 21, other: 7, lastReadAt: '2026-10-20T11:00:00.000Z' },
    checking: true,
  }),
  'no-news-moved': makeNote({ noNews: { ...noNews, moved: 2, other: 1 } }),
  yearly: makeNote({ kind: 'yearly' }),
  'yearly-many': makeNote({
    kind: 'yearly',
    items: Array.from({ length: 500 }, (_, n) => ({ ...trial, subscriptionId: n + 1 })),
  }),
  'note-hostile': makeNote({
    kind: 'welcome',
    items: [
      { ...trial, card: makeCard({ title: hostileText.repeat(9_000) }) },
      { ...condition, words: hostileText },
    ],
  }),
};
