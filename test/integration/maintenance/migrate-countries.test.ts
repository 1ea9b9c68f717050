import { afterEach, describe, expect, it } from 'vitest';
import { findCity, listCountries } from '../../../src/db/catalog/places.ts';
import { connect } from '../../../src/db/connect.ts';
import { migrateDatabase } from '../../../src/db/maintenance/migrate.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { withClient } from '../../support/servers.ts';

let database: TestDatabase | null = null;
afterEach(async () => {
  await database?.drop();
  database = null;
});

const subscription = (filters: object, facets = '{}') =>
  `insert into subscriptions (subscriber_id, state, kind, words, topics, facets, filters, frequency, created_at)
     values (1, 'active', 'condition', 'asthma', '{}', '${facets}', '${JSON.stringify(filters)}', 'weekly', now())`;
const place = (country: string, city: string, state = '') =>
  `insert into places (country, city, state, folded, lat, lon)
     values ('${country}', '${city}', '${state}', '${city.toLowerCase()}', 37.5, 127)`;

describe('the facet of countries', () => {
  it('X5: who followed status and sites follows it too, after sites; everybody else keeps what they chose', async () => {
    database = await createTestDatabase({ empty: true });
    await migrateDatabase(database.url, '008-trial-numbers');
    const chosen = ['{status,sites,dates}', '{status,dates}', '{sites,results,status}', '{registration}'];
    await withClient(database.url, async (client) => {
      await client.query(`insert into subscribers (address, address_hash, language, timezone, hour, created_at)
        values ('a', 'h', 'en', 'UTC', 9, now())`);
      for (const facets of chosen) await client.query(subscription({}, facets));
    });
    await migrateDatabase(database.url);
    await withClient(database.url, async (client) => {
      const { rows } = await client.query('select facets from subscriptions order by id');
      expect(rows.map((row) => row.facets.join())).toEqual([
        'status,sites,countries,dates',
        'status,dates',
        'sites,countries,results,status',
        'registration',
      ]);
    });
  });
});

describe('countries by meaning', () => {
  it('R11: filters and cities of an older database keep their country as its code, nothing else of them changes', async () => {
    database = await createTestDatabase({ empty: true });
    await migrateDatabase(database.url, '001-first');
    const filters = [
      { country: 'Korea, Republic of', recruitingOnly: true },
      { country: 'South Korea' },
      { country: 'Former Yugoslavia' },
      { place: { lat: 37.5, lon: 127, km: 50, name: 'Seoul, Korea, Republic of' } },
      {},
    ];
    await withClient(database.url, async (client) => {
      await client.query(`insert into subscribers (address, address_hash, language, timezone, hour, created_at)
        values ('a', 'h', 'en', 'UTC', 9, now())`);
      for (const one of filters) await client.query(subscription(one));
      await client.query(place('Korea, Republic of', 'Seoul', 'Seoul'));
      await client.query(place('South Korea', 'Seoul'));
      await client.query(place('Former Yugoslavia', 'Belgrade'));
    });
    await migrateDatabase(database.url);
    const db = connect(database.url, { max: 1 });
    try {
      const rows = await db.selectFrom('subscriptions').select('filters').orderBy('id').execute();
      expect(rows.map((row) => row.filters)).toEqual([
        { country: 'KR', recruitingOnly: true },
        { country: 'KR' },
        ...filters.slice(2),
      ]);
      expect(await db.selectFrom('places').select(['country', 'state']).orderBy('country').execute()).toEqual(
        [
          { country: 'Former Yugoslavia', state: '' },
          { country: 'KR', state: 'Seoul' },
        ],
      );
      expect(await listCountries(db)).toEqual(['Former Yugoslavia', 'KR']);
      expect((await findCity(db, 'seoul', 'KR')).found?.name).toBe('Seoul, South Korea');
    } finally {
      await db.destroy();
    }
  });
});
