import { afterEach, describe, expect, it } from 'vitest';
import { operations } from '../../../src/web/api/openapi.ts';
import type { ApiAnswer, Said } from '../../support/api.ts';
import { type Api, serveApi } from '../../support/api-world.ts';
import { manyStudies, type StudyParts, study } from '../../support/study.ts';
import { useWorlds, type World, type WorldOptions } from '../../support/world.ts';

const open = useWorlds();
const served: Api[] = [];
afterEach(async () => {
  for (const api of served.splice(0)) await api.close();
});
async function openWith(studies: unknown[], options: WorldOptions = {}): Promise<{ world: World; api: Api }> {
  const world = await open({ days: [{ timestamp: '2026-11-02T09:00:04', studies }], ...options });
  await world.subscribe('ann@example.net', { conditions: ['asthma'] });
  const api = await serveApi(world);
  served.push(api);
  return { world, api };
}
const id = 'NCT09900001';
async function tell(world: World, day: number, parts: StudyParts): Promise<void> {
  const on = `2026-11-0${day}`;
  world.refresh(`${on}T09:00:04`, [study(id, { updatedOn: on, ...parts })]);
  world.setNow(`${on}T12:00:00Z`);
  await world.poll();
}
const faultsOf = (json: { errors?: { parameter: string }[] | undefined }) =>
  json.errors?.map(({ parameter }) => parameter);

describe('a trial over the API', () => {
  it('is the stored record, its card, and what it is not', async () => {
    const { api } = await openWith([study(id, { title: 'A made-up trial' })]);
    const { status, headers, json } = await api.get<Said['trial']>(`/api/v1/trials/${id}`);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      registry: 'ctgov',
      id,
      url: `https://bell.example.org/trials/${id}`,
      recordUrl: expect.stringContaining(id),
      version: 1,
      removedAt: null,
      heldChanges: 0,
      card: { id, status: 'RECRUITING', siteCount: 1, countries: ['Norway'] },
      trial: { id, title: 'A made-up trial', sites: [{ city: 'Bergen', status: 'RECRUITING' }] },
    });
    expect(json.notice).toMatch(
      /ClinicalTrials\.gov.*does not mean that the U\.S\. government.*not medical advice/s,
    );
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('cache-control')).toBe('public, max-age=300');
    expect(headers.get('set-cookie')).toBe(null);
    const etag = headers.get('etag') ?? '';
    const again = await api.get(`/api/v1/trials/${id}`, { 'if-none-match': etag });
    expect([again.status, again.json]).toEqual([304, null]);
  });

  it('P11: names no person, no phone and no address of its contacts, in no version', async () => {
    const contact = { name: 'Ann Person', phone: '555 0199', email: 'ann.person@example.com' };
    const { world, api } = await openWith([study(id, { contact })]);
    await tell(world, 3, {
      contact: { name: 'Bob Person', phone: '555 0200', email: 'bob.person@example.com' },
    });
    await tell(world, 4, { contact, status: 'SUSPENDED' });
    const hashes = (await world.versions(id)).flatMap((trial) => trial.contacts);
    expect(hashes.length).toBeGreaterThan(0);
    const paths = ['', '/versions', '/versions/1', '/versions/2'].map(
      (rest) => `/api/v1/trials/${id}${rest}`,
    );
    for (const path of [...paths, '/api/v1/changes', '/api/v1/conditions/asthma']) {
      const { status, json } = await api.get(path);
      const text = JSON.stringify(json);
      expect([path, status]).toEqual([path, 200]);
      expect(text).not.toMatch(/Ann Person|Bob Person|555 0|person@|"contacts":/);
      for (const hash of hashes) expect(text).not.toContain(hash);
    }
    const { json } = await api.get<Said['changes']>('/api/v1/changes?facet=contacts');
    expect(json.changes.map(({ before, after, sentence }) => [before, after, sentence])).toEqual([
      [null, null, 'The contact details changed.'],
      [null, null, 'The contact details changed.'],
    ]);
  });

  it('has its versions, newest first, page by page, each at a path of its own', async () => {
    const { world, api } = await openWith([study(id)]);
    for (const day of [3, 4, 5, 6]) await tell(world, day, { enrollment: day * 100 });
    const first = await api.get<Said['versions']>(`/api/v1/trials/${id}/versions?limit=2`);
    expect(first.json.versions.map(({ version }) => version)).toEqual([5, 4]);
    const second = await api.get<Said['versions']>(
      `/api/v1/trials/${id}/versions?limit=2&cursor=${first.json.next}`,
    );
    expect(second.json.versions.map(({ version }) => version)).toEqual([3, 2]);
    // One that comes meanwhile moves no page.
    await tell(world, 7, { enrollment: 700 });
    const third = await api.get<Said['versions']>(
      `/api/v1/trials/${id}/versions?limit=2&cursor=${second.json.next}`,
    );
    expect([third.json.versions.map(({ version }) => version), third.json.next]).toEqual([[1], null]);
    const { json } = await api.get<Said['version']>(second.json.versions[0]?.path ?? '');
    expect([json.version, json.trial.enrollment?.count]).toEqual([3, 400]);
    expect((await api.get(`/api/v1/trials/${id}/versions/99`)).status).toBe(404);
  });

  it('has one address: other spellings and obsolete numbers lead to it, with what follows', async () => {
    const { api } = await openWith([study(id, { aliases: ['NCT09900009'] })]);
    for (const [asked, rest] of [
      [id.toLowerCase(), ''],
      ['NCT09900009', '/versions'],
      ['nct09900009', '/versions/1'],
    ]) {
      const { status, headers } = await api.get(`/api/v1/trials/${asked}${rest}`);
      expect([status, headers.get('location')]).toEqual([301, `/api/v1/trials/${id}${rest}`]);
    }
  });

  it('C16: hostile registry text is inert data', async () => {
    const { api } = await openWith([study(id, { title: '</script>\u202Etxet <b>\u0007"\\ \uFFFE' })]);
    const { headers, json } = await api.get<Said['trial']>(`/api/v1/trials/${id}`);
    for (const character of ['\u202E', '\u0007']) expect(json.trial.title).not.toContain(character);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  });
});

describe('conditions over the API', () => {
  it('are listed by slug, each once, page by page', async () => {
    const { api } = await openWith([
      study(id),
      study('NCT09900002', {
        conditions: ['Migraine'],
        meshes: [{ id: 'D008881', term: 'Migraine Disorders' }],
      }),
    ]);
    const listAll = async (limit: number) => {
      const slugs: string[] = [];
      for (let next: string | null = ''; next !== null; ) {
        const { json }: ApiAnswer<Said['conditions']> = await api.get<Said['conditions']>(
          `/api/v1/conditions?limit=${limit}${next && `&cursor=${next}`}`,
        );
        expect(json.conditions.length).toBeLessThanOrEqual(limit);
        slugs.push(...json.conditions.map(({ slug }) => slug));
        next = json.next;
      }
      return slugs;
    };
    const slugs = await listAll(70);
    expect(slugs).toContain('asthma');
    expect(slugs).toEqual([...new Set(slugs)].sort());
    expect(slugs).toEqual(await listAll(500));
  });

  it('have their trials, by status, page by page, and counts of all', async () => {
    const studies = [...manyStudies(5), study(id, { status: 'COMPLETED' })];
    const { api } = await openWith(studies);
    const ids: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const { json }: ApiAnswer<Said['condition']> = await api.get<Said['condition']>(
        `/api/v1/conditions/asthma?limit=2${next && `&cursor=${next}`}`,
      );
      expect(json).toMatchObject({ slug: 'asthma', name: 'Asthma', conceptId: 'D001249' });
      expect(json.counts).toEqual({ RECRUITING: 5, COMPLETED: 1 });
      ids.push(...json.trials.map((card) => card.id));
      next = json.next;
    }
    expect(ids.length).toBe(6);
    expect(new Set(ids).size).toBe(6);
    const finished = await api.get<Said['condition']>('/api/v1/conditions/asthma?group=finished');
    expect(finished.json.trials.map((card) => card.id)).toEqual([id]);
  });

  it('are found under other spellings, and are not where there is none', async () => {
    const { api } = await openWith([study(id)]);
    const moved = await api.get('/api/v1/conditions/D001249');
    expect([moved.status, moved.headers.get('location')]).toEqual([301, '/api/v1/conditions/asthma']);
    expect((await api.get('/api/v1/conditions/no_such!')).status).toBe(404);
  });
});

describe('requests that are wrong', () => {
  it.each([
    ['/api/v1/trials/x', 400, ['id']],
    [`/api/v1/trials/${id}?lang=en`, 400, [undefined]],
    [`/api/v1/trials/${id}?language=xx`, 400, ['language']],
    [`/api/v1/trials/${id}/versions?limit=0`, 400, ['limit']],
    [`/api/v1/trials/${id}/versions?limit=101`, 400, ['limit']],
    [`/api/v1/trials/${id}/versions?limit=1e1`, 400, ['limit']],
    [`/api/v1/trials/${id}/versions?limit=`, 400, ['limit']],
    [`/api/v1/trials/${id}/versions?limit=2&limit=3`, 400, ['limit']],
    [`/api/v1/trials/${id}/versions?cursor=x`, 400, ['cursor']],
    [`/api/v1/trials/${id}/versions/x`, 400, ['version']],
    ['/api/v1/conditions?cursor=%00', 400, ['cursor']],
    ['/api/v1/conditions/asthma?group=all&limit=x', 400, ['group', 'limit']],
    ['/api/v1/conditions/asthma?cursor=dC4', 400, ['cursor']],
    ['/api/v1/changes?cursor=MS4w', 400, ['cursor']],
    ['/api/v1/changes?trial=NCT1', 400, ['trial']],
    ['/api/v1/changes?condition=recurrence', 400, ['condition']],
    ['/api/v1/changes?facet=gossip', 400, ['facet[0]']],
    ['/api/v1/changes?offset=100', 400, [undefined]],
    ['/api/v1/trials/NCT01234567', 404, undefined],
    ['/api/v1/people', 404, undefined],
    ['/api/v2/trials', 404, undefined],
  ])('are answered by a problem that names the parameter: %s', async (path, status, parameters) => {
    const { api } = await openWith([study(id)]);
    const { headers, ...got } = await api.get(path);
    expect([got.status, got.json.status]).toEqual([status, status]);
    expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
    if (parameters === undefined) expect(got.json.errors).toBe(undefined);
    else if (parameters[0] === undefined) expect(got.json.detail).toMatch(/lang|offset/);
    else {
      expect(faultsOf(got.json)).toEqual(parameters);
      for (const name of parameters) expect(got.json.detail).toContain(String(name));
    }
  });

  it('get no page for people, whatever cannot be read in them', async () => {
    const { api } = await openWith([study(id)]);
    for (const path of ['/api/v1/trials/%E0%A4%A', `/api/v1/trials/${'x'.repeat(300)}`, '/api/v1/trials/']) {
      const response = await fetch(api.url + path);
      expect([path, response.headers.get('content-type')]).toEqual([
        path,
        'application/problem+json; charset=utf-8',
      ]);
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status).toBeLessThan(500);
    }
  });
});

describe('the document', () => {
  it('is served, and may be kept', async () => {
    const { api } = await openWith([study(id)]);
    const response = await fetch(`${api.url}/openapi.json`);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'application/json; charset=utf-8',
    ]);
    const document = (await response.json()) as { openapi: string; servers: { url: string }[] };
    expect(document.openapi).toBe('3.1.1');
    expect(document.servers).toEqual([{ url: 'https://bell.example.org' }]);
    const etag = response.headers.get('etag') ?? '';
    expect((await fetch(`${api.url}/openapi.json`, { headers: { 'if-none-match': etag } })).status).toBe(304);
  });

  it('is found from the start page and from every answer, and /api names each operation for people', async () => {
    const { api } = await openWith([study(id)]);
    for (const path of ['/', '/api', `/api/v1/trials/${id}`, '/api/v1/people', '/openapi.json']) {
      const link = (await fetch(api.url + path)).headers.get('link');
      expect([path, link]).toEqual([path, expect.stringContaining('</openapi.json>; rel="service-desc"')]);
      expect(link).toContain('</api>; rel="service-doc"');
    }
    expect((await fetch(`${api.url}/about`)).headers.get('link')).toBe(null);
    const home = await (await fetch(api.url)).text();
    expect(home).toContain('<a href="/api">For programs</a>');
    const said = await (await fetch(`${api.url}/api`)).text();
    for (const { method, path } of operations) expect(said).toContain(`<code>${method} ${path}</code>`);
    expect(said).toContain('<a href="/openapi.json">');
  });
});
