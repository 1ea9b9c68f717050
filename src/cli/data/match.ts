import type { Command } from 'commander';
import { judgeConcepts } from '../../core/matching/concepts-weak.ts';
import { type KnownToStore, type Resolution, resolveCondition } from '../../core/matching/conditions.ts';
import { type FollowedCondition, type Match, matchOf } from '../../core/matching/topics.ts';
import type { InputResolution } from '../../core/matching/understood.ts';
import { defaultRegistry } from '../../core/registries.ts';
import { understandCondition } from '../../core/subscriptions/understand-condition.ts';
import { foldName } from '../../core/text/folding.ts';
import type { Trial } from '../../core/trial.ts';
import { TrialbellError } from '../../errors.ts';
import { findIdsOf } from '../../registries/registry.ts';
import { printJson, say } from '../output.ts';
import { readRecordFile } from './record-files.ts';

type Options = { registry: string; json?: boolean };

/** How many matching trials stand in for a registry's answer: the size of its first page. */
const answerAtMost = 1_000;

/** `match`: lists the records that a subscription would match, with the reasons; offline, no database. */
export function addMatch(program: Command): void {
  program
    .command('match')
    .description('which of these records a subscription to TEXT would match, and why; offline, no database')
    .argument('<TEXT>', 'a condition in your own words, or trial numbers')
    .argument('<FILES...>', 'records: JSON, XML, or one JSON record per line (NDJSON), also gzipped')
    .option('--registry <ID>', 'the registry', defaultRegistry)
    .option('--json', 'print everything as one JSON value')
    .action(async (text: string, files: string[], options: Options) => {
      if (foldName(text) === '')
        throw new TrialbellError('Say what to match: a condition such as "asthma", or a trial number.', {
          exitCode: 2,
        });
      const ids = findIdsOf(options.registry, text);
      const answer = ids.length > 0 ? matchNumbers(ids) : await matchWords(text, files, options.registry);
      const result = await readFiles(files, options.registry, answer);
      if (options.json) printJson(result);
      else print(result);
    });
}

type Why = { by: Match['by']; words: string };
type Result = {
  understood: object;
  matches: { id: string; why: Why }[];
  weak: { id: string; why: { by: 'weak-code'; words: string } }[];
};
type Answer = {
  understood: object;
  match: (trial: Trial) => Why | null;
  weak: (trial: Trial) => string | null;
};

function matchNumbers(ids: string[]): Answer {
  return {
    understood: { kind: 'trial', ids },
    match: ({ id, aliases }) => {
      const found = [id, ...aliases].find((one) => ids.includes(one));
      return found === undefined ? null : { by: 'trial', words: found };
    },
    weak: () => null,
  };
}

async function matchWords(text: string, files: string[], registry: string): Promise<Answer> {
  const words = text.replace(/\s+/g, ' ').trim();
  const resolution = await resolveAmong(words, files, registry);
  const input = understandCondition(resolution, words, registry);
  const followed = followedFrom(input, resolution);
  return {
    understood: describe(input, followed),
    match: (trial) => followed && matchOf(trial, followed),
    weak: (trial) =>
      judgeConcepts(trial).weak.find(({ id }) => id === followed?.conceptId && followed !== null)?.term ??
      null,
  };
}

/** Resolves words as usual, with the files in place of the store and the registry. */
async function resolveAmong(words: string, files: string[], registry: string): Promise<Resolution> {
  const quoted = /^"(.+)"$/.exec(words)?.[1];
  if (quoted !== undefined) return { kind: 'literal', phrases: [quoted] };
  const listed = resolveCondition(words, { concepts: [] });
  if (listed.kind !== 'choose' && listed.kind !== 'unknown') return listed;
  const headings = new Map<string, KnownToStore['concepts'][number]>();
  const trials: Trial[] = [];
  const asWritten: FollowedCondition = { conceptId: null, conceptTerm: null, phrases: [words] };
  for await (const trial of trialsOf(files, registry)) {
    for (const { id, term } of trial.meshes)
      headings.set(id, { id, term, count: (headings.get(id)?.count ?? 0) + 1 });
    if (trials.length < answerAtMost && matchOf(trial, asWritten)) trials.push(trial);
  }
  const concepts = [...headings.values()];
  const stored = resolveCondition(words, { concepts });
  if (stored.kind !== 'choose' && stored.kind !== 'unknown') return stored;
  return resolveCondition(words, { concepts, answer: { trials } });
}

/** The condition to match: the resolved one or, for a choice, the literal words or its only meaning. */
function followedFrom(input: InputResolution, resolution: Resolution): FollowedCondition | null {
  if (input.kind === 'understood') return input.understood;
  if (input.kind !== 'choose') return null;
  if (input.literal)
    return { conceptId: null, conceptTerm: null, phrases: 'phrases' in resolution ? resolution.phrases : [] };
  const [only, ...others] = input.suggestions;
  if (only === undefined || others.length > 0) return null;
  const meant = resolveCondition(only.term, {
    concepts: [{ id: only.conceptId, term: only.term, count: 1 }],
  });
  return meant.kind === 'concept'
    ? { conceptId: meant.conceptId, conceptTerm: meant.term, phrases: meant.phrases }
    : null;
}

function describe(input: InputResolution, followed: FollowedCondition | null): object {
  if (input.kind === 'understood') {
    const { words, conceptId, conceptTerm, said, weeklyOnly } = input.understood;
    return { kind: 'condition', words, conceptId, conceptTerm, said, weeklyOnly };
  }
  if (input.kind !== 'choose' || followed === null) return input;
  return { ...input, matchedAs: followed.conceptTerm ?? followed.phrases[0] ?? null };
}

async function* trialsOf(files: string[], registry: string): AsyncGenerator<Trial> {
  for (const file of files)
    for await (const { record } of readRecordFile(file, registry)) if (record.ok) yield record.trial;
}

async function readFiles(files: string[], registry: string, answer: Answer): Promise<Result> {
  const result: Result = { understood: answer.understood, matches: [], weak: [] };
  for (const file of files)
    for await (const { record, place } of readRecordFile(file, registry)) {
      if (!record.ok) {
        const where = place === null ? file : `${file}, record ${place}`;
        process.stderr.write(`${where}: left out, not a record that can be trusted: ${record.reason}\n`);
        continue;
      }
      const { trial } = record;
      const why = answer.match(trial);
      if (why) result.matches.push({ id: trial.id, why });
      else {
        const code = answer.weak(trial);
        if (code !== null) result.weak.push({ id: trial.id, why: { by: 'weak-code', words: code } });
      }
    }
  return result;
}

const reasons: Record<Match['by'], (words: string) => string> = {
  trial: () => 'its number',
  concept: (words) => `filed under “${words}”`,
  beneath: (words) => `filed under “${words}”, which is a kind of it`,
  phrase: (words) => `“${words}” stands in its conditions or title`,
  keyword: (words) => `its keywords name “${words}”`,
  admitted: (words) => `“${words}” is named among those who may take part`,
};

function print({ understood, matches, weak }: Result): void {
  const { said, kind, matchedAs, ids } = understood as { [key: string]: unknown };
  const meaning =
    said ?? (Array.isArray(ids) ? ids.join(', ') : matchedAs ? `a choice; taken as ${matchedAs}` : kind);
  say(`Understood as: ${meaning}`);
  for (const { id, why } of matches) say(`  ${id}  ${reasons[why.by](why.words)}`);
  for (const { id, why } of weak) say(`  ${id}  left out: only the registry’s code “${why.words}” says so`);
  say(`${matches.length} ${matches.length === 1 ? 'record matches' : 'records match'}.`);
}
