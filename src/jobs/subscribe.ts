import { createHash } from 'node:crypto';
import { z } from 'zod';
import { facets as allFacets, type Facet } from '../core/change.ts';
import type { Understood } from '../core/matching/understood.ts';
import { type Frequency, nextDueAt } from '../core/schedule.ts';
import type { Instant } from '../core/trial.ts';
import type { Tx } from '../db/connect.ts';
import { planDelivery } from '../db/deliveries.ts';
import { readRegistryState } from '../db/runs.ts';
import { findOrAddSubscriber, findSuppression } from '../db/subscribers.ts';
import { activateSubscription, addConsent, addSubscription, findSubscription } from '../db/subscriptions.ts';
import { addToken } from '../db/tokens.ts';
import { TrialbellError } from '../errors.ts';
import { makeToken } from '../keys.ts';
import { type Context, plusMs } from './context.ts';
import { watchNewSubscriptions } from './follow.ts';
import { asOnlyReader } from './read-registry.ts';
import { understand } from './resolve.ts';

/** What somebody asked to follow, as typed. */
export type SubscribeWish = {
  email: string;
  trials: string[];
  conditions: string[];
  frequency: Frequency | null;
  hour: number | null;
  timezone: string | null;
  facets: Facet[] | null;
  /** How and when the person agreed, for a subscription added by hand; null sends the usual confirmation mail. */
  consent: string | null;
};

export type Subscribed = {
  subscriptionId: number;
  kind: 'trial' | 'condition';
  words: string;
  understoodAs: string;
  state: 'pending' | 'active' | 'paused';
  isNew: boolean;
  /** False while its baseline is not stored: nothing is told before. */
  watching: boolean;
};

const confirmWithinMs = 7 * 24 * 3_600_000;

const defaultFacets: Record<'trial' | 'condition', Facet[]> = {
  trial: ['status', 'sites', 'dates', 'results', 'expanded-access', 'registration'],
  condition: ['registration', 'status', 'results', 'expanded-access'],
};

/**
 * Adds subscriptions for one person in one transaction, all or none, then stores their baselines. Throws a TrialbellError
 * with suggestions for what cannot be understood, before anything is written.
 */
export async function subscribe(context: Context, wish: SubscribeWish): Promise<Subscribed[]> {
  checkWish(wish);
  if (await findSuppression(context.db, context.keys, wish.email)) {
    throw new TrialbellError('Mail to this address was stopped for good. Only its owner can lift that.');
  }
  const understood: Understood[] = [];
  for (const text of wish.trials) understood.push(await understand(context, text, 'trial'));
  for (const text of wish.conditions) understood.push(await understand(context, text, 'condition'));
  for (const one of understood) {
    if (one.weeklyOnly && wish.frequency !== null && wish.frequency !== 'weekly') {
      throw new TrialbellError(
        `"${one.words}" covers thousands of trials. Follow it weekly (--frequency weekly), or name a narrower condition.`,
      );
    }
  }
  const now = context.now();
  const added = await context.db
    .transaction()
    .execute((tx) => writeSubscriptions(context, tx, wish, understood, now));
  await watchAtOnce(
    context,
    added.filter((subscription) => subscription.state === 'active'),
  );
  const watching = await listWatching(
    context,
    added.map((subscription) => subscription.subscriptionId),
  );
  return added.map((subscription) => ({
    ...subscription,
    watching: watching.has(subscription.subscriptionId),
  }));
}

function checkWish(wish: SubscribeWish): void {
  const usage = (message: string) => new TrialbellError(message, { exitCode: 2 });
  if (!z.email().safeParse(wish.email.trim()).success) throw usage(`"${wish.email}" is no e-mail address.`);
  if (wish.trials.length + wish.conditions.length === 0) {
    throw usage('Say what to follow: --trial NCT01234567 or --condition "asthma".');
  }
  for (const facet of wish.facets ?? []) {
    if (!allFacets.includes(facet))
      throw usage(`There is no kind of change "${facet}". Choose from: ${allFacets.join(', ')}.`);
  }
}

async function writeSubscriptions(
  context: Context,
  tx: Tx,
  wish: SubscribeWish,
  understood: Understood[],
  now: Instant,
) {
  const person = await findOrAddSubscriber(tx, context.keys, {
    email: wish.email,
    language: context.config.defaultLanguage,
    timezone: wish.timezone ?? context.config.defaultTimezone,
    hour: wish.hour ?? 9,
    now,
  });
  const added: Omit<Subscribed, 'watching'>[] = [];
  for (const one of understood) {
    const known = await findSubscription(tx, person.id, one.topics);
    const subscriptionId = known?.id ?? (await addSubscription(tx, newSubscription(wish, one, person, now)));
    if (known?.state === 'pending' && wish.consent !== null)
      await activateSubscription(tx, known.id, person.id, now);
    if (wish.consent !== null && known?.state !== 'active')
      await agreeByHand(context, tx, subscriptionId, wish.consent, now);
    added.push({
      subscriptionId,
      kind: one.kind,
      words: one.words,
      understoodAs: one.said,
      state: stateOf(known?.state ?? 'pending', wish),
      isNew: known === null,
    });
  }
  if (added.some((subscription) => subscription.state === 'pending'))
    await askToConfirm(context, tx, person.id, now);
  return added;
}

/** Consent given by hand confirms what was pending; it never wakes what its reader paused. */
function stateOf(was: Subscribed['state'], wish: SubscribeWish): Subscribed['state'] {
  return was === 'pending' && wish.consent !== null ? 'active' : was;
}

function newSubscription(
  wish: SubscribeWish,
  one: Understood,
  person: { id: number; timezone: string; hour: number },
  now: Instant,
) {
  const frequency = wish.frequency ?? (one.kind === 'trial' ? 'daily' : 'weekly');
  const { timezone, hour } = person;
  return {
    ...one,
    subscriberId: person.id,
    state: wish.consent === null ? ('pending' as const) : ('active' as const),
    filters: {},
    facets: wish.facets ?? defaultFacets[one.kind],
    frequency,
    nextDueAt:
      frequency === 'immediate' ? null : nextDueAt({ frequency, weekday: 1, hour, timezone, after: now }),
    now,
  };
}

async function agreeByHand(
  context: Context,
  tx: Tx,
  subscriptionId: number,
  way: string,
  now: Instant,
): Promise<void> {
  await addConsent(tx, {
    subscriptionId,
    wordingVersion: 'by-hand',
    wordingHash: createHash('sha256').update(way).digest('hex'),
    way,
    minAge: context.config.minAge,
    givenAt: now,
  });
}

/** Promises the confirmation mail. Its token is random; the row keeps it encrypted until the mail is sent. */
async function askToConfirm(context: Context, tx: Tx, subscriberId: number, now: Instant): Promise<void> {
  const { token, hash } = makeToken();
  await addToken(tx, {
    hash,
    purpose: 'confirm',
    subscriberId,
    createdAt: now,
    expiresAt: plusMs(now, confirmWithinMs),
  });
  const params = context.keys.encrypt(JSON.stringify({ token }));
  await planDelivery(tx, { kind: 'confirmation', subscriberId, address: null, params, now });
}

/** Reads the baselines now; when the registry is away or read by another process, the next round does it. */
async function watchAtOnce(context: Context, added: { kind: string }[]): Promise<void> {
  if (added.length === 0) return;
  for (const registry of context.registries.values()) {
    try {
      await asOnlyReader(context, registry, async (lease) => {
        const data = await registry.dataVersion();
        const { watermarkOn } = await readRegistryState(context.db, registry.id);
        return watchNewSubscriptions(context, registry, lease, data, watermarkOn);
      });
    } catch (error) {
      if (!(error instanceof TrialbellError)) throw error;
      context.log.warn({ registry: registry.id, reason: error.message }, 'not yet watching');
    }
  }
}

async function listWatching(context: Context, ids: number[]): Promise<Set<number>> {
  const rows = await context.db
    .selectFrom('subscriptions')
    .select('id')
    .where('id', 'in', ids)
    .where('position', 'is not', null)
    .execute();
  return new Set(rows.map((row) => row.id));
}
