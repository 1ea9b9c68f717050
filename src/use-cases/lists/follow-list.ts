import { type Frequency, firstDueAt } from '../../core/schedule.ts';
import type { Instant } from '../../core/trial.ts';
import {
  askForListFollow,
  confirmLists,
  endListFollow,
  listBroughtBy,
  setReports,
} from '../../db/lists/list-follows.ts';
import { addRequest } from '../../db/subscribers/requests.ts';
import { lockSubscriber } from '../../db/subscribers/subscription-state.ts';
import type { UseCaseContext } from '../context.ts';
import { stopSubscriptions } from '../subscriptions/change-state.ts';
import { browserWay, findKnownReader } from '../subscriptions/follow-more.ts';
import { syncFollowers } from '../subscriptions/sync-lists.ts';

/**
 * Follows a list for the reader of a browser, with the consent that they just gave there, and requests the baselines
 * from the workers. Returns whether it is followed only now, and when its first update email is due (null if it comes as
 * soon as a change is known); false if the browser is no longer known.
 */
export async function followListHere(
  { db, keys, config, enqueue }: UseCaseContext,
  token: string,
  wish: { listId: number; frequency: Frequency | null },
  consent: { wordingVersion: string; wordingHash: string },
  now: Instant,
): Promise<{ isStarted: boolean; firstDueAt: Instant | null } | false> {
  const done = await db.transaction().execute(async (tx) => {
    const reader = await findKnownReader({ db: tx, keys }, token, now);
    if (!reader || !(await lockSubscriber(tx, reader.id))) return false;
    const isStarted = await askForListFollow(tx, { ...wish, subscriberId: reader.id, now });
    if (!isStarted) return { isStarted, firstDueAt: null, requestId: null };
    const given = { ...consent, way: browserWay, minAge: config.minAge };
    await confirmLists(tx, reader.id, given, now, wish.listId);
    const dueAts = await syncFollowers(tx, wish.listId, [reader.id], now);
    const requestId = await addRequest(tx, { kind: 'watch', params: keys.encrypt('{}'), now });
    return { isStarted, firstDueAt: firstDueAt(dueAts), requestId };
  });
  if (!done) return false;
  const { requestId, ...followed } = done;
  if (requestId !== null) await enqueue('requests', { requestId });
  return followed;
}

/** Stops a list that a person follows, with everything that it brought. False if they do not follow it. */
export async function stopList(
  { db }: Pick<UseCaseContext, 'db'>,
  subscriberId: number,
  followId: number,
  now: Instant,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const person = await lockSubscriber(tx, subscriberId);
    if (!person || !(await endListFollow(tx, subscriberId, followId, now))) return false;
    const ids = await listBroughtBy(tx, followId);
    if (ids.length > 0) await stopSubscriptions(tx, person, ids, now);
    return true;
  });
}

/**
 * Agrees to the reports of a followed list, by a consent to the list that is given anew, or turns them off (`consent`
 * null). False if the person does not follow it.
 */
export async function chooseReports(
  { db, config }: Pick<UseCaseContext, 'db' | 'config'>,
  subscriberId: number,
  followId: number,
  consent: { wordingVersion: string; wordingHash: string } | null,
  now: Instant,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    if (!(await lockSubscriber(tx, subscriberId))) return false;
    const given = consent && {
      wordingVersion: consent.wordingVersion,
      wordingHash: consent.wordingHash,
      way: browserWay,
      minAge: config.minAge,
    };
    return setReports(tx, subscriberId, followId, given, now);
  });
}
