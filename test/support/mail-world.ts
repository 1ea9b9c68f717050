import { sql } from 'kysely';
import type { Phase } from '../../src/db/schema.ts';
import type { Context } from '../../src/jobs/context.ts';
import { sendDelivery } from '../../src/jobs/delivery/send.ts';
import { planDigests } from '../../src/jobs/digests/plan.ts';
import { type SmtpSink, startSmtpSink } from './smtp-sink.ts';
import { study } from './study.ts';
import { openWorld, type Wish, type World } from './world.ts';

/** A delivery in the ledger. */
export type LedgerRow = {
  id: number;
  kind: string;
  phase: Phase;
  fence: number;
  attempts: number;
  due_at: string;
  message_id: string | null;
  reply: string | null;
  was_ambiguous: boolean;
};

/** A world with a real mail server that fails on demand, and with digests that are planned but not sent. */
export type MailWorld = {
  world: World;
  sink: SmtpSink;
  /** The digests' deliveries. */
  ids: number[];
  send(id?: number, context?: Context, signal?: AbortSignal): Promise<Phase | null>;
  ledger(): Promise<LedgerRow[]>;
  row(id?: number): Promise<LedgerRow>;
  /** Ends subscriptions like an unsubscribe: those of a kind, or all. */
  end(kind?: 'trial' | 'condition'): Promise<void>;
  /** Moves the clock on by some minutes. */
  wait(minutes: number): void;
  close(): Promise<void>;
};

/** When the digests are planned, in milliseconds since 1970. */
const startMs = Date.parse('2026-11-04T09:00:00Z');
const patience = { connectMs: 5_000, greetingMs: 500, commandMs: 500, replyMs: 500 };

/** Opens a mail world: `people` follow NCT09900001, which is then suspended, so that each is owed a digest. */
export async function openMailWorld(
  options: { people?: string[]; wish?: Wish; extensions?: string[]; databaseUrl?: string } = {},
): Promise<MailWorld> {
  const sink = await startSmtpSink(options.extensions ? { extensions: options.extensions } : {});
  const days = [{ timestamp: '2026-11-02T09:00:04', studies: [study('NCT09900001')] }];
  const { databaseUrl } = options;
  const world = await openWorld({
    ...{ days, config: { smtpUrl: sink.url, mailRatePerDomain: 0 } },
    ...(databaseUrl ? { databaseUrl } : {}),
  });
  world.context.smtpTimeouts = patience;
  for (const email of options.people ?? ['ann@example.net']) {
    await world.subscribe(email, options.wish ?? { trials: ['NCT09900001'] });
  }
  world.refresh('2026-11-03T09:00:04', [
    study('NCT09900001', { status: 'SUSPENDED', whyStopped: 'Drug supply', updatedOn: '2026-11-03' }),
  ]);
  world.setNow('2026-11-03T12:00:00Z');
  await world.poll();
  let nowMs = startMs;
  world.setNow(new Date(nowMs).toISOString());
  const { deliveryIds: ids } = await planDigests(world.context);
  const { db } = world.context;
  const ledger = async () => {
    const { rows } = await sql<LedgerRow>`
      select id, kind, phase, fence, attempts, due_at, message_id, reply, was_ambiguous
      from deliveries order by id`.execute(db);
    return rows;
  };
  const first = ids[0] ?? -1;
  return {
    world,
    sink,
    ids,
    send: (id = first, context = world.context, signal) => sendDelivery(context, id, signal),
    ledger,
    async row(id = first) {
      const row = (await ledger()).find((one) => one.id === id);
      if (!row) throw new Error(`no delivery ${id}`);
      return row;
    },
    async end(kind) {
      await sql`update subscriptions set state = 'ended', ended_at = now()
        where ${kind ?? null}::text is null or kind = ${kind ?? null}`.execute(db);
    },
    wait(minutes) {
      nowMs += minutes * 60_000;
      world.setNow(new Date(nowMs).toISOString());
    },
    async close() {
      await sink.close();
      await world.close();
    },
  };
}
