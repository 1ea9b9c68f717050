import fc from 'fast-check';
import { expect, it } from 'vitest';
import { storeRecords } from '../../../src/jobs/ingest/store-records.ts';
import type { RegistryRecord } from '../../../src/registries/registry.ts';
import { anyCharacter } from '../../support/any-character.ts';
import { asReader } from '../../support/reader.ts';
import { study } from '../../support/study.ts';
import { useWorlds } from '../../support/world.ts';

const open = useWorlds();
const records = 20_000;
const atOnce = 500;

/** Values that some store somewhere refuses. */
const hostileText = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '\u0000',
    'a\u0000b',
    '\ud800',
    '\udfff x',
    '0000-01-01',
    '9999-99-99',
    '0001-02-29',
  ),
  fc.constantFrom(
    '2062-01-01',
    '9999-12-31',
    'NCT00000000',
    "'; drop table trials; --",
    '{"a":1}',
    '\\u0000',
    'E\\n',
  ),
  fc.string({ unit: anyCharacter, maxLength: 30 }),
  fc.nat({ max: 9_000 }).map((length) => 'x'.repeat(length)),
  fc.nat({ max: 3_000 }).map((length) => 'é,"\n'.repeat(length)),
);
const hostileValue = fc.oneof(
  { weight: 6, arbitrary: hostileText },
  { weight: 1, arbitrary: fc.constantFrom(null, true, -1, 0.5, 1e308, 2 ** 53, Number.MAX_SAFE_INTEGER) },
  { weight: 1, arbitrary: fc.constantFrom([], {}, [null], [['x']], { id: 'x' }) },
);

/** Every place in a record where a value stands. */
function leavesOf(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}

function put(target: unknown, path: (string | number)[], value: unknown): void {
  const last = path.at(-1);
  const holder = path.slice(0, -1).reduce((at, key) => (at as Record<string, unknown>)?.[key], target);
  if (last !== undefined && typeof holder === 'object' && holder !== null)
    (holder as Record<string | number, unknown>)[last] = value;
}

it('N1: every record that passes the border can be stored (property, 20,000 mutated records)', async () => {
  const world = await open();
  const registry = world.registry;
  const parts = { contact: { name: 'Quirine', phone: '555' } };
  const leaves = leavesOf(study('NCT08000001', parts));
  const mutation = fc.tuple(fc.constantFrom(...leaves), hostileValue);
  const mutations = fc.sample(fc.array(mutation, { minLength: 1, maxLength: 2 }), {
    numRuns: records,
    seed: 14,
  });
  const read: RegistryRecord[] = mutations.map((changes, at) => {
    const raw = study(`NCT${String(8_000_001 + at).padStart(8, '0')}`, parts);
    for (const [path, value] of changes) put(raw, path, value);
    return registry.readRecord(raw, registry.fields);
  });
  const accepted = read.filter((record) => record.ok);
  expect(accepted.length).toBeGreaterThan(records / 3);
  expect(accepted.length).toBeLessThan(records);
  await asReader(world.context, registry, async (run) => {
    for (let from = 0; from < read.length; from += atOnce)
      await storeRecords(world.context.db, run, read.slice(from, from + atOnce));
  });
  const listRefused = () =>
    world.context.db
      .selectFrom('quarantine')
      .select('registry_id')
      .where('reason', 'like', 'The record could not be stored%')
      .execute();
  expect(await listRefused()).toEqual([]);
  const { count } = await world.context.db
    .selectFrom('trials')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  expect(Number(count)).toBe(new Set(accepted.map(({ trial }) => trial.id)).size);

  // What no border let through would be seen.
  const sound = registry.readRecord(study('NCT09900001', parts), registry.fields);
  if (!sound.ok) throw new Error(sound.reason);
  const broken = { ...sound, trial: { ...sound.trial, firstPostedOn: '0000-01-01' } };
  await asReader(world.context, registry, (run) => storeRecords(world.context.db, run, [broken]));
  expect(await listRefused()).toEqual([{ registry_id: 'NCT09900001' }]);
});
