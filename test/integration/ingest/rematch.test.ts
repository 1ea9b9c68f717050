import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { matchingVersion } from '../../../src/core/matching/topics.ts';
import { connect } from '../../../src/db/connect.ts';
import { migrateDatabase } from '../../../src/db/maintenance/migrate.ts';
import { readSetting, writeSetting } from '../../../src/db/settings.ts';
import { createTestDatabase } from '../../support/database.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { type StudyParts, study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
const id = 'NCT09900001';

/** A basket trial: melanoma is named in its summary alone. */
const basket = (parts: StudyParts = {}) => {
  const raw = study(id, {
    title: 'Exampline in tumors',
    conditions: ['Advanced Solid Tumors'],
    summary: 'This study enrolls patients with melanoma.',
    ...parts,
  });
  raw.protocolSection.identificationModule.officialTitle = 'Exampline in tumors';
  return raw;
};

const topicsOf = async (world: World, trial = id) =>
  (
    await world.context.db
      .selectFrom('trials')
      .select('topics')
      .where('registry_id', '=', trial)
      .executeTakeFirstOrThrow()
  ).topics;

/** As an older program left it: the trial matched less, and subscriptions had a topic for each phrase. */
async function ageMatching(world: World): Promise<void> {
  const { db } = world.context;
  await sql`update trials set topics = array['trial:ctgov:' || registry_id]`.execute(db);
  await sql`update subscriptions set phrases = array['melanoma', 'cáncer de piel negro', 'black mole disease'],
    topics = array['concept:D008545', 'phrase:D008545:melanoma', 'phrase:D008545:black mole disease']
    where concept_id = 'D008545'`.execute(db);
  await sql`delete from settings where name like 'matching%'`.execute(db);
}

describe('a matching that has changed', () => {
  it('C13, C15: stored trials and subscriptions get the topics of today, and nobody is told', async () => {
    const world = await open(onDayTwo([basket()]));
    await world.subscribe('ben@example.net', { trials: [id] });
    // The registry's condition search finds no basket trial: that is its whole answer, not a cut one.
    const [added] = await world.subscribe('ann@example.net', {
      conditions: ['melanoma'],
      frequency: 'daily',
      facets: ['status'],
    });
    expect(added).toMatchObject({ watching: true });
    expect(await topicsOf(world)).toContain('concept:D008545');
    await ageMatching(world);
    turnTo(world, 3, [basket()]);
    await world.round();
    expect(await topicsOf(world)).toContain('concept:D008545');
    const [ann] = await world.context.db
      .selectFrom('subscriptions')
      .select(['phrases', 'topics'])
      .where('kind', '=', 'condition')
      .execute();
    // Phrases from the person or the registry stay; names of the list need no topic of their own.
    expect(ann?.topics).toEqual([
      'concept:D008545',
      'phrase:D008545:cancer de piel negro',
      'phrase:D008545:black mole disease',
    ]);
    expect(ann?.phrases).toEqual(expect.arrayContaining(['black mole disease', 'Melanoma']));
    expect(await world.changes()).toEqual([]);
    expect(await world.mails()).toEqual([]);
    const { db } = world.context;
    expect(await readSetting(db, 'matching:ctgov')).toBe(String(matchingVersion));
    // From then on what changes is told to those who are newly matched.
    turnTo(world, 4, [basket({ status: 'SUSPENDED', updatedOn: day(4) })]);
    await world.round();
    const [mail] = await world.mails('ann@example.net');
    expect(mail?.text?.replace(/\s+/g, ' ')).toContain('names “Melanoma” among those who may take part');
  });

  it('is taken up where it was cut off, and done once', async () => {
    const world = await open(onDayTwo([basket(), study('NCT09900002', { conditions: ['Melanoma'] })]));
    await world.subscribe('ann@example.net', { trials: [id, 'NCT09900002'] });
    await ageMatching(world);
    const { db } = world.context;
    const first = await db.selectFrom('trials').select('id').orderBy('id').executeTakeFirstOrThrow();
    await writeSetting(db, 'matching-at:ctgov', `${matchingVersion} ${first.id}`);
    await world.poll();
    expect(await topicsOf(world)).not.toContain('concept:D008545');
    expect(await topicsOf(world, 'NCT09900002')).toContain('concept:D008545');
    await sql`update trials set topics = '{}'`.execute(db);
    await world.poll();
    expect(await topicsOf(world, 'NCT09900002')).toEqual([]);
  });
});

describe('M3: text about participants', () => {
  it('a basket trial that admits the followed condition is told as new; a reworded text is not a departure', async () => {
    const world = await open(onDayTwo([basket({ summary: 'This study enrolls adults.' })]));
    await world.subscribe('ann@example.net', { conditions: ['melanoma'] });
    await world.subscribe('ben@example.net', { trials: [id] });
    turnTo(world, 3, [basket({ updatedOn: day(3) })]);
    await world.poll();
    const kinds = async () => (await world.changes(id)).map(({ kind }) => kind);
    expect(await kinds()).toContain('entered');
    const before = (await kinds()).length;
    turnTo(world, 4, [basket({ summary: 'Adults may join.', updatedOn: day(4) })]);
    await world.poll();
    expect((await kinds()).slice(0, -before)).not.toContain('left');
  });
});

describe('the topics of an older database', () => {
  it('R11: trials found by a phrase of a condition are about the condition, each once, nothing else changes', async () => {
    const database = await createTestDatabase({ empty: true });
    await migrateDatabase(database.url, '003-records-apart');
    const db = connect(database.url, { max: 1 });
    try {
      await sql`insert into runs (registry, kind, started_at) values ('ctgov', 'poll', now())`.execute(db);
      await sql`insert into trials (registry, registry_id, version, hash, projection, status, title, topics, contacts, raw,
        watched_since, read_at) values
        ('ctgov', 'NCT09900001', 1, 'h', 1, 'RECRUITING', 'x', array['trial:ctgov:NCT09900001', 'phrase:D008545:melanoma',
          'phrase:-:odd words'], '[]', '', now(), now()),
        ('ctgov', 'NCT09900002', 1, 'h', 1, 'RECRUITING', 'x', array['concept:D001249'], '[]', '', now(), now())`.execute(
        db,
      );
      await sql`insert into changes (trial_id, version, run_id, facet, kind, change, weight, topics, other_topics, state,
        position, detected_at) values
        (1, 1, 1, 'status', 'status', '{}', 1, array['phrase:D008545:melanoma', 'phrase:D008545:black mole'],
          array['phrase:D001249:asthma'], 'released', 1, now()),
        (2, 1, 1, 'status', 'status', '{}', 1, array['concept:D001249'], null, 'pending', null, now())`.execute(
        db,
      );
      await sql`insert into topic_changes values ('phrase:D008545:melanoma', 1), ('phrase:D008545:black mole', 1)`.execute(
        db,
      );
      await migrateDatabase(database.url);
      const sorted = (rows: { topics: string[] }[]) => rows.map(({ topics }) => topics.toSorted());
      expect(sorted(await db.selectFrom('trials').select('topics').orderBy('id').execute())).toEqual([
        ['concept:D008545', 'phrase:-:odd words', 'phrase:D008545:melanoma', 'trial:ctgov:NCT09900001'],
        ['concept:D001249'],
      ]);
      const changes = await db
        .selectFrom('changes')
        .select(['topics', 'other_topics'])
        .orderBy('id')
        .execute();
      expect(sorted(changes)).toEqual([
        ['concept:D008545', 'phrase:D008545:black mole', 'phrase:D008545:melanoma'],
        ['concept:D001249'],
      ]);
      expect(changes.map((one) => one.other_topics?.toSorted() ?? null)).toEqual([
        ['concept:D001249', 'phrase:D001249:asthma'],
        null,
      ]);
      expect(await db.selectFrom('topic_changes').select('topic').orderBy('topic').execute()).toEqual([
        { topic: 'concept:D008545' },
        { topic: 'phrase:D008545:black mole' },
        { topic: 'phrase:D008545:melanoma' },
      ]);
    } finally {
      await db.destroy();
      await database.drop();
    }
  });
});
