import type { Facet } from '../../core/change.ts';
import type { Frequency } from '../../core/schedule.ts';
import type { Instant } from '../../core/trial.ts';
import {
  changeDetails,
  type Details,
  setFacets,
  setListNames,
} from '../../db/subscribers/subscription-settings.ts';
import type { Which } from '../../db/subscribers/subscription-state.ts';
import { lockSubscriber } from '../../db/subscribers/subscription-state.ts';
import type { UseCaseContext } from '../context.ts';
import {
  changeFrequency,
  pauseSubscriptions,
  resumeSubscriptions,
  stopSubscriptions,
  undoStop,
} from './change-state.ts';

type Context = Pick<UseCaseContext, 'db'>;

/** A person's act on their own subscriptions. A pause without an end lasts until they resume. */
export type OwnAct = { kind: 'pause'; until: Instant | null } | { kind: 'resume' | 'stop' | 'undo' };

/**
 * Pauses, resumes or stops some or all of a person's own subscriptions, or undoes a stop. Returns the number
 * changed.
 */
export async function changeOwnState(
  { db }: Context,
  subscriberId: number,
  which: Which,
  act: OwnAct,
  now: Instant,
): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const person = await lockSubscriber(tx, subscriberId);
    if (!person) return 0;
    switch (act.kind) {
      case 'pause':
        return pauseSubscriptions(tx, person, which, act.until);
      case 'resume':
        return resumeSubscriptions(tx, person, which, now);
      case 'stop':
        return stopSubscriptions(tx, person, which, now);
      case 'undo':
        return undoStop(tx, person, which, now);
    }
  });
}

/**
 * Changes the settings of one subscription. A null `cadence` leaves it unchanged. Returns false if the
 * subscription does not exist.
 */
export async function changeOwnSubscription(
  { db }: Context,
  subscriberId: number,
  change: { id: number; details: Details; cadence: { frequency: Frequency; weekday: number } | null },
  now: Instant,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const person = await lockSubscriber(tx, subscriberId);
    if (!person || !(await changeDetails(tx, person, change.id, change.details))) return false;
    if (change.cadence) await changeFrequency(tx, person, [change.id], change.cadence, now);
    return true;
  });
}

/** A setting that some of a person's own subscriptions get at once. */
export type BulkSetting =
  | { kind: 'often'; ids: readonly number[]; frequency: Frequency }
  | { kind: 'told'; chosen: readonly { id: number; facets: readonly Facet[] }[] }
  /** A list's name, encrypted for each; null takes a subscription out of its list. */
  | { kind: 'list'; named: readonly { id: number; listName: Buffer | null }[] };

/** Changes a setting of some of a person's own subscriptions. Returns the number changed. */
export async function changeOwnMany(
  { db }: Context,
  subscriberId: number,
  setting: BulkSetting,
  now: Instant,
): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const person = await lockSubscriber(tx, subscriberId);
    if (!person) return 0;
    switch (setting.kind) {
      case 'often': {
        const wanted = { frequency: setting.frequency, weekday: null };
        return changeFrequency(tx, person, setting.ids, wanted, now);
      }
      case 'told':
        return setFacets(tx, person, setting.chosen);
      case 'list':
        return setListNames(tx, person, setting.named);
    }
  });
}
