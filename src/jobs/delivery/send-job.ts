import type { Db } from '../../db/connect.ts';
import { listDueBetween } from '../../db/delivery/deliveries.ts';
import { limitAtOnce } from '../../event-loop.ts';
import type { Context } from '../context.ts';
import { sendDelivery } from './send.ts';

/** How long to wait for a mail server's answer while this process stops, in milliseconds (R7). */
const answerWithinMs = 20_000;

/**
 * Deliveries in work in one process. More than the connections to the mail server: while some are sent, others are
 * claimed, composed or recorded.
 */
export const deliveriesAtOnce = 48;
const limits = new WeakMap<Db, ReturnType<typeof limitAtOnce>>();

function limitOf(db: Db) {
  const known = limits.get(db) ?? limitAtOnce(deliveriesAtOnce);
  limits.set(db, known);
  return known;
}

/**
 * Does a job of the queue `send`: sends one delivery, or those that are due from it to another. When the worker closes,
 * none is begun anymore. Throws the first failure, after the others have ended.
 */
export async function sendJob(
  context: Context,
  { deliveryId, through }: { deliveryId: number; through?: number | undefined },
  signal: AbortSignal,
): Promise<void> {
  const { db, now } = context;
  const inTurn = limitOf(db);
  const ids = through === undefined ? [deliveryId] : await listDueBetween(db, deliveryId, through, now());
  const ends = await Promise.allSettled(
    ids.map((id) =>
      inTurn(async () => {
        signal.throwIfAborted();
        const { late, done } = laterThan(signal, answerWithinMs);
        await sendDelivery(context, id, late).finally(done);
      }),
    ),
  );
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
}

/** Returns a signal that aborts `ms` milliseconds after another one. */
function laterThan(signal: AbortSignal, ms: number): { late: AbortSignal; done: () => void } {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const follow = () => {
    timer = setTimeout(() => controller.abort(), ms);
  };
  signal.addEventListener('abort', follow);
  const done = () => {
    signal.removeEventListener('abort', follow);
    clearTimeout(timer);
  };
  return { late: controller.signal, done };
}
