import { sql } from 'kysely';
import type { App } from '../../src/app.ts';
import type { SmtpSink } from './smtp-sink.ts';

/**
 * `broken` names the broken promises in sentences; `reached` is the number of rounds that reached their crash point.
 */
export type Crashed = { broken: string[]; reached: number; ambiguous: number; doubled: number };

/** The state that a round leaves in the store, with positions. It must not depend on crashes. */
export type Facts = { changes: string; versions: number; runs: number };

/** Reads that state. */
export async function readFacts({ context }: App): Promise<Facts> {
  const { rows } = await sql<Facts>`
    select (select string_agg(concat_ws(' ', t.registry_id, c.version, c.kind, c.state, c.position), ', ' order by c.id)
        from changes c join trials t on t.id = c.trial_id) as changes,
      (select count(*) from trial_versions) as versions,
      (select count(*) from runs where kind = 'poll' and outcome = 'completed') as runs`.execute(context.db);
  if (!rows[0]) throw new Error('no facts');
  return { ...rows[0], runs: Math.min(rows[0].runs, 1) };
}

type Seen = Omit<Crashed, 'reached'>;

/**
 * Violations of R1: each reader gets one digest; a second copy may exist only of a mail in flight, and is identical.
 */
export async function inspect(
  { context }: App,
  sink: SmtpSink,
  { people, goneAhead }: { people: string[]; goneAhead: Set<string> },
): Promise<Seen> {
  type Row = { address: Buffer; phase: string; was_ambiguous: boolean; message_id: string | null };
  const { rows } = await sql<Row>`
    select p.address, d.phase, d.was_ambiguous, d.message_id
    from deliveries d join subscribers p on p.id = d.subscriber_id`.execute(context.db);
  const ledger = Map.groupBy(rows, (row) => context.keys.decrypt(row.address));
  const broken: string[] = [];
  let ambiguous = 0;
  let doubled = 0;
  for (const to of people) {
    const deliveries = ledger.get(to) ?? [];
    const copies = sink.mails.filter((mail) => mail.to.join() === to);
    const [delivery] = deliveries;
    if (delivery?.was_ambiguous) ambiguous += 1;
    if (copies.length > 1) doubled += 1;
    if (deliveries.length !== 1) broken.push(`${to} was promised ${deliveries.length} mails`);
    if (delivery?.phase !== 'sent') broken.push(`${to}: ${delivery?.phase}`);
    if (copies.length === 0) broken.push(`${to} got nothing`);
    if (delivery?.was_ambiguous && !goneAhead.has(to)) broken.push(`${to}: in doubt without a message begun`);
    if (copies.length > 1 && !delivery?.was_ambiguous)
      broken.push(`${to} got ${copies.length} without a doubt`);
    if (copies.length > 2) broken.push(`${to} got ${copies.length}`);
    if (copies.some(({ messageId }) => messageId !== delivery?.message_id))
      broken.push(`${to}: another Message-ID`);
    if (new Set(copies.map(({ message }) => message.toString('latin1'))).size > 1)
      broken.push(`${to}: copies differ`);
  }
  return { broken, ambiguous, doubled };
}
