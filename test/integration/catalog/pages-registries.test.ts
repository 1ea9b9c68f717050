import { afterEach, describe, expect, it } from 'vitest';
import { registries } from '../../../src/core/registries.ts';
import { findAlarms } from '../../../src/jobs/ops/alarms.ts';
import { openSession, staff } from '../../support/admin-people.ts';
import { addKey } from '../../support/api-world.ts';
import { answersOf, look } from '../../support/bulk-lists.ts';
import { makeCtisTrial } from '../../support/ctis.ts';
import { useCtisWorlds } from '../../support/ctis-world.ts';
import { useIsrctnWorlds } from '../../support/isrctn-world.ts';
import { type Pages, servePages } from '../../support/pages.ts';

const openWorld = useCtisWorlds();
const openIsrctn = useIsrctnWorlds();
const opened: Pages[] = [];
afterEach(async () => {
  for (const pages of opened.splice(0)) await pages.close();
});

const base = makeCtisTrial();
const inWords = (html: string) =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/ (?=[.:,])/g, '');
const { name, licence: terms } = registries.ctis;
const credit = `Data of the ${name} by the European Medicines Agency (${terms}).`;

describe('pages of records of several registries', () => {
  it('X5, X12: a trial of the EU register shows its countries, what its status rests on, and whose data it is', async () => {
    const world = await openWorld([base]);
    await world.subscribe('ann@example.net', { trials: [base.id] });
    await world.pollCtis('2026-11-02T12:00:00Z');
    const pages = await servePages(world);
    opened.push(pages);
    const page = inWords((await pages.get(`/trials/${base.id}`)).text);
    for (const said of [
      'Listed as recruiting',
      'The registry gives a status for each country. This one follows from them.',
      'The registry’s own words for the whole trial: “Ongoing, recruiting”.',
      'Italy: authorized, not yet recruiting',
      'Spain: recruiting Recruitment began on February 1, 2026.',
      credit,
    ])
      expect(page).toContain(said);
    expect(page).not.toMatch(/U\.S\. government|when the sponsor last confirmed it/);
    const spanish = inWords((await pages.get(`/trials/${base.id}?lang=es`)).text);
    expect(spanish).toContain('Italia: autorizado, aún no recluta');

    const { sources, card, trial } = JSON.parse((await pages.get(`/api/v1/trials/${base.id}`)).text);
    expect(sources).toEqual([{ registry: 'ctis', name, attribution: credit, licence: terms }]);
    expect([card.countries, trial.statusBasis]).toEqual([['Spain', 'Italy'].sort(), 'countries']);
    expect((await pages.get(`/trials/${base.id}/feed.atom`)).text).toMatch(
      /<rights>[^<]*European Medicines Agency/,
    );
    const refused = base.countries.map((country) => ({ ...country, code: 11 }));
    world.portal.setTrials([{ ...base, code: 11, publishedOn: '2026-11-03', countries: refused }]);
    await world.pollCtis('2026-11-03T12:00:00Z');
    const after = inWords((await pages.get(`/trials/${base.id}`)).text);
    expect(after).toContain('Listed as not authorized');
    expect(after).not.toMatch(/before anyone (took part|joined)|gives no reason/);
    expect((await pages.get('/about')).text).toContain(`ClinicalTrials.gov and ${name}`);
  });

  it('X5, X12: its mail tells the country once, when the record was updated, and names the register', async () => {
    const world = await openWorld([base]);
    await world.subscribe('ann@example.net', { trials: [base.id] });
    await world.pollCtis('2026-11-02T12:00:00Z');
    const closed = base.countries.map((country) => ({ ...country, code: 5, recruitsUntil: '2026-11-01' }));
    world.portal.setTrials([{ ...base, code: 5, publishedOn: '2026-11-03', countries: closed.slice(0, 1) }]);
    await world.pollCtis('2026-11-03T12:00:00Z');
    world.setNow('2026-11-04T12:00:00Z');
    await world.round();
    const [mail] = await world.mails('ann@example.net');
    const text = mail?.text?.replace(/\s+/g, ' ') ?? '';
    expect(text).toContain('Spain: ● recruiting → ◐ closed to new participants');
    expect(text).toContain('− Gone: Italy (○ authorized, not yet recruiting)');
    expect(text).not.toMatch(/by its countries/i);
    expect(text).toContain('talk to the study team');
    expect(text).toContain('The record was last updated on November 3, 2026.');
    expect(text).toContain(
      `Source: ${name}, data from November 4, 2026, read on November 4, 2026 at 12:00 PM UTC.`,
    );
    expect(text).toContain(credit);
    expect(text).not.toContain('U.S. government');
  });

  it('X9: a EudraCT number that no stored record gives is asked for at the register it moved to', async () => {
    const world = await openWorld([{ ...base, eudraCt: '2010-012345-67' }]);
    const [followed] = await world.subscribe('ann@example.net', { trials: ['EudraCT 2010-012345-67'] });
    expect(followed?.words).toBe(base.id);
    await expect(world.subscribe('ann@example.net', { trials: ['2011-012345-67'] })).rejects.toThrow(
      'is a number of the older EU registry',
    );
  });

  it('X9: so it is in the search, the form, its list, the API, and the lists and forms of admins', async () => {
    const [old, unknown] = ['2010-012345-67', '2011-012345-67'];
    const world = await openWorld([{ ...base, eudraCt: old }], { config: { adminEmails: [staff.me] } });
    const pages = await servePages(world);
    opened.push(pages);
    const refused = /is a number of the older EU registry/;

    const { text: form } = await pages.get(`/follow?trial=EudraCT+${old}`);
    expect(form).toMatch(new RegExp(`value="trial:${base.id}" checked>`));
    expect((await pages.get(`/follow?trial=${unknown}`)).text).toMatch(refused);
    const list = await pages.post('/follow', { do: 'list', list: `${old}\n${unknown}` });
    expect(list.text).toMatch(new RegExp(`value="trial:${base.id}" checked>`));
    expect(list.text).toMatch(refused);

    const { authorization } = await addKey(world);
    const wish = (trial: string) =>
      fetch(`${pages.url}/api/v1/subscriptions`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ email: 'bob@example.net', trials: [trial] }),
      });
    expect(await (await wish(old)).json()).toMatchObject({ following: [{ id: base.id }] });
    expect(await (await wish(unknown)).text()).toMatch(refused);

    const admin = await openSession(world, pages, staff.me, 'admin');
    const add = (what: string) => admin.post('/admin/subscribers/add', { email: 'cat@example.net', what });
    expect((await add(unknown)).text).toMatch(refused);
    expect((await add(old)).status).toBe(303);
    const { path } = await look(
      pages,
      admin,
      `email,trial,condition\nx@example.net,${old},\ny@example.net,${unknown},\nz@example.net,,${old}\n`,
    );
    expect(await answersOf(admin, path)).toEqual(['2 ask', '3 other-number', '4 condition']);

    // The search goes to the page, which reads and stores the record; a number nobody knows is explained.
    const spaced = await pages.get(`/search?q=${base.id.replaceAll('-', '+')}`);
    expect(spaced.headers.get('location')).toBe(`/trials/${base.id}`);
    const { headers } = await pages.get(`/search?q=${old}`);
    expect(headers.get('location')).toBe(`/trials/${old}`);
    expect((await pages.get(`/trials/${old}`)).headers.get('location')).toBe(`/trials/${base.id}`);
    expect((await pages.get(`/search?q=${unknown}`)).text).toMatch(refused);
    const missing = await pages.get(`/trials/${unknown}`);
    expect([missing.status, missing.text.includes('euclinicaltrials.eu')]).toEqual([404, false]);
    const why = (trial: string) => admin.get(`/admin/subscribers/1/why?trial=${trial}`);
    expect([(await why(old)).status, (await why(unknown)).status]).toEqual([200, 404]);
    expect((await pages.get(`/api/v1/trials/${old}`)).headers.get('location')).toBe(
      `/api/v1/trials/${base.id}`,
    );
    expect((await pages.get(`/api/v1/trials/${unknown}`)).status).toBe(404);

    world.portal.setFault({ kind: 'web-page', on: 'search' });
    expect((await pages.get('/follow?trial=2012-012345-67')).text).toContain('We could not look up');
    expect((await wish('2012-012345-67')).status).toBe(503);
  });

  it('X12: a trial of the ISRCTN registry names it and its terms on its page, in its feed and in the API', async () => {
    const world = await openIsrctn([{}]);
    const id = 'ISRCTN90000001';
    await world.subscribe('ann@example.net', { trials: [id] });
    const pages = await servePages(world);
    opened.push(pages);
    const { name: registry, licence } = registries.isrctn;
    const { sources } = JSON.parse((await pages.get(`/api/v1/trials/${id}`)).text);
    expect(sources).toEqual([
      { registry: 'isrctn', name: registry, attribution: expect.any(String), licence },
    ]);
    const [{ attribution }] = sources;
    expect(attribution).toMatch(/ISRCTN.*CC BY/);
    expect(inWords((await pages.get(`/trials/${id}`)).text)).toContain(attribution);
    const feed = (await pages.get(`/trials/${id}/feed.atom`)).text;
    expect(/<rights>([^<]*)/.exec(feed)?.[1]).toContain(attribution);
    expect(feed).not.toContain('European Medicines Agency');
  });

  it('X12: operators see each registry: metrics, the condition list, and doctor’s alarms name it', async () => {
    const world = await openWorld([base]);
    await world.subscribe('ann@example.net', { conditions: ['multiple sclerosis'] });
    await world.pollCtis('2026-11-02T12:00:00Z');
    const pages = await servePages(world);
    opened.push(pages);
    const metrics = await pages.get('/metrics');
    expect([metrics.status, metrics.text]).toEqual([
      200,
      expect.stringMatching(/trialbell_registry_[a-z_]+\{registry="ctis"\} \d/),
    ]);
    const { trials } = JSON.parse((await pages.get('/api/v1/conditions/multiple-sclerosis')).text);
    expect(trials).toMatchObject([{ registry: 'ctis', id: base.id, countries: ['Italy', 'Spain'] }]);
    await world.round();
    expect(await findAlarms(world.context)).toEqual(
      expect.arrayContaining([{ name: 'old-data:ctis', message: null }]),
    );
  });
});
