import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { seedTrials } from '../../../src/demo/seed-trials.ts';
import { toRecord } from '../../../src/demo/study.ts';
import { importTrials } from '../../../src/jobs/ingest/import.ts';
import { addLinked } from '../../support/ctgov-study.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { visibleBlocks } from '../../support/html-text.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { countStatements } from '../../support/statements.ts';
import { manyStudies, type StudyParts, study } from '../../support/study.ts';
import { hostileText } from '../../support/trial-samples.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
const served: Pages[] = [];
afterEach(async () => {
  for (const pages of served.splice(0)) await pages.close();
});

const id = 'NCT09900001';
const contact = { name: 'Ada Lovelorn', phone: '555-0100 77', email: 'ada.lovelorn@clinic.example' };
const contactValues = ['Lovelorn', '555-0100', 'ada.lovelorn'];
const base: StudyParts = {
  title: 'Exampline for Asthma',
  updatedOn: '2026-10-30',
  contact,
  sites: ['Zeta Clinic, Bergen, Norway', 'Alpha, Oslo, Norway', 'Beta, Paris, France'],
};

async function serve(world: World): Promise<Pages> {
  const pages = await servePages(world);
  served.push(pages);
  return pages;
}

/** A world that has stored these studies, and its pages. */
async function openPages(studies: unknown[] = [study(id, base)]): Promise<{ world: World; pages: Pages }> {
  const world = await open(onDayTwo(studies));
  await importTrials(world.context, world.registry, { kind: 'all' });
  return { world, pages: await serve(world) };
}

async function changeTo(world: World, n: number, parts: StudyParts, updatedOn = day(n)): Promise<void> {
  turnTo(world, n, [study(id, { ...base, ...parts, updatedOn })]);
  await world.poll();
}

const wordsOf = (html: string) => visibleBlocks(html).join(' ').replace(/\s+/g, ' ');

/** Every page about a trial that an address can name. */
async function everyGet({ pages, world }: { world: World; pages: Pages }): Promise<string> {
  const changes = await world.changes(id);
  const paths = ['', '?near=Oslo', '/changes', '/compare', '/feed.atom', '/contacts'].map(
    (rest) => id + rest,
  );
  const texts = [];
  for (const path of [...paths, ...changes.map((change) => `${id}/changes/${change.id}`)])
    texts.push((await pages.get(`/trials/${path}`)).text);
  return texts.join('\n');
}

describe('the address of a trial', () => {
  it('leads to the page of its current id, from an obsolete id and from any letter case', async () => {
    const { pages } = await openPages([study(id, { ...base, aliases: ['NCT09900077'] })]);
    for (const [path, to] of [
      ['/trials/nct09900001', `/trials/${id}`],
      ['/trials/NCT09900077', `/trials/${id}`],
      ['/trials/NCT09900077/feed.atom', `/trials/${id}/feed.atom`],
      ['/trials/NCT09900077/changes?before=9', `/trials/${id}/changes?before=9`],
      ['/trials/nct09900077/compare?from=1&to=2', `/trials/${id}/compare?from=1&to=2`],
    ] as const) {
      const { status, headers } = await pages.get(path);
      expect([status, headers.get('location')]).toEqual([301, to]);
    }
    expect((await pages.get(`/trials/${id}`)).status).toBe(200);
    for (const path of [
      '/trials/NCT09900001/',
      '/conditions/asthma.',
      '/conditions/asthma)',
      '/conditions/asthma/',
    ])
      expect([path, (await pages.get(path)).status]).toEqual([path, 200]);
    const compared = await pages.get(`/trials/${id}/compare?from=1&to=1)`);
    expect(compared.status).toBe(200);
    expect((await pages.post('/trials/NCT09900077/contacts', {})).status).toBe(308);
  });

  it('of a trial nobody stored is looked up once: found, and shown from then on without asking', async () => {
    const world = await open(onDayTwo([study(id, base)]));
    const pages = await serve(world);
    const first = await pages.get(`/trials/${id}`);
    expect([first.status, wordsOf(first.text).includes('Exampline for Asthma')]).toEqual([200, true]);
    const asked = world.recorded.requests.length;
    await pages.get(`/trials/${id}`);
    expect(world.recorded.requests).toHaveLength(asked);
    expect(await world.mails()).toEqual([]);
  });

  it('of no trial says so and what to check, and the registry is asked once in a while, not at every visit', async () => {
    const world = await open(onDayTwo([study(id, base)]));
    const pages = await serve(world);
    const asked = () => world.recorded.requests.filter(({ path }) => path.includes('NCT09999999')).length;
    for (let n = 0; n < 3; n++) {
      const { status, text, headers } = await pages.get('/trials/NCT09999999');
      expect([status, headers.get('x-robots-tag')]).toEqual([404, 'noindex']);
      expect(wordsOf(text)).toContain('We could not find NCT09999999');
      expect(wordsOf(text)).toContain('Check that all its digits are there');
    }
    expect(asked()).toBe(1);
    world.setNow('2026-11-03T12:00:00Z');
    await pages.get('/trials/NCT09999999');
    expect(asked()).toBe(2);
    const { status, text } = await pages.get('/trials/NCT123');
    expect([status, wordsOf(text).includes('NCT and eight digits')]).toEqual([404, true]);
  });

  it('asks the registry few times a minute for all visitors together, and says that it cannot be asked now', async () => {
    const world = await open(onDayTwo([]));
    const pages = await serve(world);
    const statuses: number[] = [];
    // Five visitors, each within a share of their own (N9).
    for (let n = 10; n < 35; n++) {
      const visitor = { 'x-forwarded-for': `203.0.113.${n % 5}` };
      statuses.push((await pages.get(`/trials/NCT088888${n}`, visitor)).status);
    }
    expect(statuses.filter((status) => status === 404)).toHaveLength(20);
    expect(statuses.slice(20)).toEqual([503, 503, 503, 503, 503]);
    expect(world.recorded.requests.filter(({ path }) => path.includes('NCT088888'))).toHaveLength(20);
    world.setNow('2026-11-02T12:01:01Z');
    expect((await pages.get('/trials/NCT08888834')).status).toBe(404);
  });

  it('says that the registry is away rather than that there is no such trial', async () => {
    const world = await open(onDayTwo([study(id, base)]));
    const pages = await serve(world);
    world.recorded.setFault({ kind: 'status', status: 404, body: 'An HTML page of a proxy', times: 50 });
    const { status, text } = await pages.get(`/trials/${id}`);
    expect(status).toBe(503);
    expect(wordsOf(text)).toContain('We do not know whether the trial exists');
  });
});

describe('the page of a trial', () => {
  it('D11: names its source, when it was read, that the words are ours, and what it is not', async () => {
    const { world, pages } = await openPages();
    await world.poll();
    const words = wordsOf((await pages.get(`/trials/${id}`)).text);
    expect(words).toContain(
      'Source: ClinicalTrials.gov, data from November 2, 2026, read on November 2, 2026 at 12:00',
    );
    expect(words).toContain('Our sentences are shortened and in our own words');
    expect(words).toContain('does not mean that the U.S. government has evaluated the study');
    expect(words).toContain('It is not medical advice');
    // Where the registry's list was read since and this record was not in it, both moments are told.
    expect(words).not.toContain('We last read this record');
    for (const date of ['2026-11-05', '2026-11-09']) {
      world.refresh(`${date}T09:00:04`, [study(id, base)]);
      world.setNow(`${date}T12:00:00Z`);
      await world.poll();
    }
    const later = wordsOf((await pages.get(`/trials/${id}`)).text);
    expect(later).toContain('data from November 9, 2026, read on November 9, 2026 at 12:00');
    expect(later).toMatch(/We last read this record on ClinicalTrials\.gov on November [25], 2026/);
  });

  it('gives every fact of the five trials that other pages show, in words, with its warnings, and no raw code', async () => {
    const { pages } = await openPages(seedTrials.map((seed) => toRecord(seed, day(2))));
    const pageOf = async (trial: string) => wordsOf((await pages.get(`/trials/${trial}`)).text);
    const expected: Record<string, string[]> = {
      NCT07637929: [
        'Observational study',
        '200',
        'R/R B-ALL',
        'First posted on the registry',
        'June 26, 2026',
      ],
      NCT02186860: ['unknown', '5 (planned)', '18 years to 65 years', '307-CTC-CAR T', 'Academy of Military'],
      NCT04787263: [
        'Early phase 1',
        'IRCCS Ospedale Pediatrico Bambino Gesù',
        '00165 Roma',
        'Italy',
        'June 27, 2026',
      ],
      NCT04532203: ['72 (planned)', '3 years to 75 years', 'Zhejiang University', 'Hangzhou', 'open label'],
      NCT05164042: [
        'HEM-ONCO-007',
        'February 5, 2021',
        'February 29, 2024',
        'December 20, 2021',
        'has passed',
        'small',
      ],
    };
    for (const [trial, facts] of Object.entries(expected)) {
      const words = await pageOf(trial);
      for (const fact of facts) expect(words).toContain(fact);
      expect(words).toContain('No results tables are posted');
      expect(words).toContain('Limits of the trial or of its record');
      expect(words).not.toMatch(/EARLY_PHASE1|PHASE\d|SINGLE_GROUP|INTERVENTIONAL|\bUNKNOWN\b|\bNA\b/);
    }
  });

  it('shows what the record says of papers, notices, documents, data and expanded access, each with its link', async () => {
    const { pages } = await openPages([addLinked(study(id, base)), study('NCT09900002', base)]);
    const { text } = await pages.get(`/trials/${id}`);
    const said = wordsOf(text);
    for (const one of [
      'Who is studied Adults with asthma. From one clinic.',
      'Gender also decides who can take partYes',
      'By self-representation',
      'has a record of its own: NCT05918913, available as expanded access',
      'Results are delayed: the sponsor certified a delay or asked for more time. Listed on June 4, 2025.',
      'marks this record as “delayed posting”',
      'From the U.S. Food and Drug Administration (FDA) about this record: a correction was confirmed (June 9, 2026).',
      'about this record: a violation of the reporting rules was found (May 3, 2026): “No results.”',
      'Papers with results, as the sponsor lists them “Ada A. The result paper. J Example. 2025.” (PubMed 22)',
      'Retracted papers “A paper that PubMed linked.” (PubMed 333), announced in PubMed 5555; J Example. 2026;1:2',
      '“Study Protocol” of June 29, 2022',
      'The sponsor plans to share the data of single participants.',
      'consent form, study protocol',
    ])
      expect(said).toContain(one);
    for (const link of [
      'href="https://pubmed.ncbi.nlm.nih.gov/22/" rel="noreferrer"',
      'href="https://example.org/data" rel="noreferrer"',
      'href="/trials/NCT05918913"',
    ])
      expect(text).toContain(link);
    const spanish = wordsOf((await pages.get(`/trials/${id}?lang=es`)).text);
    expect(spanish).toContain('El patrocinador prevé compartir los datos de cada participante.');
    const plain = await pages.get('/trials/NCT09900002');
    const ofTheTrial = plain.text.replace(/<form class="follow".*?<\/form>/s, '');
    expect(ofTheTrial).not.toMatch(/id="documents"|pubmed|Who is studied|expanded access/);
  });

  it('C16: an address in a record becomes a link only where it is one of the web', async () => {
    const raw = addLinked(study(id, base));
    raw.protocolSection.ipdSharingStatementModule.url = 'javascript:alert(1)';
    raw.protocolSection.referencesModule.references[1].pmid = '22" onclick="x';
    const { pages } = await openPages([raw]);
    expect((await pages.get(`/trials/${id}`)).text).not.toMatch(/javascript:|onclick="x|pubmed\.ncbi[^"]*22/);
  });

  it('M1b: parts weak codes from the standard terms, and keeps the registrant’s own words', async () => {
    const { pages } = await openPages([
      study(id, {
        ...base,
        title: 'A diary in allergy',
        conditions: ['Allergic Rhinitis'],
        keywords: ['IgE'],
        meshes: [
          { id: 'D065631', term: 'Rhinitis, Allergic' },
          { id: 'C562694', term: 'Epilepsy, Idiopathic Generalized' },
        ],
      }),
    ]);
    const words = wordsOf((await pages.get(`/trials/${id}`)).text);
    expect(words).toMatch(/Standard terms Allergic rhinitis As registered Allergic Rhinitis/);
    expect(words).toMatch(
      /The registry also files it under .* (?:Idiopathic Generalized Epilepsy|Epilepsy, Idiopathic Generalized)/,
    );
  });

  it('groups sites by country, each with its status, and measures from a city nearest first', async () => {
    const located = study(id, base);
    const points = { Bergen: [60.39, 5.32], Oslo: [59.91, 10.75], Paris: [48.85, 2.35] } as const;
    for (const site of located.protocolSection.contactsLocationsModule.locations) {
      const [lat, lon] = points[site.city as keyof typeof points];
      site.geoPoint = { lat, lon };
    }
    const { pages } = await openPages([located]);
    const words = wordsOf((await pages.get(`/trials/${id}`)).text);
    expect(words).toContain('Norway: 2 sites, 2 recruiting');
    expect(words).toContain('France: 1 site, 1 recruiting');
    const near = await pages.get(`/trials/${id}?near=paris`);
    expect(near.headers.get('x-robots-tag')).toBe('noindex');
    expect(wordsOf(near.text)).toMatch(
      /Distances from Paris, France.*Beta, Paris.*about 0 km.*Alpha, Oslo.*about 1,3\d\d km/,
    );
    const unknown = await pages.get(`/trials/${id}?near=%3Cb%3EAtlantis`);
    expect(unknown.text).toContain('aria-invalid="true"');
    expect(unknown.text).toContain('&lt;b&gt;Atlantis');
    expect(wordsOf(unknown.text)).toContain('We do not know of a trial site in that city');
  });

  it('lists countries with equally many sites by their names, in the order of the language', async () => {
    const sites = ['South Korea', 'Taiwan', 'Norway', 'Turkey', 'Czechia'].map((one) => `Zeta, Town, ${one}`);
    const { pages } = await openPages([study(id, { ...base, sites })]);
    for (const [language, names] of [
      ['en', 'Czechia Norway South Korea Taiwan Türkiye'],
      ['es', 'Chequia Corea del Sur Noruega Taiwán Turquía'],
    ]) {
      const { text } = await pages.get(`/trials/${id}?lang=${language}`);
      const shown = [...text.matchAll(/<summary>([^:<]+): 1 (?:site|centro)/g)];
      expect(shown.map(([, name = '']) => name).join(' ')).toBe(names);
    }
  });

  it('asks which city is meant where two share a name, and takes its accents or none', async () => {
    const located = study(id, {
      ...base,
      sites: [
        'Mayo, Rochester, United States, 55905',
        'Strong, Rochester, United States',
        'Clinica, Malaga, Spain',
      ],
    });
    const points = [
      ['Minnesota', 44.02, -92.47],
      ['New York', 43.15, -77.62],
      ['', 36.72, -4.42],
    ] as const;
    for (const [n, site] of located.protocolSection.contactsLocationsModule.locations.entries()) {
      const [state = '', lat, lon] = points[n] ?? [];
      Object.assign(site, { state, geoPoint: { lat, lon } });
    }
    const { pages } = await openPages([located]);
    const unclear = wordsOf((await pages.get(`/trials/${id}?near=rochester`)).text);
    expect(unclear).toMatch(
      /Which city do you mean\? Rochester, Minnesota, United States Rochester, New York, United States/,
    );
    const chosen = await pages.get(`/trials/${id}?near=${encodeURIComponent('Rochester, New York')}`);
    expect(wordsOf(chosen.text)).toMatch(
      /Distances from Rochester, New York, United States.*Strong, Rochester.*about 0 km/,
    );
    expect(wordsOf((await pages.get(`/trials/${id}?near=M%C3%A1laga`)).text)).toContain(
      'Distances from Malaga, Spain',
    );
    const byCode = wordsOf((await pages.get(`/trials/${id}?near=55905`)).text);
    expect(byCode).toContain(
      '“55905”: we measure distances from Rochester, Minnesota, United States, where trial sites are in this postal area.',
    );
    expect(wordsOf((await pages.get(`/trials/${id}?near=ZE3`)).text)).toContain(
      'We do not know this postal code. Enter a town near you.',
    );
  });

  it.each([
    ['RECRUITING', 'This is how people usually come to take part', true],
    ['NOT_YET_RECRUITING', 'Not yet', false],
    ['ENROLLING_BY_INVITATION', 'you cannot apply', false],
    ['AVAILABLE', 'The doctor has to ask', true],
    ['COMPLETED', 'not taking new participants', false],
    ['UNKNOWN', 'We do not know of a way to join', false],
    ['SUSPENDED', 'Not now', false],
  ])('D9: %s: says how people come to take part as a fact: %s', async (status, first, hasSteps) => {
    const { pages } = await openPages([study(id, { ...base, status })]);
    const { text } = await pages.get(`/trials/${id}`);
    const part = /<section id="part">[\s\S]*?<\/section>/.exec(text)?.[0] ?? '';
    expect(wordsOf(part)).toContain(first);
    expect(part.includes('<ol>')).toBe(hasSteps);
    expect(part.includes('what is paid for')).toBe(hasSteps);
    expect(text).toContain(`href="https://clinicaltrials.gov/study/${id}" rel="noopener"`);
  });

  it('D4: warns in words of a record that is old, and quotes the sponsor’s reason', async () => {
    const { pages } = await openPages([
      study(id, {
        ...base,
        status: 'SUSPENDED',
        whyStopped: 'Drug supply',
        verifiedOn: '2024-05',
        completion: '2025-01',
      }),
    ]);
    const words = wordsOf((await pages.get(`/trials/${id}`)).text);
    expect(words).toContain('The completion date in this record (January 2025) has passed');
    expect(words).toContain('The sponsor last confirmed this record in May 2024');
    expect(words).toContain('The sponsor’s reason, word for word: Drug supply');
  });

  it('shows since when a status is listed as far as we saw it, where a date stood before, and which sites are new', async () => {
    const { world, pages } = await openPages();
    const first = await pages.get(`/trials/${id}`);
    expect(wordsOf(first.text)).toContain('Listed as recruiting since November 2, 2026 or earlier');
    await changeTo(world, 3, { completion: '2030-06' });
    await changeTo(world, 4, {
      ...{ completion: '2031-06', status: 'SUSPENDED', whyStopped: 'Drug supply' },
      sites: ['Zeta Clinic, Bergen, Norway', 'Gamma, Lyon, France', 'Beta, Paris, France'],
    });
    const { text } = await pages.get(`/trials/${id}`);
    const words = wordsOf(text);
    expect(words).toContain('Listed as paused (suspended) since November 4, 2026');
    expect(words).toMatch(
      /Status recruiting since November 2, 2026 or earlier paused since November 4, 2026/,
    );
    expect(words).toMatch(/End of the trial ?was June 2030 → , now June 2031 1 year later, estimated/);
    expect(words).toMatch(/3 sites in 2 countries.*\+ 1 − 1 since November 2, 2026/);
    expect(words).toMatch(/\+ New Gamma, Lyon, France.*− Gone Alpha, Oslo, Norway/);
    const svg = /<svg class="time"[\s\S]*?<\/svg>\n<dl/.exec(text)?.[0] ?? '';
    expect(svg).toContain('class="unwatched"');
    expect([...svg.matchAll(/<rect data-bucket="(\w+)"/g)].map(([, mark]) => mark)).toEqual([
      'open',
      'paused',
    ]);
    expect(svg.match(/class="move"/g)).toHaveLength(1);
  });

  it('is made with at most three statements, however much changed', async () => {
    const { world } = await openPages();
    for (let n = 3; n < 9; n++) await changeTo(world, n, { enrollment: 1_000 * n });
    const counted = countStatements(world.context);
    const pages = await serve({ ...world, context: counted.context });
    // The first visit also learns which conditions there are.
    await pages.get(`/trials/${id}`);
    const before = counted.count();
    expect((await pages.get(`/trials/${id}`)).status).toBe(200);
    expect(counted.count() - before).toBeLessThanOrEqual(3);
  });

  it('C11: a removed record keeps its page, under the banner, without contacts, how to take part or a link to nothing', async () => {
    const { world, pages } = await openPages([study(id, base), study('NCT09900002')]);
    for (const n of [3, 4, 5]) {
      turnTo(world, n, [study('NCT09900002')]);
      await world.round();
    }
    expect((await world.changes(id)).map(({ kind }) => kind)).toEqual(['removed']);
    const { status, text } = await pages.get(`/trials/${id}`);
    expect(status).toBe(200);
    expect(wordsOf(text)).toContain(
      'This record is no longer on ClinicalTrials.gov. We do not know why. If you take part in the trial, ask your study team.',
    );
    expect(wordsOf(text)).not.toContain('This is how people usually come to take part');
    expect(text).not.toContain('/contacts"');
    expect(text).not.toContain('clinicaltrials.gov/study/');
    const posted = await pages.post(`/trials/${id}/contacts`, {});
    for (const value of contactValues) expect(posted.text).not.toContain(value);
  });

  it('says of a withheld record that it is withheld, and gives no contacts', async () => {
    const { world, pages } = await openPages();
    await changeTo(world, 3, { status: 'WITHHELD' });
    const { text } = await pages.get(`/trials/${id}`);
    expect(wordsOf(text)).toContain('says that this record exists, but does not show its details');
    expect(text).not.toContain('/contacts"');
    const posted = await pages.post(`/trials/${id}/contacts`, {});
    for (const value of contactValues) expect(posted.text).not.toContain(value);
  });

  it('C16: hostile registry text is inert and bounded: scripts, directions, a megabyte', async () => {
    const hostile = study(id, { ...base, title: hostileText + 'x'.repeat(1_048_576), summary: hostileText });
    const { protocolSection } = hostile;
    protocolSection.conditionsModule.conditions = [hostileText, ...Array(5_000).fill('y')];
    protocolSection.eligibilityModule.eligibilityCriteria = hostileText.repeat(3_000);
    protocolSection.contactsLocationsModule.locations = Array.from({ length: 1_000 }, (_, n) => ({
      facility: `${hostileText} ${n}`,
      city: 'javascript:alert(1)',
      country: '"><script>alert(9)</script>',
    }));
    const { pages } = await openPages([hostile]);
    const { status, text, headers } = await pages.get(`/trials/${id}`);
    expect(status).toBe(200);
    const foreign = [
      '<script type="module" src="/follow.js"></script>',
      '<script src="/share.js" defer></script>',
      '<img src="/icon.svg" alt="" height="24">',
    ].reduce((rest, ours) => rest.replace(ours, ''), text);
    expect(foreign).not.toMatch(/<script|<img|onerror=alert\(2\)>|[\u202a-\u202e\u2066-\u2069\u200b]/);
    expect(text).not.toMatch(/href="javascript:/i);
    expect(text.length).toBeLessThan(500_000);
    expect(JSON.stringify([...headers])).not.toContain('Bcc');
    expect(/<title>([\s\S]*?)<\/title>/.exec(text)?.[1]?.length).toBeLessThan(2_000);
  });
});

describe('contacts', () => {
  it('P11: stand in no page, feed or header that an address names; a form’s request alone shows them', async () => {
    const opened = await openPages();
    await changeTo(opened.world, 3, { status: 'SUSPENDED', contact: { ...contact, phone: '555-0199' } });
    const all = await everyGet(opened);
    for (const value of [...contactValues, '555-0199']) expect(all).not.toContain(value);
    expect(all).toContain(`action="/trials/${id}/contacts"`);
    const { pages } = opened;
    const shown = await pages.post(`/trials/${id}/contacts`, {});
    expect(shown.text).toContain('Lovelorn');
    expect(shown.text).toContain('href="tel:5550199"');
    expect(shown.text).toContain('href="mailto:ada.lovelorn@clinic.example"');
    expect([shown.headers.get('cache-control'), shown.headers.get('x-robots-tag')]).toEqual([
      'no-store',
      'noindex',
    ]);
  });

  it('P6: a request from another site gets none', async () => {
    const { pages } = await openPages();
    const foreign = await pages.post(`/trials/${id}/contacts`, {}, { 'sec-fetch-site': 'cross-site' });
    expect(foreign.status).toBe(403);
    for (const value of contactValues) expect(foreign.text).not.toContain(value);
  });

  it('E4: neither they nor the pages change anything when read', async () => {
    const opened = await openPages();
    await changeTo(opened.world, 3, { status: 'SUSPENDED' });
    const before = await opened.world.dump();
    await everyGet(opened);
    await opened.pages.post(`/trials/${id}/contacts`, {});
    expect(await opened.world.dump()).toEqual(before);
  });
});

describe('the timeline', () => {
  it('C6: shows every change with old and new, newest first, each with an address of its own', async () => {
    const { world, pages } = await openPages();
    await changeTo(world, 3, { status: 'SUSPENDED', whyStopped: 'Drug supply' });
    await changeTo(world, 4, { status: 'RECRUITING' });
    await changeTo(world, 5, { status: 'SUSPENDED', whyStopped: 'Drug supply' });
    const { text } = await pages.get(`/trials/${id}/changes`);
    const words = wordsOf(text);
    const found = [...words.matchAll(/Now listed as ([a-z]+)[^.]*\. Before: ([a-z]+)/g)].map(
      ([, to, from]) => `${from} to ${to}`,
    );
    expect(found).toEqual(['recruiting to paused', 'paused to recruiting', 'recruiting to paused']);
    expect(words).toContain('Drug supply');
    expect(wordsOf((await pages.get(`/trials/${id}`)).text)).toContain(
      `${(await world.changes(id)).length} changes since we started watching`,
    );
    for (const change of await world.changes(id)) {
      const one = await pages.get(`/trials/${id}/changes/${change.id}`);
      expect([one.status, text.includes(`href="/trials/${id}/changes/${change.id}"`)]).toEqual([200, true]);
    }
    expect((await pages.get(`/trials/${id}/changes/999999`)).status).toBe(404);
    expect((await pages.get(`/trials/${id}/changes/1%20or%201`)).status).toBe(404);
  });

  it('P9: pages through the changes without leaving out or repeating one', async () => {
    const { world, pages } = await openPages();
    await changeTo(world, 3, { enrollment: 300 });
    const { db } = world.context;
    await sql`insert into changes (trial_id, version, run_id, facet, kind, change, weight, topics, detected_at)
      select c.trial_id, c.version, c.run_id, c.facet, c.kind, c.change, (n * 7) % 5, c.topics, c.detected_at
      from changes c, generate_series(1, 120) n where c.id = (select min(id) from changes)`.execute(db);
    const seen: string[] = [];
    let path: string | undefined = `/trials/${id}/changes`;
    for (let page = 0; path !== undefined && page < 10; page++) {
      const { text }: { text: string } = await pages.get(path);
      seen.push(...[...text.matchAll(/id="change-(\d+)"/g)].map(([, change]) => change ?? ''));
      path = /href="([^"]+)" rel="next"/.exec(text)?.[1];
    }
    expect(seen).toHaveLength((await world.changes(id)).length);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('C12: marks held and discarded changes; the trial’s page says that it is being checked', async () => {
    const many = (parts: StudyParts) => manyStudies(51, { updatedOn: '2026-09-01', ...parts });
    const { world, pages } = await openPages(many({}));
    turnTo(world, 3, many({ status: 'SUSPENDED', updatedOn: day(3) }));
    expect((await world.poll()).outcome).toBe('held');
    const held = wordsOf((await pages.get('/trials/NCT08000001/changes')).text);
    expect(held).toContain('Being checked: this may be an error in the registry’s data');
    expect(wordsOf((await pages.get('/trials/NCT08000001')).text)).toContain('A person is checking');
    await sql`update changes set state = 'discarded'`.execute(world.context.db);
    const discarded = wordsOf((await pages.get('/trials/NCT08000001/changes')).text);
    expect(discarded).toContain('Judged to be an error in the registry’s data');
  });

  it('shows nothing of what somebody follows: that a trial came to match is no change of the record', async () => {
    const { world, pages } = await openPages([
      study(id, { ...base, conditions: ['Wheezing'], title: 'Exampline' }),
    ]);
    await world.subscribe('ann@example.net', { conditions: ['asthma'] });
    await changeTo(world, 3, { conditions: ['Asthma'], title: 'Exampline' });
    expect((await world.changes(id)).map(({ kind }) => kind)).toContain('entered');
    const words = wordsOf((await pages.get(`/trials/${id}/changes`)).text);
    expect(words).not.toContain('New to you');
    expect(words).toContain('Conditions, November 3, 2026 + New “Asthma”');
  });
});

describe('two versions', () => {
  it('can be picked and compared, whichever way round; versions that are not there are refused in words', async () => {
    const { world, pages } = await openPages();
    await changeTo(world, 3, { status: 'SUSPENDED', whyStopped: 'Drug supply' });
    await changeTo(world, 4, { status: 'COMPLETED', enrollment: 900 });
    for (const path of [`/trials/${id}/compare?from=1&to=3`, `/trials/${id}/compare?from=3&to=1`]) {
      const words = wordsOf((await pages.get(path)).text);
      expect(words).toMatch(/Field\s*Version 1\s*Version 3/);
      expect(words).toContain('Status Before recruiting Now completed');
      expect(words).toContain('Participants Before 120 (planned) Now 900 (planned) (780 more)');
    }
    expect(wordsOf((await pages.get(`/trials/${id}/compare`)).text)).toContain(
      'Status Before paused Now completed',
    );
    for (const query of ['from=1&to=9', 'from=0&to=1', 'from=x&to=', 'from=-1&to=99999999999999999999']) {
      const { status, text } = await pages.get(`/trials/${id}/compare?${query}`);
      expect([status, wordsOf(text).includes('There is no such version')]).toEqual([404, true]);
    }
    expect(wordsOf((await pages.get(`/trials/${id}/compare?from=2&to=2`)).text)).toContain(
      'We found no difference to report',
    );
  });

  it('mark in texts what one of them has alone, what is needed apart from what rules out, and name new and gone sites', async () => {
    const criteria = 'Inclusion Criteria:\n\n* Asthma for 14 days\n\nExclusion Criteria:\n\n* Smoking';
    const { world, pages } = await openPages([study(id, { ...base, criteria })]);
    await changeTo(world, 3, {
      criteria: `${criteria.replace('14', '28')}\n* Pregnancy`,
      sites: ['Zeta Clinic, Bergen, Norway', 'Gamma, Lyon, France', 'Beta, Paris, France'],
    });
    const { text } = await pages.get(`/trials/${id}/compare`);
    expect(text).toMatch(/“Asthma for <del>14<\/del> days”[\s\S]*“Asthma for <ins>28<\/ins> days”/);
    const words = wordsOf(text);
    expect(words).toContain('Criteria for taking part rules out taking part Before Now “Pregnancy”');
    expect(words).toMatch(/Sites Before − Gone Alpha, Oslo, Norway.* Now \+ New Gamma, Lyon, France/);
    const spanish = (await pages.get(`/trials/${id}/compare?lang=es`)).text;
    expect(spanish).toMatch(/«<span lang="en">Asthma for <\/span><ins><span lang="en">28<\/span><\/ins>.*»/);
  });
});
