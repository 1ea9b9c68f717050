import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { App } from '../../src/app.ts';
import type { Sink } from './servers.ts';
import type { Stage } from './strike.ts';
import type { LedgerEntry } from './verdict.ts';

/** The ticks of the program, but every second: it is in a hurry. */
export function ringAgain({ context }: App): { stop(): Promise<void> } {
  const ending = new AbortController();
  const ringing = (async () => {
    while (!ending.signal.aborted) {
      await context.enqueue('plan', {});
      await context.enqueue('sweep', {});
      await sleep(1_000, undefined, { signal: ending.signal }).catch(() => {});
    }
  })();
  return {
    async stop() {
      ending.abort();
      await ringing;
    },
  };
}

/** Waits until all is sent. When nothing moves, half an hour passes and every lease has run out, as it would have by then. */
export async function drain(
  { app, troupe, sink }: Stage,
  options: { patienceMs: number; say?: ((line: string) => void) | undefined },
  isDone: (app: App) => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + options.patienceMs;
  let before = -1;
  // Nine tries of a refused mail are half an hour and more apart; what then stands still stands for ever.
  for (let jumps = 0; jumps < 20 && Date.now() < deadline; ) {
    if (await isDone(app)) return;
    const sent = await countSent(app, Number.MAX_SAFE_INTEGER);
    if (sent === before && (await isQuiet(sink))) {
      options.say?.(`${sent} sent; half an hour passes`);
      jumps += 1;
      troupe.jump(31 * 60_000);
      const { db } = app.context;
      await sql`update deliveries set lease_until = clock_timestamp() where lease_until is not null`.execute(
        db,
      );
      await sql`update leases set expires_at = clock_timestamp()`.execute(db);
    }
    before = sent;
    await sleep(4_000);
  }
}

async function isQuiet(sink: Sink): Promise<boolean> {
  return (await sink.report()).underWay === 0;
}

/** The digests sent to the first so many subscribers. */
export async function countSent({ context }: App, subscribers: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from deliveries
    where kind = 'digest' and phase = 'sent' and subscriber_id <= ${subscribers}`.execute(context.db);
  return rows[0]?.count ?? 0;
}

/** Whether everybody who signed up was asked for their confirmation. */
export async function isAllAnswered({ context }: App): Promise<boolean> {
  const { rows } = await sql<{ open: boolean }>`
    select exists (select from requests) or exists (
      select from deliveries where kind = 'confirmation' and phase not in ('sent', 'cancelled')) as open`.execute(
    context.db,
  );
  return rows[0]?.open === false;
}

/** What the ledger says of each digest, or of each confirmation. */
export async function readLedger(
  { context }: App,
  kind: 'digest' | 'confirmation' = 'digest',
): Promise<LedgerEntry[]> {
  type Row = Omit<LedgerEntry, 'to'> & { address: Buffer };
  const { rows } = await sql<Row>`
    select coalesce(d.address, p.address) as address, d.phase, d.was_ambiguous as "wasAmbiguous", d.message_id as "messageId",
      concat_ws(', ', d.attempts || ' tries', d.reply) as story
    from deliveries d left join subscribers p on p.id = d.subscriber_id where d.kind = ${kind}`.execute(
    context.db,
  );
  return rows.map(({ address, ...row }) => ({ ...row, to: context.keys.decrypt(address) }));
}
