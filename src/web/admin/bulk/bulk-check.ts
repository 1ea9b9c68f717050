import { setImmediate as nextTurn } from 'node:timers/promises';
import { trialTopic } from '../../../core/matching/topics.ts';
import type { ResolvedCondition } from '../../../core/matching/understood.ts';
import {
  type AddPart,
  type BulkColumn,
  type BulkLine,
  type BulkShown,
  doneAnswers,
} from '../../../core/subscriptions/bulk.ts';
import { confirmationAllowance } from '../../../core/subscriptions/mail-allowances.ts';
import { foldAddress } from '../../../core/text/mail-address.ts';
import type { BulkFigures } from '../../../db/admin/bulk-jobs.ts';
import { lookUpAddresses, topicsKey } from '../../../db/admin/bulk-people.ts';
import { withoutAddresses } from '../../../errors.ts';
import type { WebDeps } from '../../http/web-deps.ts';
import { splitCells } from './bulk-cells.ts';
import { type Entry, openAsked, readEntries } from './bulk-entries.ts';
import { bulkConditionsAtMost, type Meaning, openMeanings, trialsAtMost } from './bulk-meanings.ts';
import { type ListRow, linesAtOnce } from './read-list.ts';

/** People in one transaction. */
export const peopleAtOnce = 50;
const lookedUpAtOnce = 1_000;
/** Most lines, and most resolved texts, on one page. */
const shownAtMost = 200;

/** A checked list: its figures, the work to do, every line with its answer, and what the page shows. */
export type Checked = {
  figures: BulkFigures;
  work: AddPart[];
  lines: BulkLine[];
  shown: BulkShown;
};

/**
 * Checks a list of people to ask. Each line gets an answer, and the work is grouped by person, in parts. Writes nothing.
 * Returns `tooMany` if the list names too many different trials or conditions.
 */
export async function checkAdds(
  deps: WebDeps,
  rows: readonly ListRow<BulkColumn>[],
  now: string,
): Promise<Checked | { tooMany: 'trials' | 'conditions' }> {
  const meanings = openMeanings(deps);
  const { entries, trials } = await splitCells(deps, await readEntries(rows), meanings.ask);
  const sound = entries.filter(({ answer }) => answer === null);
  const conditions = new Set(sound.flatMap((entry) => (trials.has(entry) ? [] : entry.condition)));
  const topics = new Set([...trials.values()].map(({ registry, id }) => trialTopic(registry, id)));
  if (topics.size > trialsAtMost) return { tooMany: 'trials' };
  if (conditions.size > bulkConditionsAtMost) return { tooMany: 'conditions' };
  const found = {
    trial: await meanings.trials([...trials.values()]),
    condition: await meanings.conditions([...conditions]),
  };
  const wanted = new Map<Entry, ResolvedCondition>();
  for (const entry of sound) {
    const trial = trials.get(entry);
    const meaning = trial
      ? found.trial.get(trialTopic(trial.registry, trial.id))
      : found.condition.get(entry.condition);
    if (meaning) answerMeaning(entry, meaning, wanted);
  }
  await nextTurn();
  answerRepeated(entries, wanted);
  await answerKnown(deps, entries, wanted, now);
  const answerAsked = openAsked();
  for (const [n, entry] of entries.entries()) {
    if (n % linesAtOnce === 0) await nextTurn();
    if (entry.answer === null) Object.assign(entry, answerAsked(entry.email));
  }
  return putTogether(entries, wanted, rows.length);
}

function answerMeaning(entry: Entry, meaning: Meaning, wanted: Map<Entry, ResolvedCondition>): void {
  if ('answer' in meaning) {
    entry.answer = meaning.answer;
    if (meaning.text !== undefined) entry.text = meaning.text;
  } else if (meaning.understood.weeklyOnly && entry.frequency !== null && entry.frequency !== 'weekly')
    entry.answer = 'weekly-only';
  else wanted.set(entry, meaning.understood);
}

/**
 * Marks repeated lines, whatever their spelling, and a second spelling of one mailbox, which would get no mail (P3).
 */
function answerRepeated(entries: readonly Entry[], wanted: ReadonlyMap<Entry, ResolvedCondition>): void {
  const lines = new Map<string, number>();
  const spellings = new Map<string, Entry>();
  for (const entry of entries) {
    const understood = wanted.get(entry);
    if (entry.answer !== null || !understood) continue;
    const folded = foldAddress(entry.email);
    const spelled = spellings.get(folded) ?? entry;
    spellings.set(folded, spelled);
    const what = `${entry.key}\n${topicsKey(understood.topics)}`;
    const before = lines.get(what);
    if (before !== undefined) Object.assign(entry, { answer: 'twice', other: before });
    else if (spelled.key !== entry.key) Object.assign(entry, { answer: 'too-many', other: spelled.line });
    else lines.set(what, entry.line);
  }
}

async function answerKnown(
  deps: WebDeps,
  entries: readonly Entry[],
  wanted: ReadonlyMap<Entry, ResolvedCondition>,
  now: string,
): Promise<void> {
  const people = [...byPerson(entries).values()];
  const how = { fold: foldAddress, allowance: confirmationAllowance, now };
  for (let at = 0; at < people.length; at += lookedUpAtOnce) {
    const some = people.slice(at, at + lookedUpAtOnce);
    const emails = some.map(([first]) => first?.email ?? '');
    const known = await lookUpAddresses(deps.db, deps.keys, emails, how);
    for (const [n, one] of known.entries())
      for (const entry of some[n] ?? []) {
        const topics = wanted.get(entry)?.topics ?? [];
        entry.owner = one.subscriberId;
        if (one.suppressed !== null) Object.assign(entry, { answer: 'suppressed', text: one.suppressed });
        else if (one.follows.has(topicsKey(topics))) entry.answer = 'follows';
        else if (!one.mayBeAsked) entry.answer = 'too-many';
      }
  }
}

/** Lines without a fault so far, by person. */
function byPerson(entries: readonly Entry[]): Map<string, Entry[]> {
  return Map.groupBy(
    entries.filter(({ answer }) => answer === null),
    ({ key }) => key,
  );
}

function putTogether(
  entries: readonly Entry[],
  wanted: ReadonlyMap<Entry, ResolvedCondition>,
  lineCount: number,
): Checked {
  const asked = entries.filter(({ answer }) => answer !== null && doneAnswers.includes(answer));
  // All lists take people in the same order, so that two lists cannot deadlock.
  const people = [...Map.groupBy(asked, ({ key }) => foldAddress(key))]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, ofOne]) => ofOne);
  const work: AddPart[] = [];
  for (let at = 0; at < people.length; at += peopleAtOnce)
    work.push(toPart(people.slice(at, at + peopleAtOnce), wanted));
  const lines = entries.map(toLine);
  return {
    figures: {
      lines: lineCount,
      people: people.length,
      subscriptions: asked.length,
      answers: countAnswers(lines),
    },
    work,
    lines,
    shown: { meanings: sayMeanings(asked, wanted), problems: showProblems(lines) },
  };
}

function toPart(people: readonly Entry[][], wanted: ReadonlyMap<Entry, ResolvedCondition>): AddPart {
  const understood: ResolvedCondition[] = [];
  const placeOf = (entry: Entry): number => {
    const one = wanted.get(entry);
    if (!one) throw new Error('a line marked to be asked has no resolved condition');
    const at = understood.indexOf(one);
    return at >= 0 ? at : understood.push(one) - 1;
  };
  return {
    people: people.map((entries) => {
      const [first] = entries;
      return {
        email: first?.email ?? '',
        id: first?.owner ?? null,
        language: first?.language ?? null,
        hour: first?.hour ?? null,
        timezone: first?.timezone ?? null,
        choices: entries.map((entry) => ({ of: placeOf(entry), frequency: entry.frequency })),
      };
    }),
    understood,
  };
}

function toLine({ line, email, trial, condition, answer, other, text }: Entry): BulkLine {
  return {
    ...{ line, email, trial, condition, answer: answer ?? 'away' },
    ...(other === undefined ? {} : { other }),
    ...(text === undefined ? {} : { text }),
  };
}

/** How many lines have each answer. */
export function countAnswers(lines: readonly BulkLine[]): BulkFigures['answers'] {
  const answers: BulkFigures['answers'] = {};
  for (const { answer } of lines) answers[answer] = (answers[answer] ?? 0) + 1;
  return answers;
}

/** The first lines that need attention, without their addresses. */
export function showProblems(lines: readonly BulkLine[]): BulkShown['problems'] {
  const fine = ['ask', 'stop'];
  return lines
    .filter(({ answer }) => !fine.includes(answer))
    .slice(0, shownAtMost)
    .map(({ email: _email, ...line }) => line);
}

function sayMeanings(
  asked: readonly Entry[],
  wanted: ReadonlyMap<Entry, ResolvedCondition>,
): BulkShown['meanings'] {
  const meanings = new Map<string, BulkShown['meanings'][number]>();
  for (const entry of asked) {
    const words = withoutAddresses(entry.trial || entry.condition);
    const meaning = meanings.get(words) ?? { words, said: wanted.get(entry)?.said ?? '', lines: 0 };
    meaning.lines++;
    meanings.set(words, meaning);
  }
  return [...meanings.values()].sort((a, b) => b.lines - a.lines).slice(0, shownAtMost);
}
