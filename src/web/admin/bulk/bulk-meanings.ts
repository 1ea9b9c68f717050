import { type ResolvedCondition, wordsToChoose } from '../../../core/matching/understood.ts';
import type { BulkAnswer } from '../../../core/subscriptions/bulk.ts';
import type { TrialName } from '../../../core/subscriptions/typed-text.ts';
import { asFollowed } from '../../../core/subscriptions/understand-condition.ts';
import { foldName } from '../../../core/text/folding.ts';
import { holdsAddress } from '../../../errors.ts';
import { type AskTrials, findTrials } from '../../../use-cases/subscriptions/find-trials.ts';
import type { WebDeps } from '../../http/web-deps.ts';
import { openTrialAsker, understandSoon } from '../../shared/lookups.ts';

/** Most different conditions in one list: each may need a registry request. */
export const bulkConditionsAtMost = 300;
/** Most different trials in one list. */
export const trialsAtMost = 5_000;
/** How long an admin waits for all registry answers together, in milliseconds. Later texts count as not answered. */
const patienceMs = 60_000;

/** What a text in a list resolves to, or why it cannot be followed. */
export type Meaning = { understood: ResolvedCondition } | { answer: BulkAnswer; text?: string };

/** Looks up each different text of a list once, within `patienceMs`. */
export function openMeanings(deps: WebDeps) {
  const until = performance.now() + patienceMs;
  const isLate = () => performance.now() > until;
  const askInTime = openTrialAsker(deps);
  const ask: AskTrials = async (registry, ids) => (isLate() ? null : askInTime(registry, ids));
  return {
    ask,
    trials: (named: readonly TrialName[]) => readTrials(deps, named, ask),
    conditions: (texts: readonly string[]) => readConditions(deps, texts, isLate),
  };
}

async function readTrials(
  deps: WebDeps,
  named: readonly TrialName[],
  ask: AskTrials,
): Promise<Map<string, Meaning>> {
  const found = await findTrials(deps.db, named, ask);
  return new Map(
    [...found].map(([topic, known]): [string, Meaning] => {
      if (known === 'away') return [topic, { answer: 'away' }];
      if (known === 'unknown') return [topic, { answer: 'unknown-trial' }];
      return [topic, { understood: asFollowed(known.registry, known.id, known.title) }];
    }),
  );
}

async function readConditions(
  deps: WebDeps,
  texts: readonly string[],
  isLate: () => boolean,
): Promise<Map<string, Meaning>> {
  const meanings = new Map<string, Meaning>();
  const byName = new Map<string, Meaning>();
  for (const text of texts) {
    // Quotation marks ask for the literal words.
    const name = text.startsWith('"') ? text : foldName(text);
    const meaning = byName.get(name) ?? (await readCondition(deps, text, isLate));
    byName.set(name, meaning);
    meanings.set(text, meaning);
  }
  return meanings;
}

async function readCondition(deps: WebDeps, text: string, isLate: () => boolean): Promise<Meaning> {
  // No registry may see an address.
  if (holdsAddress(text)) return { answer: 'condition' };
  if (foldName(text) === '' || text.length > 120) return { answer: 'condition' };
  const understanding = isLate() ? null : await understandSoon(deps, text);
  switch (understanding?.kind) {
    case undefined:
      return { answer: 'away' };
    case 'understood':
      return { understood: understanding.understood };
    case 'choose': {
      return { answer: 'choose', text: wordsToChoose(understanding).join('; ') };
    }
    case 'attribute':
      return { answer: 'attribute', text: understanding.term };
    case 'too-short':
      return { answer: 'too-short' };
    case 'unknown-number':
      return { answer: 'unknown-number' };
    default:
      return { answer: 'condition' };
  }
}
