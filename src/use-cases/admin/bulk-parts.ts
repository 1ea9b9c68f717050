import type { AddPart, BulkRequest } from '../../core/subscriptions/bulk.ts';
import type { Instant } from '../../core/trial.ts';
import { type BulkResults, recordBulkPart, takeBulkPart } from '../../db/admin/bulk-jobs.ts';
import { pickSubscriptions } from '../../db/admin/people.ts';
import { writeAudit } from '../../db/audit-log.ts';
import type { Tx } from '../../db/connect.ts';
import { findSubscriber } from '../../db/subscribers/subscribers.ts';
import { lockSubscriber } from '../../db/subscribers/subscription-state.ts';
import type { UseCaseContext } from '../context.ts';
import { type AddedOnBehalf, addOnBehalf } from '../subscriptions/add-on-behalf.ts';
import { stopSubscriptions } from '../subscriptions/change-state.ts';
import { subscriberSubject } from './audit.ts';

type Context = Pick<UseCaseContext, 'keys' | 'config'>;
type Outcome = AddedOnBehalf['outcome'];
type Person = AddPart['people'][number];

/** Logs the act for one person. The reason is in the list's row, which will soon be deleted (P8). */
type LogOne = (act: 'add' | 'stop', subscriberId: number, details: object) => Promise<void>;

/**
 * Invites the people of one part of a list, in the transaction that takes its request. The same transaction
 * deletes the part: after a kill at any point either all of them were invited or none, and none twice.
 * Returns who was invited.
 */
export async function addInBulk(
  context: Context,
  tx: Tx,
  request: BulkRequest,
  now: Instant,
): Promise<number[]> {
  const taken = await takeBulkPart(tx, context.keys, 'add', request);
  if (!taken) return [];
  const { part } = taken;
  const results: BulkResults = {};
  const asked: number[] = [];
  const log = openLog(tx, request, taken.by, now);
  for (const person of part.people) {
    const { outcome, id } = await askPerson(context, tx, part, person, { log, now });
    if (outcome === 'asked') asked.push(id);
    results[outcome] = (results[outcome] ?? 0) + 1;
  }
  await recordBulkPart(tx, request.bulkId, { people: part.people.length, results, now });
  return asked;
}

function openLog(tx: Tx, { bulkId }: BulkRequest, actor: string, now: Instant): LogOne {
  return (act, subscriberId, details) =>
    writeAudit(tx, {
      ...{ actor, act, subject: subscriberSubject(subscriberId), now },
      details: { list: bulkId, ...details },
    });
}

/** Subscriptions with different frequencies are added separately; one mail asks for all of them. */
async function askPerson(
  context: Context,
  tx: Tx,
  { understood }: AddPart,
  { choices, id, ...person }: Person,
  { log, now }: { log: LogOne; now: Instant },
): Promise<{ outcome: Outcome; id: number } | { outcome: 'stopped' | 'gone'; id: null }> {
  // A list must not bring back a person who has left meanwhile.
  if (id !== null && !(await isStillOf(context, tx, id, person.email))) return { outcome: 'gone', id: null };
  const outcomes = new Set<Outcome>();
  const subscriptions: number[] = [];
  let subscriberId = -1;
  for (const [frequency, ofOne] of Map.groupBy(choices, (choice) => choice.frequency)) {
    const wanted = ofOne.flatMap(({ of }) => understood[of] ?? []);
    const added = await addOnBehalf(context, tx, { ...person, frequency }, wanted, now);
    if (added === null) return { outcome: 'stopped', id: null };
    outcomes.add(added.outcome);
    subscriptions.push(...added.subscriptionIds);
    subscriberId = added.subscriberId;
  }
  const outcome = (['asked', 'waits', 'unasked'] as const).find((one) => outcomes.has(one)) ?? 'known';
  if (outcome !== 'known') await log('add', subscriberId, { outcome, subscriptions });
  return { outcome, id: subscriberId };
}

async function isStillOf({ keys }: Context, tx: Tx, id: number, email: string): Promise<boolean> {
  return (await lockSubscriber(tx, id)) !== null && (await findSubscriber(tx, keys, email)) === id;
}

/**
 * Stops the subscriptions that one part of a list names, in the transaction that takes its request. Each stop
 * can be undone as usual.
 */
export async function stopInBulk(
  { keys }: Context,
  tx: Tx,
  request: BulkRequest,
  now: Instant,
): Promise<void> {
  const taken = await takeBulkPart(tx, keys, 'stop', request);
  if (!taken) return;
  const results: BulkResults = {};
  const log = openLog(tx, request, taken.by, now);
  for (const { id, subscriptions } of taken.part.people) {
    const person = await lockSubscriber(tx, id);
    const living = person ? await pickSubscriptions(tx, id, 'all', ['active', 'paused', 'pending']) : [];
    const ids = living.map((one) => one.id).filter((one) => subscriptions.includes(one));
    const stopped = person && ids.length > 0 ? await stopSubscriptions(tx, person, ids, now, 'admin') : 0;
    if (stopped > 0) await log('stop', id, { subscriptions: ids });
    const outcome = stopped > 0 ? 'stopped' : 'gone';
    results[outcome] = (results[outcome] ?? 0) + 1;
    results.subscriptions = (results.subscriptions ?? 0) + stopped;
  }
  await recordBulkPart(tx, request.bulkId, { people: taken.part.people.length, results, now });
}
