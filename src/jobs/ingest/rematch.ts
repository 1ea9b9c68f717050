import { phrasesOfConcept } from '../../core/matching/conditions.ts';
import { englishFor } from '../../core/matching/foreign-words.ts';
import { isNameOf } from '../../core/matching/named-concepts.ts';
import { buildPhraseIndex, matchingVersion, topicsOfCondition } from '../../core/matching/topics.ts';
import {
  type ConditionTable,
  listMatchedConditions,
  listMatchedTrials,
  type MatchedCondition,
  writeCondition,
  writeTopics,
} from '../../db/ingest/rematch.ts';
import { holdsLease, type Lease } from '../../db/leases.ts';
import { readSetting, writeSetting } from '../../db/settings.ts';
import { readFollowed } from '../../db/subscribers/subscriptions.ts';
import { TrialbellError } from '../../errors.ts';
import type { Registry } from '../../registries/registry.ts';
import type { Context } from '../context.ts';
import { topicsWithAliases } from './detect-changes.ts';
import { updateLinks } from './update-links.ts';

const trialsAtOnce = 200;
const conditionsAtOnce = 500;

/**
 * If this program matches or links differently from the one that stored them, gives subscriptions, lists and
 * trials their present topics, and trials their present links. Notifies nobody: a change of our own reading is not
 * news (C13, C15). Done once for each version of the matching, in steps, and resumed after an interruption.
 */
export async function rematchStored(context: Context, registry: Registry, lease: Lease): Promise<void> {
  const version = String(matchingVersion);
  const done = `matching:${registry.id}`;
  if ((await readSetting(context.db, done)) === version) return;
  await rematchFollowed(context, version);
  const { phrases } = await readFollowed(context.db, registry.id);
  const index = buildPhraseIndex(phrases);
  const place = `matching-at:${registry.id}`;
  const [begun, at] = (await readSetting(context.db, place))?.split(' ') ?? [];
  let after = begun === version ? Number(at) : 0;
  let changed = 0;
  for (;;) {
    const trials = await listMatchedTrials(context.db, registry.id, after, trialsAtOnce);
    const last = trials.at(-1);
    const moved = trials.flatMap(({ trialId, topics, trial }) => {
      const now = topicsWithAliases(trial, index);
      return new Set(now).symmetricDifference(new Set(topics)).size > 0 ? { trialId, topics: now } : [];
    });
    await context.db.transaction().execute(async (tx) => {
      if (!(await holdsLease(tx, lease)))
        throw new TrialbellError(`Another process is reading ${registry.name}.`);
      await writeTopics(tx, moved);
      const linked = trials.map(({ trialId, trial }) => ({ trialId, facts: trial }));
      await updateLinks(tx, registry.id, linked, context.now());
      if (last) await writeSetting(tx, place, `${version} ${last.trialId}`);
      else await writeSetting(tx, done, version);
    });
    changed += moved.length;
    if (!last) break;
    after = last.trialId;
  }
  if (changed > 0) context.log.info({ registry: registry.id, changed }, 'stored trials matched again');
}

async function rematchFollowed(context: Context, version: string): Promise<void> {
  const done = 'matching:subscriptions';
  if ((await readSetting(context.db, done)) === version) return;
  // A list is compared with what it brought by topics, so both are matched alike.
  await rematchConditions(context, 'list_entries');
  await rematchConditions(context, 'subscriptions');
  await writeSetting(context.db, done, version);
}

async function rematchConditions(context: Context, table: ConditionTable): Promise<void> {
  for (let after = 0; ; ) {
    const last = await context.db.transaction().execute(async (tx) => {
      const conditions = await listMatchedConditions(tx, table, after, conditionsAtOnce);
      for (const condition of conditions) {
        const now = matchedNow(condition);
        const isSame =
          now.phrases.join('\n') === condition.phrases.join('\n') &&
          now.topics.join('\n') === condition.topics.join('\n');
        if (!isSame) await writeCondition(tx, table, condition.id, now);
      }
      return conditions.at(-1)?.id;
    });
    if (last === undefined) return;
    after = last;
  }
}

/** The present names from the list, with the stored ones that came from the registry or the person. */
function matchedNow({ conceptId, conceptTerm, words, phrases }: MatchedCondition) {
  if (conceptId === null) return { phrases, topics: topicsOfCondition({ conceptId, phrases }) };
  const listed = phrasesOfConcept({ id: conceptId, term: conceptTerm ?? words }, conceptTerm ?? words);
  const own = phrases.filter((phrase) => !isNameOf(conceptId, phrase) && englishFor(phrase) === null);
  const now = [...new Set([...own, ...listed])];
  return { phrases: now, topics: topicsOfCondition({ conceptId, phrases: now }) };
}
