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

/** Within this time, a second click or a second admin sends no second link. */
const linkEveryMs = 10 * minuteMs;

/**
 * Adds a subscription for a person, who is asked to confirm it within the allowance of their address (P3): an
 * admin cannot consent for them. `whom` is a person's number; with null, the typed address is used.
 * `stopped`: the address is suppressed. `gone`: the person no longer exists. The outcome reveals whether the
 * address is known, so each is logged.
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
    // A person who was erased meanwhile must not come back. The mail goes to their current address.
    const person = whom === null ? null : await lockSubscriber(tx, whom);
    const to = whom === null ? email : person && (await readAddress(tx, keys, whom));
    if (to === null) return 'gone';
    const done = await addOnBehalf(context, tx, { ...how, email: to }, understood, now);
    const id = done?.subscriberId ?? whom ?? (await findSubscriber(tx, keys, to));
    // Subscriptions by number: the log outlives erased data (P5).
    const { outcome = 'stopped', subscriptionIds = [] } = done ?? {};
    const subject = id === null ? 'nobody' : subscriberSubject(id);
    await log(tx, { subject, details: { outcome, subscriptions: subscriptionIds } });
    return done ?? 'stopped';
  });
  if (typeof added !== 'string') await enqueuePlanned(context, [added.subscriberId], now);
  return added;
}

/** Mails the confirmation again, within the allowance of the address (P3). */
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

/**
 * Mails a person the link to their own page. Returns false if they may not get one, just got one, or have
 * reached the limit of the day.
 */
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
