import { type LinkFacts, linkKeys } from '../../core/links/link-facts.ts';
import { linkOf, recordsOfUmbrella } from '../../core/links/same-trial.ts';
import type { Instant } from '../../core/trial.ts';
import { listUmbrellas } from '../../db/catalog/trial-links.ts';
import type { Tx } from '../../db/connect.ts';
import { listLinkCandidates, takeLinks, writeLinks } from '../../db/ingest/links.ts';

/**
 * Brings the links of trials that were just stored up to date (X8). The records of other registries that share a
 * number with a trial are judged, at most 60 for each trial. Without a second registry it does nothing.
 */
export async function updateLinks(
  tx: Tx,
  registry: string,
  trials: readonly { trialId: number; facts: LinkFacts }[],
  now: Instant,
): Promise<void> {
  if (trials.length === 0 || !(await takeLinks(tx, registry))) return;
  const asked = trials.map(({ trialId, facts }) => ({ trialId, keys: linkKeys(facts) }));
  const candidates = await listLinkCandidates(tx, registry, asked);
  const factsOf = new Map(trials.map(({ trialId, facts }) => [trialId, facts]));
  const pairs = candidates.flatMap((candidate) => {
    const facts = factsOf.get(candidate.trialId);
    return facts ? [{ ...candidate, own: facts }] : [];
  });
  const umbrellas = await listUmbrellas(
    tx,
    [...new Set(pairs.flatMap(({ own, facts }) => joiningKeys(own, facts)))],
    recordsOfUmbrella,
  );
  const links = pairs.flatMap(({ trialId, otherId, own, facts }) => {
    const link = linkOf(own, facts, (key) => umbrellas.has(key));
    return link ? [{ ...link, trialId, otherId }] : [];
  });
  await writeLinks(
    tx,
    trials.map(({ trialId }) => trialId),
    links,
    umbrellas,
    now,
  );
}

/** The keys of numbers that two records have in common, their own included. */
function joiningKeys(a: LinkFacts, b: LinkFacts): string[] {
  const others = new Set(linkKeys(b));
  return linkKeys(a).filter((key) => others.has(key));
}
