import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { claimDeliveries } from '../../../src/db/delivery/claims.ts';
import { trySending } from '../../../src/jobs/delivery/send.ts';
import { runRound } from '../../../src/jobs/round.ts';
import { type MailWorld, openMailWorld } from '../../support/mail-world.ts';

let mail: MailWorld;
afterEach(() => mail.close());

const rate = 5;
const at = (domain: string, count: number) => Array.from({ length: count }, (_, n) => `reader${n}@${domain}`);

/** Mails that reached the sink for a domain, as seconds since the first. */
function arrivals(domain: string): number[] {
  const bodies = mail.sink.events.filter(({ event }) => event === 'reply').map((event) => event.at);
  return mail.sink.mails.flatMap(({ to }, n) =>
    to[0]?.endsWith(`@${domain}`) ? (bodies[n] ?? 0) / 1_000 : [],
  );
}

describe('E7: the rate to one destination domain', () => {
  it('E7: holds across two processes, for each domain apart; no try is lost by waiting', async () => {
    const people = [...at('big.example', 20), ...at('small.example', 4)];
    mail = await openMailWorld({ people });
    const { config } = mail.world.context;
    const contexts = [0, 1].map(() => mail.world.another({ config: { ...config, mailRatePerDomain: rate } }));
    const rounds = await Promise.all(contexts.map((context) => runRoundAlone(context)));
    expect(rounds.flat().filter((phase) => phase === 'sent')).toHaveLength(people.length);
    expect(mail.sink.mails).toHaveLength(people.length);
    const big = arrivals('big.example').sort((a, b) => a - b);
    // In any T seconds at most rate × (T + 1): twenty take at least three; a late one may come beside an early one.
    expect((big.at(-1) ?? 0) - (big[0] ?? 0)).toBeGreaterThan(20 / rate - 1 - 0.5);
    expect((await mail.ledger()).map(({ attempts }) => attempts)).toEqual(people.map(() => 1));
  });

  it('E7: grants no more than it says, to any number of claims at once, and puts the rest in a line', async () => {
    mail = await openMailWorld({ people: at('big.example', 24) });
    const pools = [mail.world.another(), mail.world.another(), mail.world.another()];
    const how = { holder: 'x', leaseMs: 60_000, now: mail.world.context.now(), ratePerDomain: 1 };
    const answers = await Promise.all(
      mail.ids.map((id, n) => claimDeliveries(pools[n % 3]?.db ?? mail.world.context.db, [id], how)),
    );
    const claimed = answers.flat().filter(({ claim }) => claim !== null);
    const waits = answers.flat().flatMap(({ waitMs }) => waitMs ?? []);
    // Slow as this machine may be, 24 claims at one a second are not all granted.
    expect(claimed.length + waits.length).toBe(24);
    expect(claimed.length).toBeLessThan(24);
    const { rows } = await sql<{ apart: number }>`
      select extract(epoch from paced_until - lag(paced_until) over (order by paced_until))::float as apart
      from deliveries where paced_until is not null order by paced_until offset 1`.execute(
      mail.world.context.db,
    );
    for (const { apart } of rows) expect(apart).toBeGreaterThanOrEqual(0.99);
  });

  it('E7: 0 is no limit, and a broken account of it would be seen: without tokens all are claimed', async () => {
    mail = await openMailWorld({ people: at('big.example', 24) });
    const how = { holder: 'x', leaseMs: 60_000, now: mail.world.context.now(), ratePerDomain: 0 };
    const answers = await claimDeliveries(mail.world.context.db, mail.ids, how);
    expect(answers.every(({ claim }) => claim !== null)).toBe(true);
  });

  it('E7: a round waits for the rate instead of leaving mails behind', async () => {
    mail = await openMailWorld({ people: at('big.example', 13) });
    mail.world.context.config.mailRatePerDomain = rate;
    expect((await runRound(mail.world.context, [])).result.digests).toMatchObject({ sent: 13, deferred: 0 });
  });

  it('P1: the database does not name the domain', async () => {
    mail = await openMailWorld({ people: at('telling.example', 2) });
    mail.world.context.config.mailRatePerDomain = rate;
    for (const id of mail.ids) await mail.send(id);
    expect(await mail.world.context.db.selectFrom('domain_rates').selectAll().execute()).toHaveLength(1);
    expect((await mail.world.dump()).join('\n')).not.toMatch(/telling|74656c6c696e67/);
  });
});

/** Sends everything as one of several processes, until nothing is left for it. */
async function runRoundAlone(context: Parameters<typeof trySending>[0]) {
  const phases = [];
  for (const id of mail.ids) {
    for (;;) {
      const { phase, isPaced } = await trySending(context, id);
      if (!isPaced) {
        phases.push(phase);
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
      const { rows } = await sql<{ waits: boolean }>`
        select paced_until > clock_timestamp() as waits from deliveries where id = ${id}`.execute(context.db);
      while (rows[0]?.waits) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        rows[0] = (
          await sql<{
            waits: boolean;
          }>`select paced_until > clock_timestamp() as waits from deliveries where id = ${id}`.execute(
            context.db,
          )
        ).rows[0] ?? { waits: false };
      }
    }
  }
  return phases;
}
