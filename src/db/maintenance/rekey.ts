import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { TrialbellError } from '../../errors.ts';
import type { Keys } from '../../keys.ts';
import { formerKeysSetting, sealFormer, unsealFormer } from '../subscribers/former-keys.ts';
import { databaseName, isUsedByOthers, withSession } from './session.ts';

/** Rows per statement; it keeps memory use constant. */
const batchSize = 1_000;
/** Every worker process takes the leases of two frequent ticks, which last at most this long. */
const tickLastsMs = 30_000;

/** The numbers of re-encrypted rows. */
export type Rekeyed = { subscribers: number; mails: number };

/**
 * Encrypts and hashes every address with another key, in one transaction: killed at any point, everything is
 * either under the old key or under the new one. Calls `beforeWriting` when no foreseeable failure is left.
 * Throws a TrialbellError, and changes nothing, while other processes use the database: they would continue with
 * the old key.
 */
export async function rekeyDatabase(
  databaseUrl: string,
  from: Keys,
  to: Keys,
  beforeWriting: () => void = () => {},
): Promise<Rekeyed> {
  return withSession(databaseUrl, 'rekey', async (client) => {
    await waitUntilAlone(client, databaseName(databaseUrl));
    await client.query('begin');
    await client.query(
      'lock table settings, subscribers, subscriptions, deliveries, requests, tokens, bulk_parts, suppressions, webhooks, leases in exclusive mode',
    );
    await checkFingerprint(client, from, to);
    await refuseOthers(client, databaseName(databaseUrl));
    beforeWriting();
    const subscribers = await rekeySubscribers(client, from, to);
    const mails = await rekeyDeliveries(client, from, to);
    await rekeySubscriptions(client, from, to);
    for (const table of ['requests', 'tokens'] as const) await rekeyParams(client, table, from, to);
    await rekeyWebhooks(client, from, to);
    await rekeyBulks(client, from, to);
    await client.query('delete from domain_rates');
    await rememberFormer(client, from, to);
    await client.query(`update settings set value = $1 where name = 'key-fingerprint'`, [to.fingerprint]);
    await client.query('commit');
    return { subscribers, mails };
  });
}

async function refuseOthers(client: Client, database: string): Promise<void> {
  if (!(await isUsedByOthers(client, database))) return;
  throw new TrialbellError(
    'Other processes of Trialbell use the database. Stop them all, then change the key.',
  );
}

/** A process on Redis may have no connection between two ticks, but it takes its tick again. */
async function waitUntilAlone(client: Client, database: string): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += 1_000) {
    await refuseOthers(client, database);
    const { rowCount } = await client.query(
      `select from leases where name in ('tick:plan', 'tick:sweep') and expires_at > clock_timestamp()`,
    );
    if (rowCount === 0) return;
    if (waitedMs > 2 * tickLastsMs) {
      throw new TrialbellError('A worker of Trialbell is running. Stop every process, then change the key.');
    }
    await sleep(1_000);
  }
}

async function checkFingerprint(client: Client, from: Keys, to: Keys): Promise<void> {
  const { rows } = await client.query<{ value: string }>(
    `select value from settings where name = 'key-fingerprint'`,
  );
  const has = rows[0]?.value;
  if (has === from.fingerprint) return;
  if (has === undefined)
    throw new TrialbellError('This database holds nothing yet: there is no key to change.');
  throw new TrialbellError(
    has === to.fingerprint
      ? 'The database has this new key already: set SECRET_KEY to it, and remove NEW_SECRET_KEY.'
      : 'This database was made with another SECRET_KEY. Set the key it was made with; only then can the key be changed.',
  );
}

/** Rows in batches, by id. */
async function* batches<T extends { id: string }>(client: Client, select: string): AsyncGenerator<T[]> {
  for (let after = '0'; ; ) {
    const { rows } = await client.query<T>(`${select} and id > $1 order by id limit ${batchSize}`, [after]);
    const last = rows.at(-1);
    if (!last) return;
    yield rows;
    after = last.id;
  }
}

async function rekeySubscribers(client: Client, from: Keys, to: Keys): Promise<number> {
  type Row = { id: string; address: Buffer; address_hash: Buffer };
  let count = 0;
  for await (const rows of batches<Row>(
    client,
    'select id, address, address_hash from subscribers where true',
  )) {
    const plain = rows.map(({ id, address }) => readSealed(from, address, `subscriber ${id}`));
    const hashes = plain.map((address) => to.hashAddress(address));
    await client.query(
      `update subscribers p set address = u.address, address_hash = u.hash, domain_hash = u.domain
       from unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::bytea[]) as u (id, address, hash, domain)
       where p.id = u.id`,
      [
        rows.map(({ id }) => id),
        plain.map((address) => to.encrypt(address)),
        hashes,
        plain.map((address) => to.hashDomain(address)),
      ],
    );
    // A suppressed address without a subscriber keeps its old hash: the former key's part still finds it.
    await client.query(
      `update suppressions s set address_hash = u.new from unnest($1::bytea[], $2::bytea[]) as u (old, new)
       where s.address_hash = u.old`,
      [rows.map((row) => row.address_hash), hashes],
    );
    count += rows.length;
  }
  return count;
}

async function rekeyDeliveries(client: Client, from: Keys, to: Keys): Promise<number> {
  type Row = { id: string; address: Buffer | null; params: Buffer | null };
  const select =
    'select id, address, params from deliveries where (address is not null or params is not null)';
  let count = 0;
  for await (const rows of batches<Row>(client, select)) {
    const again = (id: string, sealed: Buffer | null) =>
      sealed && to.encrypt(readSealed(from, sealed, `mail ${id}`));
    await client.query(
      `update deliveries d set address = u.address, params = u.params
       from unnest($1::bigint[], $2::bytea[], $3::bytea[]) as u (id, address, params) where d.id = u.id`,
      [
        rows.map(({ id }) => id),
        rows.map(({ id, address }) => again(id, address)),
        rows.map(({ id, params }) => again(id, params)),
      ],
    );
    count += rows.length;
  }
  return count;
}

/** Notes and list names (P12). */
async function rekeySubscriptions(client: Client, from: Keys, to: Keys): Promise<void> {
  type Row = { id: string; note: Buffer | null; list_name: Buffer | null };
  const select =
    'select id, note, list_name from subscriptions where (note is not null or list_name is not null)';
  for await (const rows of batches<Row>(client, select)) {
    const again = (id: string, sealed: Buffer | null) =>
      sealed && to.encrypt(readSealed(from, sealed, `subscription ${id}`));
    await client.query(
      `update subscriptions s set note = u.note, list_name = u.list_name
       from unnest($1::bigint[], $2::bytea[], $3::bytea[]) as u (id, note, list_name) where s.id = u.id`,
      [
        rows.map(({ id }) => id),
        rows.map(({ id, note }) => again(id, note)),
        rows.map(({ id, list_name }) => again(id, list_name)),
      ],
    );
  }
}

/** Waiting requests from pages, and address changes: few at any time. */
async function rekeyParams(
  client: Client,
  table: 'requests' | 'tokens',
  from: Keys,
  to: Keys,
): Promise<void> {
  const key = table === 'tokens' ? 'hash' : 'id';
  const { rows } = await client.query<{ key: unknown; params: Buffer }>(
    `select ${key} as key, params from ${table} where params is not null`,
  );
  for (const { key: value, params } of rows) {
    const again = to.encrypt(readSealed(from, params, `one of the ${table}`));
    await client.query(`update ${table} set params = $2 where ${key} = $1`, [value, again]);
  }
}

/** Lists for bulk work. */
async function rekeyBulks(client: Client, from: Keys, to: Keys): Promise<void> {
  type Row = { id: string; sealed: Buffer };
  for await (const rows of batches<Row>(client, 'select id, sealed from bulk_parts where true'))
    await client.query(
      `update bulk_parts p set sealed = u.sealed from unnest($1::bigint[], $2::bytea[]) as u (id, sealed) where p.id = u.id`,
      [
        rows.map(({ id }) => id),
        rows.map(({ id, sealed }) => to.encrypt(readSealed(from, sealed, `part ${id} of a list`))),
      ],
    );
}

/** URLs and secrets of webhooks, which are few. */
async function rekeyWebhooks(client: Client, from: Keys, to: Keys): Promise<void> {
  type Row = { id: string; url: Buffer; secret: Buffer; old_secret: Buffer | null };
  const { rows } = await client.query<Row>('select id, url, secret, old_secret from webhooks');
  for (const { id, ...sealed } of rows) {
    const again = (value: Buffer | null) => value && to.encrypt(readSealed(from, value, `webhook ${id}`));
    await client.query('update webhooks set url = $2, secret = $3, old_secret = $4 where id = $1', [
      id,
      again(sealed.url),
      again(sealed.secret),
      again(sealed.old_secret),
    ]);
  }
}

function readSealed(keys: Keys, sealed: Buffer, whose: string): string {
  try {
    return keys.decrypt(sealed);
  } catch (cause) {
    throw new TrialbellError(
      `The stored data of ${whose} cannot be read with the old key. Nothing was changed.`,
      {
        cause,
      },
    );
  }
}

async function rememberFormer(client: Client, from: Keys, to: Keys): Promise<void> {
  const { rows } = await client.query<{ value: string }>('select value from settings where name = $1', [
    formerKeysSetting,
  ]);
  const older = rows[0] ? unsealFormer(rows[0].value, from) : [];
  await client.query(
    `insert into settings (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value`,
    [formerKeysSetting, sealFormer([from.exportFormer(), ...older], to)],
  );
}
