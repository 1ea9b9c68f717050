import type { AddPart, BulkRequest } from '../../core/subscriptions/bulk.ts';
import { type BulkResults, noteBulkPart, takeBulkPart } from '../../db/admin/bulk-jobs.ts';
import { pickSubscriptions } from '../../db/admin/people.ts';
import { writeAudit } from '../../db/audit-log.ts';
import type { Tx } from '../../db/connect.ts';
import { findSubscriber } from '../../db/subscribers/subscribers.ts';
import { lockChooser, stopSubscriptions } from '../../db/subscribers/subscription-state.ts';
import type { Context } from '../context.ts';
import { enqueueFor } from '../delivery/enqueue-deliveries.ts';
import type { RequestHandler } from '../subscribers/request-handler.ts';
import { type AddedOnBehalf, addOnBehalf } from '../subscribers/subscribe.ts';

type Outcome = AddedOnBehalf['outcome'];

/** Writes down what a list did for one person: why stands in the list's own row, and the list is gone soon (P8). */
type NoteOne = (act: 'add' | 'stop', subject: string, details: object) => Promise<void>;

/**
 * Asks the people of one part of a list. The part goes in the transaction that asks them: killed anywhere, all of them were
 * asked or none, and none is asked twice.
 */
export const addInBulk: RequestHandler = async (context, tx, params) => {
  // Sealed by our own pages: nobody else can make one that opens.
  const request = params as BulkRequest;
  const taken = await takeBulkPart(tx, context.keys, 'add', request);
  if (!taken) return undefined;
  const { part } = taken;
  const results: BulkResults = {};
  const asked: number[] = [];
  const note = openNotes(context, tx, request, taken.by);
  for (const person of part.people) {
    const { outcome, id } = await askPerson(context, tx, part, person, note);
    if (outcome === 'asked') asked.push(id);
    results[outcome] = (results[outcome] ?? 0) + 1;
  }
  await noteBulkPart(tx, request.bulkId, { people: part.people.length, results, now: context.now() });
  return () => enqueueFor(context, asked);
};

function openNotes(context: Context, tx: Tx, { bulkId }: BulkRequest, actor: string): NoteOne {
  return (act, subject, details) =>
    writeAudit(tx, { actor, act, subject, details: { list: bulkId, ...details }, now: context.now() });
}

/** What is wished at another frequency is another wish; one mail asks for all of them. */
async function askPerson(
  context: Context,
  tx: Tx,
  { understood }: AddPart,
  { choices, id, ...person }: AddPart['people'][number],
  note: NoteOne,
): Promise<{ outcome: Outcome; id: number } | { outcome: 'stopped' | 'gone'; id: null }> {
  // Who was here and left meanwhile does not come back by a list.
  if (id !== null && !(await isStillOf(context, tx, id, person.email))) return { outcome: 'gone', id: null };
  const outcomes = new Set<Outcome>();
  const subscriptions: number[] = [];
  let subscriberId = -1;
  for (const [frequency, ofOne] of Map.groupBy(choices, (choice) => choice.frequency)) {
    const wanted = ofOne.flatMap(({ of }) => understood[of] ?? []);
    const added = await addOnBehalf(context, tx, { ...person, frequency }, wanted);
    if (added === null) return { outcome: 'stopped', id: null };
    outcomes.add(added.outcome);
    subscriptions.push(...added.subscriptionIds);
    subscriberId = added.subscriberId;
  }
  const outcome = (['asked', 'waits', 'unasked'] as const).find((one) => outcomes.has(one)) ?? 'known';
  if (outcome !== 'known') await note('add', `subscriber ${subscriberId}`, { outcome, subscriptions });
  return { outcome, id: subscriberId };
}

async function isStillOf(context: Context, tx: Tx, id: number, email: string): Promise<boolean> {
  return (await lockChooser(tx, id)) !== null && (await findSubscriber(tx, context.keys, email)) === id;
}

/** Stops what one part of a list names, as its owners would: they can undo it as long as their own stop. */
export const stopInBulk: RequestHandler = async (context, tx, params) => {
  const request = params as BulkRequest;
  const taken = await takeBulkPart(tx, context.keys, 'stop', request);
  if (!taken) return undefined;
  const now = context.now();
  const results: BulkResults = {};
  const note = openNotes(context, tx, request, taken.by);
  for (const { id, subscriptions } of taken.part.people) {
    const person = await lockChooser(tx, id);
    const living = person ? await pickSubscriptions(tx, id, 'all', ['active', 'paused', 'pending']) : [];
    const ids = living.map((one) => one.id).filter((one) => subscriptions.includes(one));
    const stopped = person && ids.length > 0 ? await stopSubscriptions(tx, person, ids, now, 'admin') : 0;
    if (stopped > 0) await note('stop', `subscriber ${id}`, { subscriptions: ids });
    const outcome = stopped > 0 ? 'stopped' : 'gone';
    results[outcome] = (results[outcome] ?? 0) + 1;
    results.subscriptions = (results.subscriptions ?? 0) + stopped;
  }
  await noteBulkPart(tx, request.bulkId, { people: taken.part.people.length, results, now });
  return undefined;
};
