import type { Command } from 'commander';
import type { Change, Comparison } from '../core/change.ts';
import { compareTrials } from '../core/diff/diff.ts';
import { cardOf } from '../core/digests/card.ts';
import { defaultRegistry } from '../core/registries.ts';
import type { Day, Trial } from '../core/trial.ts';
import { sentenceFor } from '../core/wording/change-sentences.ts';
import { TrialbellError } from '../errors.ts';
import { createWording } from '../mail/catalogue.ts';
import { statusOnOf } from '../registries/registry.ts';
import { type FiledRecord, readRecordFile } from './data/record-files.ts';
import { printJson, say } from './output.ts';

type Options = { registry: string; readOn?: string; json?: boolean; explain?: boolean };

/** `diff`: what changed between two raw registry records, offline, no database. */
export function addDiff(program: Command): void {
  program
    .command('diff')
    .description('what changed between two raw registry records; offline, no database')
    .argument('<OLD>')
    .argument('<NEW>')
    .option('--registry <ID>', 'the registry', defaultRegistry)
    .option(
      '--read-on <DAYS>',
      'the days on which OLD and NEW were read, separated by a comma (today), for a registry whose status follows from dates',
    )
    .option('--json', 'print the changes as one JSON value')
    .option('--explain', 'add every folded and silent edit with its reason, and how sites were paired')
    .action(async (oldFile: string, newFile: string, options: Options) => {
      const { registry } = options;
      const [readBefore, readAfter] = readDays(options.readOn);
      const before = statusOnOf(registry, await readOne(oldFile, registry), readBefore);
      const after = statusOnOf(registry, await readOne(newFile, registry), readAfter);
      checkPair(before, after, oldFile, newFile);
      const comparison = compareTrials(before, after);
      const wording = createWording('en');
      const changes = comparison.changes.map((change) => ({
        ...change,
        sentence: sentenceFor(wording, change, cardOf(comparison.after)),
      }));
      const explained = options.explain ? explain(comparison) : [];
      if (options.json) {
        printJson(options.explain ? [...changes.map(withReason(comparison)), ...explained] : changes);
        return;
      }
      for (const { sentence } of changes) say(sentence);
      if (changes.length === 0) say('Nothing a person would want to hear about.');
      if (options.explain && comparison.edits.length === 0) say('The records do not differ.');
      for (const { fate, field, reason, pairing } of explained) {
        say(`  ${fate}: ${field}: ${reason}${pairing ? ` (${pairing})` : ''}`);
      }
    });
}

/** The edits without a change of their own, folded or silent, with their reasons. */
function explain({ edits }: Comparison) {
  return edits
    .filter(({ fate }) => fate !== 'told')
    .map(({ change: _, ...edit }) => ({ ...edit, pairing: 'pairing' in edit ? edit.pairing : undefined }));
}

/** Adds its reason to a reported change and, for a site, how it was paired. */
function withReason({ edits }: Comparison) {
  return <C extends Change>(told: C) => {
    const edit = edits.find(({ change }) => change !== null && isSame(change, told));
    if (!edit) return { ...told, fate: 'told' };
    return {
      ...told,
      fate: 'told',
      reason: edit.reason,
      ...('pairing' in edit ? { pairing: edit.pairing } : {}),
    };
  };
}

function isSame(one: Change, other: Change): boolean {
  return one.kind === other.kind && one.facet === other.facet && one.site?.ref === other.site?.ref;
}

/** The only record of a file. */
async function readOne(file: string, registry: string): Promise<Trial> {
  const records: FiledRecord[] = [];
  for await (const one of readRecordFile(file, registry)) records.push(one);
  const [first] = records;
  if (!first || records.length > 1)
    throw new TrialbellError(`${file} holds ${records.length} records. Give a file of one record.`);
  const { record } = first;
  if (!record.ok)
    throw new TrialbellError(`${file} is not a registry record that can be trusted: ${record.reason}`);
  return record.trial;
}

/** The days on which the two records were read; today if none are given. */
function readDays(text: string | undefined): [Day, Day] {
  if (text === undefined) return [today(), today()];
  const days = text.split(',').map((day) => day.trim());
  const [older, newer] = days;
  if (days.length !== 2 || !older || !newer || !days.every(isDay) || older > newer)
    throw new TrialbellError(
      `--read-on needs the day of OLD, a comma, and the day of NEW, such as 2026-04-30,2026-05-01; got "${text}".`,
      { exitCode: 2 },
    );
  return [older, newer];
}

const today = () => new Date().toISOString().slice(0, 10);

function isDay(text: string): boolean {
  try {
    return Temporal.PlainDate.from(text, { overflow: 'reject' }).toString() === text;
  } catch {
    return false;
  }
}

function checkPair(before: Trial, after: Trial, oldFile: string, newFile: string): void {
  const same = before.id === after.id || after.aliases.includes(before.id);
  if (!same && before.aliases.includes(after.id)) {
    throw new TrialbellError(`The files seem swapped: ${oldFile} is the newer record of ${after.id}.`);
  }
  if (!same)
    throw new TrialbellError(
      `${oldFile} is of ${before.id} and ${newFile} of ${after.id}: two different trials.`,
    );
  if ((before.lastUpdatePostedOn ?? '') > (after.lastUpdatePostedOn ?? '')) {
    throw new TrialbellError(
      `The files seem swapped: ${oldFile} was updated on ${before.lastUpdatePostedOn}, ${newFile} on ${after.lastUpdatePostedOn}.`,
    );
  }
}
