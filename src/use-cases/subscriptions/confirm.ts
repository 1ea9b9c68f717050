import { createHash } from 'node:crypto';
import { addMs, dayMs } from '../../core/instants.ts';
import { firstDueAt, nextDueAt } from '../../core/schedule.ts';
import { foldAddress } from '../../core/text/mail-address.ts';
import type { Instant } from '../../core/trial.ts';
import { confirmLists } from '../../db/lists/list-follows.ts';
import { activatePending, listPending, lockPending } from '../../db/subscribers/pending-subscriptions.ts';
import { resetAllowance } from '../../db/subscribers/rate-limits.ts';
import { addRequest } from '../../db/subscribers/requests.ts';
import { readAddress } from '../../db/subscribers/subscribers.ts';
import { lockSubscriber } from '../../db/subscribers/subscription-state.ts';
import { liftBounce } from '../../db/subscribers/suppressions.ts';
import { addToken, consumeToken, findToken } from '../../db/subscribers/tokens.ts';
import { makeToken } from '../../keys.ts';
import type { UseCaseContext } from '../context.ts';
import { startSession } from '../session.ts';
import { syncFollowers } from './sync-lists.ts';

/** How consent was given, as stored with it. */
const ways = {
  reader: 'sign-up form, confirmed by the link of a mail',
  admin: 'added by an admin, confirmed by the link of a mail',
} as const;

/** How long a browser that confirmed can add subscriptions without a mail. */
export const browserDays = 30;

/** A person's pending subscriptions, with their hour and zone. */
export type Pending = NonNullable<Awaited<ReturnType<typeof listPending>>>;

/**
 * Identifies the content of a page: a person does not agree to additions by others that the page did not show
 * (P4).
 */
export function nameShown({ choices, lists }: Pick<Pending, 'choices' | 'lists'>): string {
  const shown = choices.map(({ note: _note, title: _title, ...choice }) => choice);
  const named = lists.map(({ id, revision, frequency }) => ({ id, revision, frequency }));
  return createHash('sha256')
    .update(JSON.stringify(named.length > 0 ? [shown, named] : shown))
    .digest('base64url');
}

/**
 * The outcome. `confirmed`: what is followed now, when its first update email is due (null if it comes as soon as a
 * change is known), and the tokens of the browser, which is remembered and signed in. `changed`: more is pending than
 * the page showed, so nothing was confirmed. `void`: the link no longer works, or nothing is pending.
 */
export type Confirmation =
  | {
      kind: 'confirmed';
      followed: Pending['choices'];
      lists: Pending['lists'];
      timezone: string;
      firstDueAt: Instant | null;
      browser: string;
      session: string;
    }
  | { kind: 'changed'; pending: Pending }
  | { kind: 'void' };

/**
 * Confirms everything that the page showed, through a mailed link that works once (P1), and requests the
 * baselines from the workers. The link has shown that the mailbox is its reader's. `shown`: the result of `nameShown` for that page; empty if the form does not
 * have it.
 */
export async function confirmSubscriptions(
  context: UseCaseContext,
  link: { hash: Buffer; shown: string; consent: { wordingVersion: string; wordingHash: string } },
  now: Instant,
): Promise<Confirmation> {
  const done = await confirmInOneTransaction(context, link, now);
  if (done.kind !== 'confirmed') return done;
  const { requestId, ...confirmed } = done;
  await context.enqueue('requests', { requestId });
  return confirmed;
}

async function confirmInOneTransaction(
  { db, keys, config }: UseCaseContext,
  { hash, shown, consent }: Parameters<typeof confirmSubscriptions>[1],
  now: Instant,
) {
  return db.transaction().execute(async (tx) => {
    const owner = await findToken(tx, { hash, purpose: 'confirm', now });
    // The lock keeps others from adding anything meanwhile.
    const pending = owner !== null && (await lockSubscriber(tx, owner)) ? await listPending(tx, owner) : null;
    const isAny = pending !== null && pending.choices.length + pending.lists.length > 0;
    if (isAny && shown !== '' && shown !== nameShown(pending)) return { kind: 'changed', pending } as const;
    const used = await consumeToken(tx, { hash, purpose: 'confirm', now });
    if (!used) return { kind: 'void' } as const;
    const { subscriberId } = used;
    const confirmed = (await lockPending(tx, subscriberId)).map((one) => ({
      id: one.id,
      nextDueAt: one.frequency === 'immediate' ? null : nextDueAt({ ...one, after: now }),
      way: ways[one.addedBy],
    }));
    if (pending === null || !isAny) return { kind: 'void' } as const;
    const given = { ...consent, minAge: config.minAge };
    await activatePending(tx, subscriberId, confirmed, given, now);
    const listIds = await confirmLists(tx, subscriberId, { ...given, way: ways.reader }, now);
    const dueAts = confirmed.map((one) => one.nextDueAt);
    for (const id of listIds)
      dueAts.push(...(await syncFollowers(tx, id, [subscriberId], now, { isFirst: true })));
    await liftBounce(tx, keys, subscriberId, now);
    const address = await readAddress(tx, keys, subscriberId);
    if (address !== null) await resetAllowance(tx, keys.hashAddress(foldAddress(address)), 'confirmation');
    const browser = makeToken();
    const expiresAt = addMs(now, browserDays * dayMs);
    await addToken(tx, { hash: browser.hash, purpose: 'browser', subscriberId, createdAt: now, expiresAt });
    // The registry may be slow, so workers read the baselines.
    const requestId = await addRequest(tx, { kind: 'watch', params: keys.encrypt('{}'), now });
    const { choices: followed, lists, timezone } = pending;
    return {
      kind: 'confirmed',
      followed,
      lists,
      timezone,
      firstDueAt: firstDueAt(dueAts),
      browser: browser.token,
      session: await startSession(tx, subscriberId, now),
      requestId,
    } as const;
  });
}
