import { addMs, dayMs } from '../../core/instants.ts';
import { undoDays } from '../../core/subscriptions/lifetimes.ts';
import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../../db/connect.ts';
import {
  type LockedSubscriber,
  lockSubscriber,
  type Which,
} from '../../db/subscribers/subscription-state.ts';
import { addToken, consumeToken } from '../../db/subscribers/tokens.ts';
import { hashToken, makeToken } from '../../keys.ts';
import type { UseCaseContext } from '../context.ts';
import { changeFrequency, pauseSubscriptions, stopSubscriptions, undoStop } from './change-state.ts';

/** An act that the link of a mail permits. */
export type LinkAct = { kind: 'pause'; until: Instant } | { kind: 'weekly' } | { kind: 'stop' };

/**
 * Performs an act through a mail's derived link (E3): pauses, makes weekly or stops. A stop returns a token
 * that undoes it. Null if the link's person is gone or the link was replaced.
 */
export async function actByLink(
  { db }: Pick<UseCaseContext, 'db'>,
  link: { id: number; generation: number },
  which: Which,
  act: LinkAct,
  now: Instant,
): Promise<{ count: number; undo: string | null } | null> {
  return db.transaction().execute(async (tx) => {
    const person = await lockSubscriber(tx, link.id, link.generation);
    if (!person) return null;
    switch (act.kind) {
      case 'pause':
        return {
          count: await pauseSubscriptions(tx, person, which, act.until, { neverShorter: true }),
          undo: null,
        };
      case 'weekly': {
        const weekly = { frequency: 'weekly', weekday: null } as const;
        return { count: await changeFrequency(tx, person, which, weekly, now), undo: null };
      }
      case 'stop':
        return stopWithUndo(tx, person, which, now);
    }
  });
}

async function stopWithUndo(tx: Tx, person: LockedSubscriber, which: Which, now: Instant) {
  const count = await stopSubscriptions(tx, person, which, now);
  if (count === 0) return { count, undo: null };
  const { token, hash } = makeToken();
  const expiresAt = addMs(now, undoDays * dayMs);
  await addToken(tx, { hash, purpose: 'undo', subscriberId: person.id, createdAt: now, expiresAt });
  return { count, undo: token };
}

/** Undoes one stop by its token, once. Returns the number of restored subscriptions. */
export async function undoByToken(
  { db }: Pick<UseCaseContext, 'db'>,
  token: string,
  now: Instant,
): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const used = await consumeToken(tx, { hash: hashToken(token), purpose: 'undo', now });
    const person = used && (await lockSubscriber(tx, used.subscriberId));
    return used && person ? undoStop(tx, person, { endedAt: used.createdAt }, now) : 0;
  });
}
