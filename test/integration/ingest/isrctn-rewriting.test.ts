import { describe, expect, it } from 'vitest';
import { importTrials } from '../../../src/jobs/ingest/import.ts';
import { type IsrctnWorld, useIsrctnWorlds } from '../../support/isrctn-world.ts';
import type { IsrctnFields } from '../../support/isrctn-xml.ts';

const open = useIsrctnWorlds();
const digitsOf = (at: number) => String(90_000_001 + at);

/** Records like one another but for their numbers. */
const many = (count: number, of: (at: number) => IsrctnFields): IsrctnFields[] =>
  Array.from({ length: count }, (_, at) => ({ ...of(at), digits: digitsOf(at) }));

const stored = (): IsrctnFields => ({
  edited: '2026-10-01T09:00:00Z',
  inclusion: '1. A broken hip\n2. Aged < 90 years\n\nIn part 2:\n3. Can stand',
  countries: ['England', 'Ireland', 'United Kingdom'],
  end: '2027-01-31',
});

/** A world that holds 60 trials, one of them followed. */
async function openWithMany(): Promise<IsrctnWorld> {
  const world = await open(many(60, stored));
  const registry = world.context.registries.get('isrctn');
  if (!registry) throw new Error('no registry');
  await importTrials(world.context, registry, { kind: 'all' });
  await world.subscribe('ann@example.net', {
    trials: [`ISRCTN${digitsOf(0)}`],
    frequency: 'immediate',
    facets: ['status', 'dates', 'eligibility', 'outcomes'],
  });
  await world.round();
  return world;
}

async function roundWith(world: IsrctnWorld, records: IsrctnFields[]) {
  world.isrctn.setRecords(records);
  world.setNow('2026-11-03T12:00:00Z');
  const { result } = await world.round();
  return { result: result.registries.isrctn, mails: await world.mails('ann@example.net') };
}

const edited = '2026-11-03T04:00:00Z';

describe('X11: a day on which ISRCTN rewrites every record', () => {
  it('X11: lost line breaks, entities and another order are silent, and real news of that day is told', async () => {
    const world = await openWithMany();
    const rewritten = many(60, (at) => ({
      ...stored(),
      edited,
      inclusion: '1. A broken hip2. Aged &lt; 90 yearsIn part 2:3. Can stand',
      countries: ['United Kingdom', 'England', 'Ireland'],
      ...(at === 0 ? { end: '2027-06-30' } : {}),
    }));
    const { result, mails } = await roundWith(world, rewritten);
    expect(result).toMatchObject({ outcome: 'completed', seen: 60, changed: 1, held: 0 });
    expect(mails.at(-1)?.text).toContain('End of recruitment: January 31, 2027 → June 30, 2027');
  });

  it('X11: what the comparison does not know as noise is held by the brake, with the reason', async () => {
    const world = await openWithMany();
    const mailsBefore = (await world.mails('ann@example.net')).length;
    const rewritten = many(60, (at) => ({
      ...stored(),
      edited,
      summary: 'Old summary format. Many people fall.',
      ...(at % 2 === 0 ? { inclusion: 'Old format. 1. A broken hip' } : { title: `Old title format ${at}` }),
    }));
    const { result, mails } = await roundWith(world, rewritten);
    expect(result).toMatchObject({ outcome: 'held', changed: 60, held: 60 });
    expect(mails).toHaveLength(mailsBefore);
    const held = await world.context.db.selectFrom('run_facets').select(['facet', 'held_because']).execute();
    expect(held.map(({ held_because }) => held_because)).toContain(
      '60 of 60 records were reworded without news, as when a registry rewrites them all',
    );
  });
});
