import { createHash } from 'node:crypto';
import { z } from 'zod';
import { facets as allFacets, type Facet } from '../../core/change.ts';
import type { ResolvedCondition } from '../../core/matching/understood.ts';
import type { Frequency } from '../../core/schedule.ts';
import { defaultFacets, defaultFrequency } from '../../core/subscriptions/follow-defaults.ts';
import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../../db/connect.ts';
import { readRegistryState } from '../../db/ingest/runs.ts';
import { findOrAddSubscriber, findSuppression } from '../../db/subscribers/subscribers.ts';
import { hasToken } from '../../db/subscribers/tokens.ts';
import { TrialbellError } from '../../errors.ts';
import type { Context } from '../context.ts';
import { readDataVersion } from '../ingest/data-version.ts';
import { asOnlyReader } from '../ingest/run-reading.ts';
import { watchNewSubscriptions } from '../ingest/watch-subscriptions.ts';
import { type AddedSubscription, addSubscriptions, type Consent } from './add-subscriptions.ts';
import { requestConfirmation } from './request-confirmation.ts';
import { resolveInputOrThrow } from './resolve-input.ts';

/** What somebody asked to follow, as typed. */
export type SubscribeWish = {
  email: string;
  trials: string[];
  conditions: string[];
  frequency: Frequency | null;
  hour: number | null;
  timezone: string | null;
  facets: Facet[] | null;
  /** Of the mails to a person not known before; null: the default. */
  language?: string | null;
  /** How and when the person agreed, for a subscription added by hand; null sends the usual confirmation mail. */
  consent: string | null;
};

export type Subscribed = AddedSubscription & {
  /** False while its baseline is not stored: nothing is told before. */
  watching: boolean;
};

/**
 * What came of it: `asked` by a new mail, `waits` for the link of an earlier one, `unasked` when no mail goes out and no
 * link of an earlier one works either, `known` when all of it was confirmed before.
 */
export type AddedOnBehalf = {
  subscriberId: number;
  subscriptionIds: number[];
  outcome: 'asked' | 'waits' | 'unasked' | 'known';
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
  const understood: ResolvedCondition[] = [];
  for (const text of wish.trials) understood.push(await resolveInputOrThrow(context, text, 'trial'));
  for (const text of wish.conditions) understood.push(await resolveInputOrThrow(context, text, 'condition'));
  for (const one of understood) {
    if (one.weeklyOnly && wish.frequency !== null && wish.frequency !== 'weekly') {
      throw new TrialbellError(
        `"${one.words}" covers thousands of trials. Follow it weekly (--frequency weekly), or name a narrower condition.`,
      );
    }
  }
  const now = context.now();
  const { added } = await context.db
    .transaction()
    .execute((tx) => writeSubscriptions(context, tx, wish, understood, { always: true, now }));
  if (added.some((subscription) => subscription.state === 'active')) await watchAtOnce(context);
  const watching = await listWatching(
    context,
    added.map((subscription) => subscription.subscriptionId),
  );
  return added.map((subscription) => ({
    ...subscription,
    watching: watching.has(subscription.subscriptionId),
  }));
}

/**
 * Adds subscriptions for somebody who is asked to confirm them, in the caller's transaction, within the allowance of
 * confirmation mails (P3). Null, with nothing written, when mail to the address was stopped for good.
 */
export async function addOnBehalf(
  context: Context,
  tx: Tx,
  wish: Pick<SubscribeWish, 'email' | 'frequency' | 'language'> &
    Partial<Pick<SubscribeWish, 'hour' | 'timezone'>>,
  understood: readonly ResolvedCondition[],
): Promise<AddedOnBehalf | null> {
  if (await findSuppression(tx, context.keys, wish.email)) return null;
  const whole = {
    ...wish,
    trials: [],
    conditions: [],
    hour: wish.hour ?? null,
    timezone: wish.timezone ?? null,
    facets: null,
    consent: null,
  };
  const how = { always: false, now: context.now() };
  const { subscriberId, added, waits, isAsked } = await writeSubscriptions(
    context,
    tx,
    whole,
    understood,
    how,
  );
  const subscriptionIds = added.map((one) => one.subscriptionId);
  const outcome = isAsked
    ? 'asked'
    : !waits
      ? 'known'
      : (await hasToken(tx, { subscriberId, purpose: 'confirm', now: how.now }))
        ? 'waits'
        : 'unasked';
  return { subscriberId, subscriptionIds, outcome };
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
  understood: readonly ResolvedCondition[],
  { always, now }: { always: boolean; now: Instant },
) {
  const person = await findOrAddSubscriber(tx, context.keys, {
    email: wish.email,
    language: wish.language ?? context.config.defaultLanguage,
    timezone: wish.timezone ?? context.config.defaultTimezone,
    hour: wish.hour ?? 9,
    now,
  });
  const choices = understood.map((one) => ({
    understood: one,
    filters: {},
    facets: wish.facets ?? [...defaultFacets[one.kind]],
    frequency: wish.frequency ?? defaultFrequency[one.kind],
    note: null,
  }));
  const consent = wish.consent === null ? null : consentByHand(context, wish.consent);
  const added = await addSubscriptions(tx, person, choices, {
    consent,
    anyFilters: true,
    addedBy: 'admin',
    now,
  });
  const waits = added.some((subscription) => subscription.state === 'pending');
  const isAsked =
    waits &&
    (await requestConfirmation(context, tx, { id: person.id, email: wish.email }, now, {
      always,
      byStaff: true,
    }));
  return { subscriberId: person.id, added, waits, isAsked };
}

function consentByHand(context: Context, way: string): Consent {
  const wordingHash = createHash('sha256').update(way).digest('hex');
  return { wordingVersion: 'by-hand', wordingHash, way, minAge: context.config.minAge };
}

/** Reads the baselines now; when the registry is away, the next round does it. False when another process reads just now. */
export async function watchAtOnce(context: Context): Promise<boolean> {
  let isFree = true;
  for (const registry of context.registries.values()) {
    try {
      const done = await asOnlyReader(context, registry, async (lease) => {
        const data = await readDataVersion(context, registry);
        const { watermarkOn } = await readRegistryState(context.db, registry.id);
        await watchNewSubscriptions(context, registry, lease, data, watermarkOn);
        return true;
      });
      if (done === null) isFree = false;
    } catch (error) {
      if (!(error instanceof TrialbellError)) throw error;
      context.log.warn({ registry: registry.id, reason: error.message }, 'not yet watching');
    }
  }
  return isFree;
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
