import { afterEach, describe, expect, it } from 'vitest';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { letWorkersWork, signUpAndConfirm, signUpForm } from '../../support/sign-ups.ts';
import { manyStudies, study } from '../../support/study.ts';
import { useWorlds, type World, type WorldOptions } from '../../support/world.ts';

const open = useWorlds();
const served: Pages[] = [];
afterEach(async () => {
  for (const pages of served.splice(0)) await pages.close();
});

const id = 'NCT09900001';
const ann = 'ann@example.net';
const asthmaMesh = { conditions: ['Asthma'], meshes: [{ id: 'D001249', term: 'Asthma' }] };

async function openPages(
  options: WorldOptions = onDayTwo([study(id, asthmaMesh)]),
): Promise<{ world: World; pages: Pages }> {
  const world = await open(options);
  await world.subscribe('first@example.net', { trials: [id] });
  const pages = await servePages(world);
  served.push(pages);
  return { world, pages };
}

describe('the form', () => {
  it('of a trial offers its conditions unticked, but for the one that was asked for', async () => {
    const meshes = [
      ...asthmaMesh.meshes,
      { id: 'D006255', term: 'Rhinitis, Allergic, Seasonal' },
      { id: 'D002908', term: 'Chronic Disease' },
    ];
    const { pages } = await openPages(onDayTwo([study(id, { conditions: ['Asthma', 'Hay Fever'], meshes })]));
    const { text } = await pages.get(`/follow?trial=${id.toLowerCase()}&condition=asthma`);
    expect(text).toContain(`value="trial:${id}" checked`);
    expect(text).toContain('value="condition:Asthma" checked');
    expect(text).toContain('value="condition:Rhinitis, Allergic, Seasonal">');
    expect(text).not.toContain('Chronic Disease');
    expect(text.match(/condition:Asthma/gi)).toHaveLength(1);
  });

  it('refuses an address with letters outside ASCII before the @, in words, in both languages', async () => {
    const { world, pages } = await openPages();
    const form = signUpForm('änn@example.net', [`trial:${id}`]);
    for (const [query, words] of [
      [
        '',
        'Enter an email address like this one: name@example.org. The part before the @ cannot have accents.',
      ],
      ['?lang=es', 'nombre@example.org. La parte antes de la @ no puede llevar tildes.'],
    ]) {
      const refused = await pages.post(`/subscriptions${query}`, form);
      expect(refused.status).toBe(422);
      expect(refused.text).toContain(words);
    }
    await letWorkersWork(world);
    expect(await world.mails('änn@example.net')).toEqual([]);
  });

  it('D12: says what “as soon as we know” means', async () => {
    const { pages } = await openPages();
    const { text } = await pages.get(`/follow?trial=${id}`);
    expect(text).toMatch(
      /after we read the registries each day.*once each weekday, and a change can take 1 to 4 days.*between 9:00 PM and 8:00 AM/s,
    );
  });

  it('M2: a word that can mean several things is a choice, which is then followed', async () => {
    const studies = [
      study(id, { conditions: ['Blorbitis'], meshes: [{ id: 'C012345', term: 'Blorb Disease' }] }),
      study('NCT09900002', { conditions: ['Blorbs'], meshes: [{ id: 'C054321', term: 'Blorb Syndrome' }] }),
    ];
    const { world, pages } = await openPages(
      onDayTwo(studies, { synonyms: [['wobbly blorb', 'Blorbitis', 'Blorbs']] }),
    );
    const { text } = await pages.get('/follow?condition=wobbly+blorb');
    expect(text).toContain('“wobbly blorb” can mean several things');
    expect(text).toContain('value="condition:Blorb Disease">');
    expect(text).toContain('value="condition:Blorb Syndrome">');
    const form = signUpForm(ann, ['condition:Blorb Disease'], {
      conditions: 'wobbly blorb',
      condition_facets: 'status',
    });
    expect((await pages.post('/subscriptions', form)).status).toBe(200);
    await letWorkersWork(world);
    const rows = await world.context.db
      .selectFrom('subscriptions')
      .select('concept_id')
      .where('kind', '=', 'condition')
      .execute();
    expect(rows).toEqual([{ concept_id: 'C012345' }]);
  });

  it('M1c: an umbrella is followed weekly only, with narrower ones offered; a trait of many illnesses never', async () => {
    const { pages } = await openPages();
    const { text } = await pages.get('/follow?condition=cancer&condition=recurrence');
    expect(text).toContain('covers thousands of trials');
    expect(text).toMatch(/value="condition:[^"]*Neoplasms">/);
    expect(text).toContain('“recurrence” goes with many conditions, so you cannot follow it on its own');
    const refused = await pages.post(
      '/subscriptions',
      signUpForm(ann, ['condition:cancer'], { condition_frequency: 'daily' }),
    );
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('Choose once a week, or something more specific');
    expect(refused.text).toMatch(
      /name="condition_frequency" aria-invalid="true" aria-describedby="e-condition_frequency/,
    );
    expect((await pages.post('/subscriptions', signUpForm(ann, ['condition:cancer']))).status).toBe(200);
  });

  it('says which words it does not know, and what it cannot find out now', async () => {
    const { world, pages } = await openPages();
    const { text } = await pages.get(
      '/follow?trial=NCT00000001&trial=hello&condition=xyzzyitis&condition=%20%3F',
    );
    expect(text).toContain('The registry has no trial with the number NCT00000001');
    expect(text).toContain('“hello” is not a trial number');
    expect(text).toContain('We found no trials for “xyzzyitis”');
    world.recorded.setFault({ kind: 'html' });
    expect((await pages.get('/follow?condition=plughitis')).text).toContain(
      'the registry is not answering right now',
    );
    // A number is taken on trust then, and read when the registry answers again.
    expect((await pages.get('/follow?trial=NCT00000002')).text).toContain(
      'value="trial:NCT00000002" checked',
    );
  });
});

describe('a pasted list', () => {
  it('M4: each line is answered: understood, renamed, twice, unknown, no number', async () => {
    const { pages } = await openPages(
      onDayTwo([study(id, { aliases: ['NCT09900009'] }), study('NCT09900002')]),
    );
    const list = [
      'nct 0990 0009',
      'https://clinicaltrials.gov/study/NCT09900002?x=1',
      id,
      'NCT00000001',
      'my trial',
    ].join('\r\n');
    const { status, text } = await pages.post('/follow', { do: 'list', list });
    expect(status).toBe(200);
    expect(text).toContain('We found 2 trials in your list.');
    const answers = [...text.matchAll(/<tr><td><bdi>(.*?)<\/bdi><\/td><td><bdi>(.*?)<\/bdi>/g)].map(
      ([, line, answer]) => [line, answer],
    );
    expect(answers).toEqual([
      ['nct 0990 0009', `an old number; the trial is now Made-up study ${id} (${id})`],
      ['https://clinicaltrials.gov/study/NCT09900002?x=1', 'Made-up study NCT09900002 (NCT09900002)'],
      [id, `${id} is already in the list`],
      ['NCT00000001', 'the registry has no trial NCT00000001'],
      ['my trial', 'no trial number found'],
    ]);
    expect(text).toContain(`value="trial:${id}" checked`);
    expect(text).toContain('value="trial:NCT09900002" checked');
    const former = { follow: 'trial:nct09900009', do: 'look' };
    expect((await pages.post('/subscriptions', former)).text).toContain(`value="trial:${id}" checked`);
  });

  it('M4: each thing of a line is answered, in the form too', async () => {
    const { pages } = await openPages(
      onDayTwo([study(id, { numbers: ['2022-500123-45-00'] }), study('NCT09900002')]),
    );
    const list = [`${id} NCT09900002`, '2022-500123-45-00', 'asthma NCT09900002', 'ISRCTN12345678'].join(
      '\n',
    );
    const { text } = await pages.post('/follow', { do: 'list', list });
    expect(text).toContain('We found 2 trials in your list.');
    const answers = [...text.matchAll(/<tr><td><bdi>(.*?)<\/bdi><\/td><td><bdi>(.*?)<\/bdi>/g)];
    expect(answers.map(([, line, answer]) => [line, answer])).toEqual([
      [`${id} NCT09900002`, `Made-up study ${id} (${id})`],
      [`${id} NCT09900002`, 'Made-up study NCT09900002 (NCT09900002)'],
      ['2022-500123-45-00', `${id} is already in the list`],
      ['asthma NCT09900002', 'NCT09900002 is already in the list'],
      [
        'asthma NCT09900002',
        '“asthma” is not a trial number; to follow a condition, search for it on the home page',
      ],
      ['ISRCTN12345678', expect.stringContaining('is a number of the ISRCTN registry')],
    ]);
    const form = await pages.get(`/follow?condition=${encodeURIComponent(`asthma ${id} DRKS00012345`)}`);
    expect(form.text).toContain(`value="trial:${id}" checked`);
    expect(form.text).toMatch(/value="condition:asthma" checked/i);
    expect(form.text).toContain('is a number of the German registry (DRKS)');
    const two = await pages.get(`/follow?trial=${id},NCT09900002`);
    expect(two.text.match(/value="trial:NCT0990000\d" checked/g)).toHaveLength(2);
  });

  it('of 500 is read, followed in one sign-up, and confirmed by one click; the rest of a longer one is not', async () => {
    const studies = manyStudies(500);
    const { world, pages } = await openPages(onDayTwo([study(id), ...studies]));
    const ids = studies.map((_, n) => `NCT${String(8_000_001 + n).padStart(8, '0')}`);
    const { text } = await pages.post('/follow', { do: 'list', list: [...ids, id].join('\n') });
    expect(text).toContain('We found 500 trials in your list.');
    expect(text).toContain('has more than 500 lines');
    const follow = [...text.matchAll(/name="follow" value="([^"]*)" checked/g)].map(
      ([, value]) => value ?? '',
    );
    expect(follow).toHaveLength(500);
    await signUpAndConfirm(world, pages, ann, follow, {
      trials: ids.join('\n'),
      trial_facets: 'status',
    });
    const rows = await world.context.db
      .selectFrom('subscriptions')
      .select('watching_since')
      .where('state', '=', 'active')
      .execute();
    expect(rows.filter((row) => row.watching_since)).toHaveLength(501);
  });

  it('that is empty comes back with the error beside it', async () => {
    const { pages } = await openPages();
    const { status, text } = await pages.post('/follow', { do: 'list', list: ' \n ' });
    expect(status).toBe(422);
    expect(text).toMatch(/id="f-list"[^>]*aria-describedby="list-hint e-list" aria-invalid="true"/);
  });
});

describe('bad input', () => {
  const cases: [string, Record<string, string | string[]>, string, string][] = [
    ['no address', { email: '' }, 'email', 'Enter an email address like this one'],
    [
      'a hostile address',
      { email: '"><script>alert(1)</script>@x' },
      'email',
      'Enter an email address like this one',
    ],
    [
      'an endless address',
      { email: `${'a'.repeat(5_000)}@example.net` },
      'email',
      'Enter an email address like this one',
    ],
    ['nothing ticked', { follow: [] }, 'follow', 'Select at least one thing'],
    [
      'a frequency that is not offered',
      { trial_frequency: 'hourly' },
      'trial_frequency',
      'Choose one of the options',
    ],
    ['an hour of 24', { hour: '24' }, 'hour', 'Choose one of the options'],
    ['an hour in words', { hour: 'nine' }, 'hour', 'Choose one of the options'],
    ['a zone that is none', { zone: 'Europe/Atlantis' }, 'zone', 'Choose a time zone'],
    [
      'a facet that is none',
      { trial_facets: ['status', 'weather'] },
      'trial_facets',
      'Choose one of the options',
    ],
    ['no facet left', { shown: 'trial_facets' }, 'trial_facets', 'Select at least one kind'],
    ['a note without end', { note: 'x'.repeat(1_001) }, 'note', 'Use 1,000 characters or fewer'],
    ['a city without sites', { city: 'Atlantis' }, 'city', 'We do not know of a trial site in “Atlantis”'],
    ['a city of zeros', { city: 'A\u0000B' }, 'city', 'We do not know of a trial site'],
    ['a phase that is none', { phases: 'PHASE9' }, 'phases', 'Choose one of the options'],
    ['an age group that is none', { age_group: 'ANCIENT' }, 'age_group', 'Choose one of the options'],
  ];

  it('O10: offers zones by their present names, knows what a browser calls them, and keeps an older one', async () => {
    const { pages } = await openPages();
    const first = await pages.get(`/follow?trial=${id}`);
    expect(first.text).toContain('<option value="Asia/Kolkata" data-also="Asia/Calcutta">Kolkata</option>');
    expect(first.text).not.toContain('value="Asia/Calcutta"');
    for (const zone of ['Europe/Kyiv', 'Europe/Kiev', 'Asia/Calcutta', 'Etc/UTC']) {
      const form = signUpForm(ann, [`trial:${id}`], { trials: id, zone, email: 'not yet' });
      const { text } = await pages.post('/subscriptions', form);
      expect(text.match(/<option value="([\w/]+)"[^>]* selected>/g)?.join()).toContain(`"${zone}"`);
    }
  });

  it('comes back filled in, with the error beside the field, and keeps nothing', async () => {
    const { world, pages } = await openPages();
    for (const [what, wrong, name, said] of cases) {
      const form = signUpForm(ann, [`trial:${id}`, 'condition:Asthma'], {
        trials: id,
        note: 'my <b>note</b>',
        ...wrong,
      });
      const { status, text } = await pages.post('/subscriptions', form);
      expect([what, status]).toEqual([what, 422]);
      const beside = new RegExp(`id="e-${name}">([^<]*)<`).exec(text)?.[1];
      expect([what, beside]).toEqual([what, expect.stringContaining(said)]);
      expect([what, text]).toEqual([what, expect.stringContaining(`href="#f-${name}"`)]);
      expect([what, text]).toEqual([what, expect.stringMatching(new RegExp(`e-${name}"[ >]`))]);
      expect([what, text.includes('<script>alert') || text.includes('<b>note')]).toEqual([what, false]);
      if (wrong.note === undefined) expect(text).toContain('my &lt;b&gt;note&lt;/b&gt;</textarea>');
    }
    expect(await world.context.db.selectFrom('requests').selectAll().execute()).toEqual([]);
  });

  it('of any other kind is answered without failing: strangers’ fields, too much, no form at all', async () => {
    const { world, pages } = await openPages();
    const many = Array.from({ length: 600 }, (_, n) => `trial:NCT0${7_000_000 + n}`);
    const status = async (fields: Record<string, string | string[]>) =>
      (await pages.post('/subscriptions', fields)).status;
    expect(await status({})).toBe(422);
    expect(await status(signUpForm(ann, many))).toBe(422);
    expect(await status(signUpForm(ann, [`trial:${id}`], { note: 'x'.repeat(70_000) }))).toBe(413);
    expect(
      await status(
        signUpForm(ann, ['condition:\u0000\ud800', 'trial:', 'spell:x', `condition:${'y'.repeat(400)}`]),
      ),
    ).toBe(422);
    expect(await status({ ...signUpForm(ann, []), __proto__: 'x', constructor: 'y', follow: ['', ''] })).toBe(
      422,
    );
    const multipart = new FormData();
    multipart.append('follow', new Blob(['file']), 'x.txt');
    const answer = await fetch(`${pages.url}/subscriptions`, {
      method: 'POST',
      body: multipart,
      headers: { 'sec-fetch-site': 'same-origin' },
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect((await pages.post('/follow', { do: 'edit', again: '{"trial":1}', email: 'x' })).status).toBe(200);
    expect((await pages.get(`/follow?${'trial=x&'.repeat(900)}`)).status).toBeLessThan(500);
    expect(await world.context.db.selectFrom('requests').selectAll().execute()).toEqual([]);
  });
});

describe('the estimate', () => {
  it('matches the mails of a reader with the same subscriptions', async () => {
    const before = manyStudies(3, asthmaMesh);
    const { world, pages } = await openPages(onDayTwo([study(id), ...before]));
    await world.subscribe('reader@example.net', { trials: ['NCT08000001'], conditions: ['asthma'] });
    const stopped = (n: number, at: number) =>
      study(`NCT0800000${n}`, { ...asthmaMesh, status: 'SUSPENDED', updatedOn: day(at) });
    turnTo(world, 4, [study(id), stopped(1, 4), ...before.slice(1)]);
    await world.round();
    turnTo(world, 5, [study(id), stopped(1, 4), stopped(2, 5), before[2]]);
    await world.round();
    for (const n of [6, 9, 10, 13]) {
      world.setNow(`${day(n)}T12:00:00Z`);
      await world.round();
    }
    const mails = (await world.mails('reader@example.net')).length;
    expect(mails).toBe(2);
    const form = {
      follow: ['trial:NCT08000001', 'condition:asthma'],
      do: 'look',
      trials: 'NCT08000001',
      trial_facets: 'status',
      condition_facets: 'status',
      zone: 'UTC',
      email: 'not yet',
    };
    const { status, text } = await pages.post('/subscriptions', form);
    expect(status).toBe(200);
    expect(text).toContain(
      'Since November 2, 2026, when our history begins, this would have sent 2 emails about 2 trials.',
    );
    expect(text).toContain('value="not yet"');
    expect(await world.context.db.selectFrom('requests').selectAll().execute()).toEqual([]);
  });

  it('M1c: above 20 trials a week it proposes filters, weekly mails, or a narrower term', async () => {
    const { world, pages } = await openPages(onDayTwo([study(id), ...manyStudies(45, asthmaMesh)]));
    await world.subscribe('reader@example.net', { conditions: ['asthma'] });
    turnTo(world, 4, [
      study(id),
      ...manyStudies(45, { ...asthmaMesh, enrollment: 999, status: 'COMPLETED', updatedOn: day(4) }),
    ]);
    await world.round();
    world.setNow(`${day(12)}T12:00:00Z`);
    const { text } = await pages.get('/follow?condition=asthma');
    expect(text).toContain('this would have sent 1 email about 45 trials');
    expect(text).toMatch(
      /more than 20 trials a week.*choose a country.*one email a week.*more specific condition/s,
    );
    const filtered = await pages.post('/subscriptions', {
      follow: 'condition:asthma',
      do: 'look',
      recruiting: 'on',
      zone: 'UTC',
    });
    expect(filtered.text).toContain('this would have sent no emails');
    expect(filtered.text).not.toContain('more than 20 trials');
  });

  it('is not made up where there is no history', async () => {
    const { pages } = await openPages();
    expect((await pages.get(`/follow?trial=${id}`)).text).toContain('We have not watched long enough to say');
  });
});
