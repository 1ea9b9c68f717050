import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { type StudyParts, study } from '../../support/study.ts';
import { useWorlds, type Wish, type World } from '../../support/world.ts';

const open = useWorlds();
const id = 'NCT09900001';
const infarction = [{ id: 'D009203', term: 'Myocardial Infarction' }];
const asthma = (one: string, parts: StudyParts = {}) =>
  study(one, { conditions: ['Asthma'], meshes: [{ id: 'D001249', term: 'Asthma' }], ...parts });

const openWithAsthma = () => open(onDayTwo([asthma(id)]));
const ann = 'ann@example.net';

async function refusal(world: World, wish: Wish, email = ann): Promise<string> {
  const error = await world.subscribe(email, wish).then(
    () => null,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(Error);
  return (error as Error).message;
}

async function rowsOf(world: World): Promise<Record<string, number>> {
  const tables = ['subscribers', 'subscriptions', 'consents', 'tokens', 'deliveries'] as const;
  const counts = tables.map(async (table) => {
    const rows = await world.context.db.selectFrom(table).selectAll().execute();
    return [table, rows.length] as const;
  });
  return Object.fromEntries(await Promise.all(counts));
}

const nothing = { subscribers: 0, subscriptions: 0, consents: 0, tokens: 0, deliveries: 0 };

describe('typed words', () => {
  it('M4: NCT numbers are recognised anywhere, in any case, with spaces, inside a link', async () => {
    const world = await openWithAsthma();
    const typed = [
      { trials: ['nct09900001'] },
      { conditions: ['NCT 0990 0001'] },
      { conditions: ['https://clinicaltrials.gov/study/NCT09900001?cond=asthma'] },
      { conditions: ['my trial is nct-09900001, please'] },
    ];
    for (const wish of typed) {
      const [added] = await world.subscribe(ann, wish);
      expect(added).toMatchObject({ kind: 'trial', words: id, watching: true });
      expect(added?.understoodAs).toBe(`the trial ${id}: Made-up study ${id}`);
    }
    expect(await rowsOf(world)).toMatchObject({ subscribers: 1, subscriptions: 1, consents: 1 });
  });

  it('a number of the wrong form, and one that the registry does not know, are refused by name', async () => {
    const world = await openWithAsthma();
    expect(await refusal(world, { trials: ['NCT123'] })).toBe(
      '“NCT123” is not a trial number. A trial number is NCT and eight digits, such as NCT01234567.',
    );
    expect(await refusal(world, { trials: ['NCT09999999'] })).toBe(
      'The registry has no trial with the number NCT09999999. Please check the number.',
    );
    expect(await rowsOf(world)).toEqual(nothing);
  });

  it('M4: several numbers and words in one text are all followed', async () => {
    const world = await open(onDayTwo([asthma(id), asthma('NCT09900002')]));
    const words = async (wish: Wish) => (await world.subscribe(ann, wish)).map((one) => one.words);
    expect(await words({ trials: [`${id}, NCT09900002`] })).toEqual([id, 'NCT09900002']);
    expect(await words({ conditions: [`asthma ${id}`] })).toEqual([id, 'asthma']);
    expect(await words({ conditions: ['Asthma, lung cancer'] })).toEqual(['Asthma', 'lung cancer']);
    expect(await words({ trials: ['ＮＣＴ０９９００００１'] })).toEqual([id]);
    expect(await rowsOf(world)).toMatchObject({ subscriptions: 4 });
    expect(await refusal(world, { conditions: ['Asthma, Hepatocellular'] })).toContain(
      '"Asthma, Hepatocellular"',
    );
    expect(await refusal(world, { trials: [`${id}, glorbfish`] })).toContain('no trials for “glorbfish”');
  });

  it('M4: another number of a trial leads to it; one that no record gives is answered with what it is', async () => {
    const numbers = ['2022-500123-45-00', 'ABC-123-9 ER'];
    const world = await open(
      onDayTwo([asthma(id, { numbers }), asthma('NCT09900002', { numbers: ['U1111-1300-8493'] })]),
    );
    await world.subscribe(ann, { conditions: ['asthma'] });
    for (const typed of ['2022–500123–45', '2022 500123 45 00', 'abc 123-9er'])
      expect((await world.subscribe(ann, { trials: [typed] })).map(({ words }) => words)).toEqual([id]);
    expect((await world.subscribe(ann, { conditions: ['UTN U1111-1300-8493'] }))[0]?.words).toBe(
      'NCT09900002',
    );
    expect(await refusal(world, { conditions: ['EudraCT 2010-012345-67'] })).toMatch(
      /“2010-012345-67” is a number of the older EU registry \(EudraCT\)\. Trialbell does not read that registry/,
    );
    expect(await refusal(world, { trials: ['MK-3475-A18'] })).toContain(
      '“MK-3475-A18” looks like the number',
    );
    expect(await refusal(world, { conditions: ['MK-3475-A18'] })).toContain(
      '“MK-3475-A18” looks like the number',
    );
    expect(await refusal(world, { conditions: ['NCT0990001'] })).toContain('is NCT and eight digits');
  });

  it('M1: a condition is followed by its heading and by the words that stand for it, and says so', async () => {
    const world = await openWithAsthma();
    const [added] = await world.subscribe(ann, { conditions: ['  ASTHMA '] });
    expect(added).toMatchObject({
      kind: 'condition',
      words: 'ASTHMA',
      understoodAs: 'Asthma (MeSH D001249)',
    });
    const [row] = await world.context.db.selectFrom('subscriptions').selectAll().execute();
    expect(row).toMatchObject({ concept_id: 'D001249', concept_term: 'Asthma', frequency: 'weekly' });
    // Its known names are found without being kept as topics of their own.
    expect(row?.topics).toEqual(['concept:D001249']);
    expect(row?.phrases).toEqual(expect.arrayContaining(['Asthma', 'bronchial asthma']));
  });

  it('M2: a word that only the registry knows gets offers of its meanings, and a chosen one can be followed', async () => {
    const trials = [
      study(id, { conditions: ['Blorbitis'], meshes: [{ id: 'C012345', term: 'Blorb Disease' }] }),
      study('NCT09900002', { conditions: ['Blorbs'], meshes: [{ id: 'C054321', term: 'Blorb Syndrome' }] }),
    ];
    const world = await open(onDayTwo(trials, { synonyms: [['wobbly blorb', 'Blorbitis', 'Blorbs']] }));
    const refused = await refusal(world, { conditions: ['wobbly blorb'] });
    expect(refused).toContain('"wobbly blorb" can mean several things. Choose one of these words:');
    expect(refused).toContain('--condition "Blorb Disease"');
    expect(refused).toContain('--condition "Blorb Syndrome"');
    expect(await rowsOf(world)).toEqual(nothing);
    const [chosen] = await world.subscribe(ann, { conditions: ['Blorb Disease'] });
    expect(chosen).toMatchObject({ understoodAs: 'Blorb Disease (MeSH C012345)', watching: true });
  });

  it('M1d, M2: "heart attack" is the heading that the registry files it under', async () => {
    const world = await open(
      onDayTwo([study(id, { conditions: ['Acute Myocardial Infarction'], meshes: infarction })]),
    );
    const [added] = await world.subscribe(ann, { conditions: ['heart attack'] });
    expect(added?.understoodAs).toBe('Myocardial Infarction (MeSH D009203)');
  });

  it('M2: a word that nobody knows is refused, words in quotes are followed as they are', async () => {
    const world = await openWithAsthma();
    expect(await refusal(world, { conditions: ['xyzzyitis'] })).toContain('no trials for “xyzzyitis”');
    const [added] = await world.subscribe(ann, { conditions: ['"xyzzyitis"'] });
    expect(added).toMatchObject({ words: 'xyzzyitis', watching: true });
    expect(added?.understoodAs).toContain('name "xyzzyitis"');
  });

  it('M1c: an umbrella is followed weekly or not at all, a trait of many illnesses never', async () => {
    const world = await openWithAsthma();
    expect(await refusal(world, { conditions: ['cancer'], frequency: 'daily' })).toMatch(
      /^"cancer" covers thousands of trials\. Follow it weekly/,
    );
    expect(await refusal(world, { conditions: ['recurrence'] })).toMatch(/you cannot follow it on its own/);
    const [added] = await world.subscribe(ann, { conditions: ['cancer'] });
    expect(added?.understoodAs).toBe('everything under Neoplasms');
  });

  it('an unavailable registry cannot explain an unknown word: refused in a sentence, a known one waits', async () => {
    const world = await openWithAsthma();
    world.recorded.setFault({ kind: 'html' });
    expect(await refusal(world, { conditions: ['xyzzyitis'] })).toContain('ClinicalTrials.gov answered with');
    expect(await rowsOf(world)).toEqual(nothing);
    const [added] = await world.subscribe(ann, { conditions: ['asthma'] });
    expect(added).toMatchObject({ state: 'active', watching: false });
  });
});

describe('written rows', () => {
  it('all or none: one wish that cannot be understood leaves nothing behind', async () => {
    const world = await openWithAsthma();
    await refusal(world, { trials: [id, 'NCT09999999'], conditions: ['asthma'] });
    await refusal(world, { trials: [id], conditions: ['recurrence'] });
    expect(await rowsOf(world)).toEqual(nothing);
  });

  it('following the same again doubles nothing, and keeps the cursor', async () => {
    const world = await openWithAsthma();
    const wish = { trials: [id], conditions: ['asthma', 'Asthma'] };
    const first = await world.subscribe(ann, wish);
    expect(first.map(({ isNew }) => isNew)).toEqual([true, true, false]);
    turnTo(world, 3, [asthma(id, { status: 'SUSPENDED', updatedOn: day(3) })]);
    await world.poll();
    const again = await world.subscribe('Ann@EXAMPLE.net'.replace('Ann', 'ann'), wish);
    expect(again.map(({ isNew }) => isNew)).toEqual([false, false, false]);
    expect(await rowsOf(world)).toMatchObject({ subscribers: 1, subscriptions: 2, consents: 2 });
    const rows = await world.context.db.selectFrom('subscriptions').select('position').execute();
    expect(rows).toEqual([{ position: 0 }, { position: 0 }]);
  });

  it('two subscriptions of the same person at once are one', async () => {
    const world = await openWithAsthma();
    await Promise.all([1, 2, 3, 4].map(() => world.subscribe(ann, { trials: [id] })));
    expect(await rowsOf(world)).toMatchObject({ subscribers: 1, subscriptions: 1, consents: 1 });
  });

  it('P4: consent given by hand is kept with the subscription: how, when, its hash and the least age', async () => {
    const world = await openWithAsthma();
    await world.subscribe(ann, { trials: [id], consent: 'by phone, November 1, 2026' });
    const [row] = await world.context.db.selectFrom('consents').selectAll().execute();
    expect(row).toMatchObject({
      way: 'by phone, November 1, 2026',
      wording_version: 'by-hand',
      wording_hash: createHash('sha256').update('by phone, November 1, 2026').digest('hex'),
      min_age: 16,
      given_at: '2026-11-02T12:00:00.000Z',
    });
  });

  it('P1, P10: without consent a confirmation is planned, its token stored as a hash, and it names nothing', async () => {
    const world = await openWithAsthma();
    const [added] = await world.subscribe(ann, { conditions: ['asthma'], consent: null });
    expect(added).toMatchObject({ state: 'pending', watching: false });
    expect(await rowsOf(world)).toMatchObject({ consents: 0, tokens: 1, deliveries: 1 });
    await world.round();
    const [mail] = await world.mails(ann);
    const token = /\/confirm\/([\w-]+)/.exec(mail?.text ?? '')?.[1] ?? '';
    expect(token).toHaveLength(43);
    const [row] = await world.context.db.selectFrom('tokens').selectAll().execute();
    expect(row).toMatchObject({
      purpose: 'confirm',
      expires_at: '2026-11-09T12:00:00.000Z',
      consumed_at: null,
    });
    expect(row?.hash.equals(createHash('sha256').update(token).digest())).toBe(true);
    expect(`${mail?.subject} ${mail?.text} ${mail?.html}`).not.toMatch(/asthma|NCT\d/i);
    turnTo(world, 10, [asthma(id, { status: 'SUSPENDED', updatedOn: day(10) })]);
    await world.round();
    expect(await world.mails(ann)).toHaveLength(1);
  });

  it('P1: neither the address nor the token stands in any row', async () => {
    const world = await openWithAsthma();
    await world.subscribe('Quirine@clinic.example', { trials: [id], consent: null });
    await world.round();
    const token = /\/confirm\/([\w-]+)/.exec((await world.mails())[0]?.text ?? '')?.[1] ?? 'none';
    const dump = await world.dump();
    for (const secret of ['quirine', 'clinic.example', token.toLowerCase()]) {
      const hex = Buffer.from(secret).toString('hex');
      expect(dump.filter((line) => line.toLowerCase().includes(secret) || line.includes(hex))).toEqual([]);
    }
  });

  it('manual consent confirms a pending subscription; it does not resume one that its reader paused', async () => {
    const world = await openWithAsthma();
    await world.subscribe(ann, { trials: [id], consent: null });
    const [confirmed] = await world.subscribe(ann, { trials: [id] });
    expect(confirmed).toMatchObject({ state: 'active', isNew: false, watching: true });
    await world.context.db.updateTable('subscriptions').set({ state: 'paused' }).execute();
    const [paused] = await world.subscribe(ann, { trials: [id] });
    expect(paused).toMatchObject({ state: 'paused', isNew: false });
    const [row] = await world.context.db.selectFrom('subscriptions').select('state').execute();
    expect(row?.state).toBe('paused');
  });

  it('E6: an address to which mail was stopped for good is refused, with consent too', async () => {
    const world = await openWithAsthma();
    const { db, keys } = world.context;
    const row = { address_hash: keys.hashAddress(ann), reason: 'complaint', since: day(1) };
    await db.insertInto('suppressions').values(row).execute();
    for (const consent of ['on paper', null]) {
      const said = await refusal(world, { trials: [id], consent }, 'ann@EXAMPLE.net');
      expect(said).toBe('Email to this address was stopped for good. See why: trialbell suppressions EMAIL');
    }
    expect(await rowsOf(world)).toEqual(nothing);
  });

  it('wrong wishes are refused in a sentence that says what to give', async () => {
    const world = await openWithAsthma();
    expect(await refusal(world, { trials: [id] }, 'ann at example')).toBe(
      '"ann at example" is not an email address.',
    );
    expect(await refusal(world, {})).toMatch(/^Say what to follow/);
    const facets = ['weather'] as unknown as NonNullable<Wish['facets']>;
    expect(await refusal(world, { trials: [id], facets })).toMatch(
      /no kind of change "weather"\. Choose from/,
    );
    expect(await rowsOf(world)).toEqual(nothing);
  });
});
