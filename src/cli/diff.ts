import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Change, Comparison } from '../core/change.ts';
import { compareTrials } from '../core/diff/diff.ts';
import { cardOf } from '../core/digests/card.ts';
import { defaultRegistry } from '../core/registries.ts';
import type { Trial } from '../core/trial.ts';
import { sentenceFor } from '../core/wording/change-sentences.ts';
import { messageOf, TrialbellError } from '../errors.ts';
import { createWording } from '../mail/catalogue.ts';
import { readRecordOf } from '../registries/registry.ts';
import { printJson, say } from './output.ts';

type Options = { registry: string; json?: boolean; explain?: boolean };

/** `diff`: what changed between two raw registry records, offline, no database. */
export function addDiff(program: Command): void {
  program
    .command('diff')
    .description('what changed between two raw registry records; offline, no database')
    .argument('<OLD.json>')
    .argument('<NEW.json>')
    .option('--registry <ID>', 'the registry', defaultRegistry)
    .option('--json', 'print the changes as one JSON value')
    .option('--explain', 'add every folded and silent edit with its reason, and how sites were paired')
    .action(async (oldFile: string, newFile: string, options: Options) => {
      const before = await readTrial(oldFile, options.registry);
      const after = await readTrial(newFile, options.registry);
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

async function readTrial(file: string, registry: string): Promise<Trial> {
  let raw: unknown;
  try {
    raw = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new TrialbellError(`There is no file ${file}.`, { cause });
    }
    throw new TrialbellError(`${file} cannot be read as JSON: ${messageOf(cause)}`, { cause });
  }
  const record = readRecordOf(registry, raw);
  if (!record.ok)
    throw new TrialbellError(`${file} is not a registry record that can be trusted: ${record.reason}`);
  return record.trial;
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
