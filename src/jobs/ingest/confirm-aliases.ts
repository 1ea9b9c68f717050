import { trialTopic } from '../../core/matching/topics.ts';
import type { Db } from '../../db/connect.ts';
import { type AliasClaim, listClaims } from '../../db/ingest/aliases.ts';
import { messageOf, RegistryUnavailable } from '../../errors.ts';
import type { ReadRecord, RegistryRecord } from '../../registries/registry.ts';
import type { Run } from './run-state.ts';

/**
 * A page's records with only the confirmed aliases, and the number of records dropped as older copies of
 * another trial.
 */
export type Confirmed = { records: RegistryRecord[]; replaced: number };

/**
 * Confirms aliases, so that no record speaks for another trial (N2). If somebody may be waiting for news under an
 * alias, it counts only once the registry no longer lists that number separately; until then both trials are
 * reported. A record under a number that its registry has given up is an older copy and is dropped. Asks the
 * registry at most once per number and run, and never about a number that is certainly a former one.
 */
export async function confirmAliases(db: Db, run: Run, records: RegistryRecord[]): Promise<Confirmed> {
  const good = records.filter((record) => record.ok);
  const own = new Map(good.map(({ trial }) => [trial.id, trial]));
  const claimed = [...new Set(good.flatMap(({ trial }) => trial.aliases))];
  const stored = await listClaims(db, run.registry.id, { ids: claimed, aliases: [...own.keys()] });
  const isFormer = (alias: string) => run.registry.isFormerNumber?.(alias) ?? false;
  const isContested = (alias: string) =>
    !isFormer(alias) &&
    (own.has(alias) ||
      stored.ids.has(alias) ||
      run.seen.has(alias) ||
      run.followed.has(trialTopic(run.registry.id, alias)));
  const outlived = new Set(
    stored.aliases
      .filter((claim) => isFormer(claim.alias) || isOlderCopy(claim, own))
      .map(({ alias }) => alias),
  );
  const newer = stored.aliases.map(({ alias }) => alias).filter((alias) => !outlived.has(alias));
  const asked = [...claimed.filter(isContested), ...newer];
  await askOrPutOff(run, asked);
  const waits = new Set(asked.filter((id) => !run.listedAlone.has(id)));
  const isGone = (id: string) => outlived.has(id) || isFormer(id) || run.listedAlone.get(id) === false;
  const isClaimed = new Set([...claimed, ...stored.aliases.map(({ alias }) => alias)]);
  const isReplaced = ({ trial }: ReadRecord) => isClaimed.has(trial.id) && isGone(trial.id);
  const known = records.filter(
    (record) => !record.ok || ![record.trial.id, ...record.trial.aliases].some((id) => waits.has(id)),
  );
  const kept = known.filter((record) => !record.ok || !isReplaced(record));
  return {
    records: kept.map((record) => (record.ok ? withoutListed(record, run) : record)),
    replaced: known.length - kept.length,
  };
}

/**
 * Whether a record is an older copy, from an older dataset (C10): it has not been updated since the trial that
 * took over its number.
 */
function isOlderCopy(claim: AliasClaim, own: ReadonlyMap<string, ReadRecord['trial']>): boolean {
  const { lastUpdatePostedOn } = own.get(claim.alias) ?? {};
  return (lastUpdatePostedOn ?? '') <= (claim.updatedOn ?? '');
}

/**
 * Asks about numbers. If a poll gets no answer, only the records that depend on it wait for the next poll, and
 * the others are stored (N3). Other runs fail, because they do not come back to a record.
 */
async function askOrPutOff(run: Run, ids: string[]): Promise<void> {
  if (run.unconfirmed !== null) return;
  try {
    await askWhoIsListed(run, ids);
  } catch (error) {
    if (run.kind !== 'poll' || !(error instanceof RegistryUnavailable)) throw error;
    run.unconfirmed = messageOf(error);
  }
}

/**
 * The registry's search by number also finds aliases: a number that is still listed comes back as a record's
 * own id.
 */
async function askWhoIsListed(run: Run, ids: string[]): Promise<void> {
  const unasked = [...new Set(ids)].filter((id) => !run.listedAlone.has(id));
  if (unasked.length === 0) return;
  const listed = new Set<string>();
  for await (const page of run.registry.pages({ kind: 'ids', ids: unasked })) {
    for (const record of page.records) {
      const id = record.ok ? record.trial.id : record.id;
      if (id !== null) listed.add(id);
    }
  }
  for (const id of unasked) run.listedAlone.set(id, listed.has(id));
}

function withoutListed(record: ReadRecord, { listedAlone }: Run): ReadRecord {
  const { trial } = record;
  if (!trial.aliases.some((alias) => listedAlone.get(alias))) return record;
  const aliases = trial.aliases.filter((alias) => !listedAlone.get(alias));
  return { ...record, trial: { ...trial, aliases } };
}
