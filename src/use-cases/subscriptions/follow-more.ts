import { firstDueAt, nextDueAt } from '../../core/schedule.ts';
import type { SignUp } from '../../core/subscriptions/sign-up.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../../db/connect.ts';
import { addRequest } from '../../db/subscribers/requests.ts';
import { findSuppression, readAddress } from '../../db/subscribers/subscribers.ts';
import { lockSubscriber, readMailClock } from '../../db/subscribers/subscription-state.ts';
import { findToken } from '../../db/subscribers/tokens.ts';
import { hashToken, type Keys } from '../../keys.ts';
import type { UseCaseContext } from '../context.ts';
import { addSubscriptions } from './add-subscriptions.ts';

/** How consent was given in a browser that had confirmed, as stored with it. */
export const browserWay = 'sign-up form, from a browser that had confirmed';

/** A reader who confirmed in a browser, with the clock of their emails. */
export type KnownReader = { id: number; email: string; hour: number; timezone: string };

/** The person who confirmed in the browser that has this token; null after 30 days. */
export function findBrowserOwner(db: Db | Tx, token: string, now: Instant): Promise<number | null> {
  return findToken(db, { hash: hashToken(token), purpose: 'browser', now });
}

/**
 * The reader who follows more from a browser without another email. Null if nobody confirmed there, and while mail to
 * the address is stopped: only a link from the mailbox shows that it accepts mail again (B6).
 */
export async function findKnownReader(
  { db, keys }: { db: Db | Tx; keys: Keys },
  token: string,
  now: Instant,
): Promise<KnownReader | null> {
  const id = await findBrowserOwner(db, token, now);
  const email = id === null ? null : await readAddress(db, keys, id);
  if (id === null || email === null || (await findSuppression(db, keys, email)) !== null) return null;
  const clock = await readMailClock(db, id);
  return clock && { id, email, ...clock };
}

/**
 * Follows more for the reader of a browser, with the consent that they just gave there, and requests the baselines from
 * the workers. What is followed already stays as it is, paused or not. Returns which of the choices have started, and
 * when the first update email of those is due (null if it comes as soon as a change is known, or none has started);
 * false if the browser is no longer known.
 */
export async function followMore(
  { db, keys, config, enqueue }: UseCaseContext,
  token: string,
  wish: Pick<SignUp, 'choices' | 'note'>,
  consent: { wordingVersion: string; wordingHash: string },
  now: Instant,
): Promise<{ isStarted: boolean[]; firstDueAt: Instant | null } | false> {
  const done = await db.transaction().execute(async (tx) => {
    const reader = await findKnownReader({ db: tx, keys }, token, now);
    if (!reader || !(await lockSubscriber(tx, reader.id))) return false;
    const wanted = wish.choices.map((choice) => ({
      ...choice,
      note: wish.note === null ? null : keys.encrypt(wish.note),
    }));
    const given = { ...consent, way: browserWay, minAge: config.minAge };
    const added = await addSubscriptions(tx, reader, wanted, { consent: given, anyFilters: false, now });
    const requestId = await addRequest(tx, { kind: 'watch', params: keys.encrypt('{}'), now });
    const isStarted = added.map((one) => one.isStarted);
    const dueAts = wish.choices
      .filter((_, at) => isStarted[at])
      .map(({ frequency }) =>
        frequency === 'immediate' ? null : nextDueAt({ ...reader, frequency, weekday: 1, after: now }),
      );
    return { requestId, isStarted, firstDueAt: firstDueAt(dueAts) };
  });
  if (!done) return false;
  const { requestId, ...followed } = done;
  await enqueue('requests', { requestId });
  return followed;
}
