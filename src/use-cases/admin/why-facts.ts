import { isNarrowed } from '../../core/digests/compose.ts';
import type { Instant } from '../../core/trial.ts';
import type { WhyFacts } from '../../core/why/facts.ts';
import { rollbackAlways } from '../../db/admin/rollback-always.ts';
import { loadChangeFacts, type WhyQuestion } from '../../db/admin/why-changes.ts';
import { listSubscriptionFacts, readClock } from '../../db/admin/why-facts.ts';
import { loadVersions } from '../../db/catalog/versions.ts';
import { nameSmtpCircuit, readPause } from '../../db/delivery/smtp-circuits.ts';
import { loadReleasedTrials } from '../../db/digests/digest-inputs.ts';
import { listCandidates } from '../../db/digests/digests.ts';
import { readCappedUntil } from '../../db/digests/weekly-caps.ts';
import { readHorizon } from '../../db/ingest/changes.ts';
import { readAddress } from '../../db/subscribers/subscribers.ts';
import { readSuppression } from '../../db/subscribers/suppressions.ts';
import type { UseCaseContext } from '../context.ts';
import { loadDigestFacts } from './why-digests.ts';

/**
 * Reads everything that decides which news of a trial a person gets, as of one instant. Writes nothing. Null
 * if the person does not exist.
 */
export async function readWhyFacts(
  { db, keys, config }: Pick<UseCaseContext, 'db' | 'keys' | 'config'>,
  asked: WhyQuestion,
  now: Instant,
): Promise<WhyFacts | null> {
  const { subscriberId, trialId } = asked;
  const [address, pause] = await Promise.all([
    readAddress(db, keys, subscriberId),
    config.smtpUrl === null ? null : readPause(db, nameSmtpCircuit(keys, config.smtpUrl)),
  ]);
  if (address === null) return null;
  const suppression = await readSuppression(db, keys, address);
  const suppressed = suppression && {
    reason: suppression.because?.replace(/\.$/, '') ?? suppression.reason,
    since: suppression.since,
  };
  return rollbackAlways(db, async (tx) => {
    const clock = await readClock(tx, subscriberId);
    if (!clock) return null;
    const follows = await listSubscriptionFacts(tx, subscriberId);
    const watching = follows.filter(({ state, position }) => state === 'active' && position !== null);
    const ids = watching.map(({ id }) => id);
    const candidates = await listCandidates(tx, ids, await readHorizon(tx), trialId);
    const changes = await loadChangeFacts(tx, asked);
    const trials = await loadReleasedTrials(tx, [trialId]);
    const earlier = follows.some(isNarrowed)
      ? [...changes, ...candidates].map(({ version }) => ({ trialId, version: version - 1 }))
      : [];
    return {
      now,
      person: { ...clock, cappedUntil: await readCappedUntil(tx, clock, now), suppressed },
      trial: trials.get(trialId) ?? null,
      before: await loadVersions(tx, earlier),
      trialId,
      follows,
      changes,
      digests: await loadDigestFacts(tx, asked, changes),
      candidates,
      pause: pause && { reason: pause.reason, until: pause.until, reply: pause.reply },
    };
  });
}
