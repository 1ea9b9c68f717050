import { addMs, minuteMs } from '../../core/instants.ts';
import type { ResolvedCondition } from '../../core/matching/understood.ts';
import type { Instant } from '../../core/trial.ts';
import { wasMailedSince } from '../../db/admin/people.ts';
import { findSubscriber, readAddress } from '../../db/subscribers/subscribers.ts';
import { lockSubscriber } from '../../db/subscribers/subscription-state.ts';
import { planManageLink } from '../account/manage-link.ts';
import type { UseCaseContext } from '../context.ts';
import { enqueuePlanned } from '../enqueue-planned.ts';
import { type AddedOnBehalf, addOnBehalf, type WishOnBehalf } from '../subscriptions/add-on-behalf.ts';
import { type ConfirmationOutcome, requestConfirmationAgain } from '../subscriptions/request-confirmation.ts';
import { subscriberSubject, type WriteAuditEntry } from './audit.ts';

/** A second click, or a second admin, sends no second link. */
const linkEveryMs = 10 * minuteMs;

/**
 * Adds a subscription for somebody, who is asked to confirm it within the allowance of their address (P3): an admin's word
 * is no consent. `whom` is a person's number; with null it goes to the address typed. `stopped`: the address is
 * suppressed. `gone`: there is no such person any more. The outcome tells whether the address is known, so each is logged.
 */
export async function addForPerson(
  context: UseCaseContext,
  log: WriteAuditEntry,
  wish: Pick<WishOnBehalf, 'email' | 'frequency' | 'language'> & { whom: number | null },
  understood: readonly ResolvedCondition[],
  now: Instant,
): Promise<AddedOnBehalf | 'stopped' | 'gone'> {
  const { db, keys } = context;
  const { whom, email, ...how } = wish;
  const added = await db.transaction().execute(async (tx) => {
    // Somebody erased meanwhile must not come back, and the address is the one they have now.
    const person = whom === null ? null : await lockSubscriber(tx, whom);
    const to = whom === null ? email : person && (await readAddress(tx, keys, whom));
    if (to === null) return 'gone';
    const done = await addOnBehalf(context, tx, { ...how, email: to }, understood, now);
    const id = done?.subscriberId ?? whom ?? (await findSubscriber(tx, keys, to));
    // Subscriptions by number: the log outlives what is erased (P5).
    const { outcome = 'stopped', subscriptionIds = [] } = done ?? {};
    const subject = id === null ? 'nobody' : subscriberSubject(id);
    await log(tx, { subject, details: { outcome, subscriptions: subscriptionIds } });
    return done ?? 'stopped';
  });
  if (typeof added !== 'string') await enqueuePlanned(context, [added.subscriberId], now);
  return added;
}

/** Mails the confirmation once more, while the allowance of the address holds (P3). */
export async function resendConfirmation(
  context: UseCaseContext,
  log: WriteAuditEntry,
  person: { id: number; email: string },
  now: Instant,
): Promise<ConfirmationOutcome> {
  const outcome = await context.db.transaction().execute(async (tx) => {
    await lockSubscriber(tx, person.id);
    const done = await requestConfirmationAgain(context.keys, tx, person, now, 'staff');
    if (done === 'asked') await log(tx, { subject: subscriberSubject(person.id) });
    return done;
  });
  if (outcome === 'asked') await enqueuePlanned(context, [person.id], now);
  return outcome;
}

/** Mails somebody the link to their own page. False when they get none, had one just now, or had all of a day. */
export async function mailManageLink(
  context: UseCaseContext,
  log: WriteAuditEntry,
  subscriberId: number,
  now: Instant,
): Promise<boolean> {
  const isMailed = await context.db.transaction().execute(async (tx) => {
    await lockSubscriber(tx, subscriberId);
    if (await wasMailedSince(tx, subscriberId, 'manage', addMs(now, -linkEveryMs))) return false;
    const planned = await planManageLink(context.keys, tx, { subscriberId, generation: null }, now, 'staff');
    if (planned === null) return false;
    await log(tx, { subject: subscriberSubject(subscriberId) });
    return true;
  });
  if (isMailed) await enqueuePlanned(context, [subscriberId], now);
  return isMailed;
}
