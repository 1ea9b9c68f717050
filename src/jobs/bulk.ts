import type { AddPart, BulkRequest } from '../core/bulk.ts';
import { type BulkResults, noteBulkPart, takeBulkPart } from '../db/bulks.ts';
import { lockChooser, stopSubscriptions } from '../db/choices.ts';
import type { Tx } from '../db/connect.ts';
import type { Context } from './context.ts';
import type { RequestHandler } from './request-handler.ts';
import { ringDue } from './ring.ts';
import { addOnBehalf } from './subscribe.ts';

/**
 * Asks the people of one part of a list. The part goes in the transaction that asks them: killed anywhere, all of them were
 * asked or none, and none is asked twice.
 */
export const addInBulk: RequestHandler = async (context, tx, params) => {
  // Sealed by our own pages: nobody else can make one that opens.
  const request = params as BulkRequest;
  const part = await takeBulkPart(tx, context.keys, 'add', request);
  if (!part) return undefined;
  const results: BulkResults = {};
  for (const person of part.people) {
    const outcome = await askPerson(context, tx, part, person);
    results[outcome] = (results[outcome] ?? 0) + 1;
  }
  await noteBulkPart(tx, request.bulkId, { people: part.people.length, results, now: context.now() });
  return () => ringDue(context);
};

/** What is wished at another frequency is another wish; one mail asks for all of them. */
async function askPerson(
  context: Context,
  tx: Tx,
  { understood }: AddPart,
  { choices, ...person }: AddPart['people'][number],
): Promise<'asked' | 'waits' | 'known' | 'stopped'> {
  const outcomes = new Set<'asked' | 'waits' | 'known'>();
  for (const [frequency, ofOne] of Map.groupBy(choices, (choice) => choice.frequency)) {
    const wanted = ofOne.flatMap(({ of }) => understood[of] ?? []);
    const added = await addOnBehalf(context, tx, { ...person, frequency }, wanted);
    if (added === null) return 'stopped';
    outcomes.add(added.outcome);
  }
  return outcomes.has('asked') ? 'asked' : outcomes.has('waits') ? 'waits' : 'known';
}

/** Stops what one part of a list names, as its owners would: they can undo it as long as their own stop. */
export const stopInBulk: RequestHandler = async (context, tx, params) => {
  const request = params as BulkRequest;
  const part = await takeBulkPart(tx, context.keys, 'stop', request);
  if (!part) return undefined;
  const now = context.now();
  const results: BulkResults = {};
  for (const { id, subscriptions } of part.people) {
    const person = await lockChooser(tx, id);
    const stopped = person ? await stopSubscriptions(tx, person, subscriptions, now) : 0;
    const outcome = stopped > 0 ? 'stopped' : 'gone';
    results[outcome] = (results[outcome] ?? 0) + 1;
    results.subscriptions = (results.subscriptions ?? 0) + stopped;
  }
  await noteBulkPart(tx, request.bulkId, { people: part.people.length, results, now });
  return undefined;
};
