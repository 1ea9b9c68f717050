import { trialTopic } from '../../../core/matching/topics.ts';
import {
  type InputResolution,
  type ResolvedCondition,
  wordsToChoose,
} from '../../../core/matching/understood.ts';
import type { BulkAnswer } from '../../../core/subscriptions/bulk.ts';
import { foldName } from '../../../core/text/folding.ts';
import { listTrials } from '../../../db/catalog/estimates.ts';
import { holdsAddress, RegistryUnavailable, TrialbellError } from '../../../errors.ts';
import type { WebDeps } from '../../http/web-deps.ts';
import { askInTime, resolveInTime } from '../../shared/lookups.ts';

/** Most different conditions in one list: each may need a registry request. */
export const bulkConditionsAtMost = 300;
/** Most different trials in one list. */
export const trialsAtMost = 5_000;
/** Trials in one registry request. */
const trialsAtOnce = 100;
/** How long an admin waits for all registry answers together, in milliseconds. Later texts count as not answered. */
const patienceMs = 60_000;

/** What a text in a list resolves to, or why it cannot be followed. */
export type Meaning = { understood: ResolvedCondition } | { answer: BulkAnswer; text?: string };

/** Looks up each different text of a list once, within `patienceMs`. */
export function openMeanings(deps: WebDeps) {
  const until = performance.now() + patienceMs;
  const isLate = () => performance.now() > until;
  return {
    trials: (texts: readonly string[]) => readTrials(deps, texts, isLate),
    conditions: (texts: readonly string[]) => readConditions(deps, texts, isLate),
  };
}

async function readTrials(
  deps: WebDeps,
  texts: readonly string[],
  isLate: () => boolean,
): Promise<Map<string, Meaning>> {
  const meanings = new Map<string, Meaning>();
  const named = new Map(texts.map((text) => [text, deps.actions.findTrialId(text)]));
  const found = [...named.values()].filter((one) => one !== null);
  for (const [registry, ofOne] of Map.groupBy(found, (one) => one.registry)) {
    const ids = [...new Set(ofOne.map(({ id }) => id))];
    const known = new Map<string, { id: string; title: string }>();
    for (const { asked, id, title } of await listTrials(deps.db, registry, ids))
      known.set(asked, { id, title });
    const asked = await lookUp(
      deps,
      registry,
      ids.filter((id) => !known.has(id)),
      isLate,
    );
    for (const [text, one] of named) {
      if (one?.registry !== registry) continue;
      const trial = known.get(one.id) ?? asked.known.get(one.id);
      if (trial) meanings.set(text, { understood: understoodTrial(registry, trial) });
      else meanings.set(text, { answer: asked.unanswered.has(one.id) ? 'away' : 'unknown-trial' });
    }
  }
  for (const text of texts) if (!meanings.has(text)) meanings.set(text, { answer: 'no-number' });
  return meanings;
}

type KnownTrials = Map<string, { id: string; title: string }>;

/** Asks a registry about trials that are not stored, in batches. */
async function lookUp(deps: WebDeps, registry: string, ids: readonly string[], isLate: () => boolean) {
  const known: KnownTrials = new Map();
  const unanswered = new Set<string>();
  let isAway = false;
  for (let at = 0; at < ids.length; at += trialsAtOnce) {
    const some = ids.slice(at, at + trialsAtOnce);
    const answer: KnownTrials | null = isAway || isLate() ? null : await askRegistry(deps, registry, some);
    isAway ||= answer === null;
    for (const [id, trial] of answer ?? []) known.set(id, trial);
    if (answer === null) for (const id of some) unanswered.add(id);
  }
  return { known, unanswered };
}

async function askRegistry(deps: WebDeps, registry: string, ids: readonly string[]) {
  try {
    const found = await askInTime(deps.asker, () => deps.actions.lookUpTrials(registry, ids));
    return typeof found === 'string' ? null : found;
  } catch (error) {
    if (error instanceof RegistryUnavailable) return null;
    throw error;
  }
}

function understoodTrial(registry: string, { id, title }: { id: string; title: string }): ResolvedCondition {
  return {
    kind: 'trial',
    registry,
    registryId: id,
    words: id,
    conceptId: null,
    conceptTerm: null,
    phrases: [],
    topics: [trialTopic(registry, id)],
    said: title,
    weeklyOnly: false,
  };
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
  // A trial number or an address in the wrong column is not a condition, and no registry may see an address.
  if (holdsAddress(text) || deps.actions.findTrialId(text)) return { answer: 'condition' };
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
    default:
      return { answer: 'condition' };
  }
}

async function understandSoon(deps: WebDeps, text: string): Promise<InputResolution | null> {
  try {
    const understanding = await resolveInTime(deps, text);
    return typeof understanding === 'string' ? null : understanding;
  } catch (error) {
    if (error instanceof TrialbellError) return null;
    throw error;
  }
}
