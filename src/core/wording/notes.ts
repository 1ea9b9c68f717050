import type { ListNews, NoNewsFacts, Note, NoteItem } from '../digests/notes.ts';
import { warningsFor } from '../digests/warnings.ts';
import { cardStatusName } from './countries.ts';
import { nameList } from './digest/reasons.ts';
import { warningSentence } from './digest/trial-words.ts';
import { quoteRegistry, quoteText } from './values.ts';
import type { Wording } from './wording.ts';

/** One subscription in words. */
export type NoteItemWords = {
  name: string;
  /** The present facts of the record, one per line. */
  lines: string[];
  subscriptionId: number;
  /** The path of a trial's page here; null for a condition, and if the record was not read yet. */
  page: string | null;
};

/** A note in words. The subject and the heading name no trial and no condition (D6). */
export type NoteWords = {
  subject: string;
  heading: string;
  first: string;
  /** The lines before and after the subscriptions. */
  lines: string[];
  items: NoteItemWords[];
  /** The number of subscriptions that are not listed. */
  more: string | null;
  after: string[];
};

/** At most this many subscriptions are listed; the others are counted. */
const shownAtMost = 40;
/** The maximum length of a title, in characters, so that all fit into a mail (D5). */
const longestTitle = 140;
/** If the last complete reading is older than this, in milliseconds, the note says so. */
const staleAfterMs = 4 * 24 * 3_600_000;

/** A note in one language. */
export function noteWords(wording: Wording, note: Note): NoteWords {
  const { say } = wording;
  const shown = note.items.slice(0, shownAtMost);
  const unshown = note.items.length - shown.length;
  return {
    ...opening(wording, note),
    items: shown.map((item) => itemWords(wording, item, note)),
    more: unshown > 0 ? say('note.more', { count: unshown, manage: say('digest.manage') }) : null,
    after: closing(wording, note),
  };
}

function opening(wording: Wording, note: Note): Pick<NoteWords, 'subject' | 'heading' | 'first' | 'lines'> {
  const { say } = wording;
  const data = say('digest.data', {
    day: wording.date(note.dataDay),
    moment: wording.moment(note.readAt, note.timezone),
  });
  const checking = note.checking ? [say('digest.checking')] : [];
  if (note.kind === 'welcome') {
    return {
      subject: say('note.welcome.subject'),
      heading: say('note.welcome.heading'),
      first: say('note.welcome.first', { count: note.items.length }),
      lines: [data, ...checking],
    };
  }
  if (note.kind === 'list') {
    const [first = '', ...lines] = (note.lists ?? []).flatMap((list) => listLines(wording, list));
    return { subject: say('note.list.subject'), heading: say('note.list.heading'), first, lines };
  }
  if (note.kind === 'yearly' || note.noNews === null) {
    return {
      subject: say('note.yearly.subject'),
      heading: say('note.yearly.heading'),
      first: say('note.yearly.first'),
      lines: [say('note.yearly.keep'), say('note.yearly.stop')],
    };
  }
  const { noNews } = note;
  const since = wording.dayOf(noNews.since, note.timezone);
  return {
    subject: say('note.no-news.subject', { since }),
    heading: say('note.no-news.heading'),
    first:
      noNews.moved === 0
        ? say('note.no-news.still', { day: wording.date(note.dataDay) })
        : say('note.no-news.moved', { since }),
    lines: [
      say('note.no-news.counts', { trials: noNews.trials, readings: noNews.readings, since }),
      ...noNewsLines(wording, noNews, note),
      data,
      ...checking,
    ],
  };
}

/** At most this many removed ones are named; the others are counted. */
const namedAtMost = 10;

/** What came to a list and left it, a line each. */
function listLines(wording: Wording, list: ListNews): string[] {
  const { say } = wording;
  const name = nameList(wording, list);
  if (list.isEnded) return [say('note.list.ended', { name })];
  const removed = list.removed.map(({ words, title }) => {
    const quoted = quoteText(words, 120);
    return title === null
      ? quoted
      : say('follow.name.trial', { id: quoted, title: quoteRegistry(wording, title, longestTitle) });
  });
  const more = removed.length - namedAtMost;
  return [
    ...(list.added > 0 ? [say('note.list.added', { name, count: list.added })] : []),
    ...(removed.length > 0 ? [say('note.list.removed', { name, count: removed.length })] : []),
    ...removed.slice(0, namedAtMost),
    ...(more > 0 ? [say('note.list.more', { count: more })] : []),
  ];
}

function noNewsLines(wording: Wording, noNews: NoNewsFacts, { composedAt, timezone }: Note): string[] {
  const { say } = wording;
  const { missed, lastReadAt, other } = noNews;
  const isStale = lastReadAt === null || Date.parse(composedAt) - Date.parse(lastReadAt) > staleAfterMs;
  return [
    other > 0 ? say('note.no-news.other', { count: other }) : [],
    missed > 0 ? say('note.no-news.missed', { count: missed }) : [],
    isStale && lastReadAt !== null
      ? say('note.no-news.stale', { moment: wording.moment(lastReadAt, timezone) })
      : [],
  ].flat();
}

function closing(wording: Wording, note: Note): string[] {
  const { say } = wording;
  if (note.kind === 'yearly') return [];
  if (note.kind === 'list') return [say('note.list.stop', { manage: say('digest.manage') })];
  if (note.kind === 'no-news')
    return [say('note.no-news.next', { manage: say('digest.manage'), settings: say('settings.title') })];
  return [
    note.nextDueAt ? say('note.welcome.next', { moment: wording.moment(note.nextDueAt, note.timezone) }) : [],
    note.wantsNoNewsNotes ? say('note.welcome.no-news') : say('note.welcome.silence'),
    say('note.welcome.stop'),
  ].flat();
}

function itemWords(wording: Wording, item: NoteItem, note: Note): NoteItemWords {
  const { say } = wording;
  const often = say(`manage.fact.often.${item.frequency}`, {
    weekday: say(`manage.weekday.${item.weekday}`),
  });
  const unread = item.isWatched ? [] : [say('note.unread')];
  const why = item.reason ? [say('why.list.reason', { reason: quoteText(item.reason, 300) })] : [];
  const shared = { subscriptionId: item.subscriptionId };
  if (item.kind === 'condition') {
    const { all, recruiting } = item;
    return {
      ...shared,
      name: quoteText(item.words, 120),
      lines: [
        ...why,
        ...(item.isWatched ? [say('note.condition', { all, recruiting })] : unread),
        ...(item.isWatched && item.isNarrowed ? [say('note.condition.narrowed')] : []),
        often,
      ],
      page: null,
    };
  }
  const { card, id } = item;
  if (card === null) return { ...shared, name: id, lines: [...why, say('note.unread'), often], page: null };
  const name = quoteRegistry(wording, card.title, longestTitle) || say('card.no-title');
  const page = `/trials/${encodeURIComponent(id)}`;
  if (item.isGone) return { ...shared, name, lines: [say('card.id-removed', { id }), often], page };
  const date = card.primaryCompletionDate;
  const warnings = warningsFor(card, note.composedAt);
  // A warning already mentions an old confirmation.
  const confirmedOn = warnings.some(({ kind }) => kind === 'unverified') ? null : card.verifiedOn;
  return {
    ...shared,
    name,
    page,
    lines: [
      ...why,
      say('card.id', { id, status: cardStatusName(wording, card) }),
      ...(confirmedOn === null ? [] : [say('card.confirmed', { date: wording.date(confirmedOn) })]),
      ...(date === null
        ? []
        : [say('note.trial.date', { date: wording.date(date), type: date.type ?? 'none' })]),
      ...warnings.map((warning) => warningSentence(wording, warning)),
      ...unread,
      often,
    ],
  };
}
