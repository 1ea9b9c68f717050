import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { listAudit } from '../../../src/db/audit-log.ts';
import { listHeldChanges } from '../../../src/db/ingest/holds.ts';
import { importTrials } from '../../../src/jobs/ingest/import.ts';
import { discardHeldChanges, releaseHeldChanges } from '../../../src/use-cases/admin/decide-held.ts';
import { signInAsAdmin } from '../../support/admin-sign-in.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { readWords } from '../../support/html-text.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { runProgram, serverVariables } from '../../support/program.ts';
import type { SignedIn } from '../../support/sign-in.ts';
import { manyStudies, type StudyParts } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const openWorld = useWorlds();
let world: World;
let pages: Pages;
afterEach(() => pages.close());

const count = 51;
const longAgo = { updatedOn: '2026-09-01', completion: '2028-03-01' };
const all = (parts: StudyParts = {}) => manyStudies(count, { ...longAgo, ...parts });
const suspended = {
  status: 'SUSPENDED',
  whyStopped: '<script>=1+1</script> Drug supply',
  enrollment: 300,
  updatedOn: day(3),
};
const [me, other, viewer] = ['me@example.org', 'other@example.org', 'viewer@example.org'];

/** Status and enrollment of all trials are held; ann follows one of them. */
async function openHeld(changed = all(suspended)): Promise<{ admin: SignedIn; runId: number; path: string }> {
  const config = { adminEmails: [me, other], viewerEmails: [viewer] };
  world = await openWorld(onDayTwo(all(), { config }));
  await importTrials(world.context, world.registry, { kind: 'all' });
  await world.subscribe('ann@example.net', { trials: ['NCT08000001'] });
  turnTo(world, 3, changed);
  expect((await world.poll()).outcome).toBe('held');
  pages = await servePages(world);
  const runId = (await listHeldChanges(world.context.db))[0]?.runId ?? -1;
  return { admin: await signInAsAdmin(world, pages, me), runId, path: `/admin/runs/${runId}` };
}
const held = async () =>
  (await listHeldChanges(world.context.db)).map(({ facet, changes }) => `${facet} ${changes}`);
/** The rows of the table of kinds, in words: what changed, then its numbers. */
const readRows = (html: string) =>
  [...(/<tbody>([\s\S]*?)<\/tbody>/.exec(html)?.[1] ?? '').matchAll(/<tr[^>]*>([\s\S]*?)<\/tr>/g)].map(
    ([, row = '']) =>
      readWords(row.replace(/<span class="label">[^<]*<\/span>/g, ' '))
        .replace(/\s+/g, ' ')
        .trim(),
  );
const auditRows = async () => {
  const filter = { actor: null, act: null, subject: null, from: null, until: null };
  const rows = await listAudit(world.context.db, filter, { before: null, limit: 100 });
  return rows.filter(({ act }) => act === 'release' || act === 'discard');
};
const paused = 'status.status.RECRUITING.SUSPENDED';
const enrolled = 'enrollment.enrollment..';
const form = { kind: paused, held: String(2 * count), reason: 'The registry told us so by phone.' };
const ask = (what: string) => `decide?do=${what}&kind=${paused}`;

describe('a run’s page', () => {
  it('C12: shows held changes with their reason and a sample in words, without markup', async () => {
    const { admin, path } = await openHeld();
    const { text, status } = await admin.get(path);
    expect(status).toBe(200);
    expect(await findHtmlFaults(text)).toEqual([]);
    for (const part of [
      '102 changes wait for a decision. Nobody has been told.',
      'Status: changed in 51 of 51 changed trials',
      '1 of 1 follow what changed',
      '1 in a daily email',
      'No earlier run is stored',
    ])
      expect(readWords(text)).toContain(part);
    expect(readRows(text)).toEqual(['Participants 51 0', 'Status: was recruiting → , now paused 51 1']);
    expect(text).not.toContain('<script>=');
    expect(text).toMatch(/value="keep" checked/);
    expect(text).not.toMatch(/name="kind"[^>]* checked/);
    // Three samples of each kind, each with its official record.
    expect(text.match(/href="[^"]+\/study\/NCT0800\d{4}"/g)?.length).toBe(6);
  });

  it('C12: samples are drawn by chance: each draw is the same when looked at again, and another is different', async () => {
    const { admin, path } = await openHeld();
    const drawn = async (draw: number) =>
      (await admin.get(`${path}?draw=${draw}`)).text.match(/study\/NCT0800\d{4}/g)?.join();
    const draws = [await drawn(0), await drawn(0), await drawn(1), await drawn(2)];
    expect(draws[0]).toBe(draws[1]);
    expect(new Set(draws).size).toBe(3);
  });

  it('C12: each kind has its usual count from earlier runs; usual ones are selected, those far above have a mark', async () => {
    const { admin, path } = await openHeld();
    // Runs before this one: the usual share of participants is high, that of statuses low.
    await sql`
      with held as (select id from runs where outcome = 'held'), moved as (
        insert into runs (id, registry, kind, outcome, started_at, changed) overriding system value
        select -n, 'ctgov', 'poll', 'completed', now(), 100 from generate_series(1, 20) n returning id)
      insert into run_transitions select m.id, t.facet, t.transition, t.trials
      from moved m, (values ('status', ${paused}, 3), ('enrollment', ${enrolled}, 40)) t (facet, transition, trials)`.execute(
      world.context.db,
    );
    const { text } = await admin.get(path);
    expect(readRows(text)).toEqual([
      'Participants 51 40 0',
      'Status: was recruiting → , now paused (far above the usual count) 51 3 1',
    ]);
    expect(text.match(/<tr class="hit">/g)).toHaveLength(1);
    expect(text).toMatch(/value="enrollment\.enrollment\.\." checked/);
    expect(text).not.toMatch(/SUSPENDED" checked/);
  });

  it('P8: gives a viewer the sample, and no way to decide', async () => {
    const { path } = await openHeld();
    const guest = await signInAsAdmin(world, pages, viewer);
    const { text } = await guest.get(path);
    expect(readWords(text)).toContain('was recruiting');
    expect(text).not.toContain('/decide');
    expect((await guest.get(`${path}/${ask('release')}`)).status).toBe(403);
    expect((await guest.post(`${path}/release`, form)).status).toBe(403);
    expect(await held()).toEqual(['enrollment 51', 'status 51']);
  });
});

describe('deciding about held changes', () => {
  it('C12, P8: one kind is released after a page that asks once more, with a reason in the log; readers are told', async () => {
    const { admin, runId, path } = await openHeld();
    const asked = await admin.get(`${path}/${ask('release')}`);
    expect(await findHtmlFaults(asked.text)).toEqual([]);
    for (const part of [
      '51 changes in 51 trials.',
      '1 person follows what they are about: 1 in a daily email.',
      '51 changes stay held.',
    ])
      expect(readWords(asked.text)).toContain(part);
    // The way back comes first and stands out; the way on does not.
    expect(asked.text).toMatch(/<a class="button" href="[^"]+">Keep holding<\/a>\s*<button class="plain"/);
    expect(await held()).toEqual(['enrollment 51', 'status 51']);
    const done = await admin.post(`${path}/release`, form);
    expect([done.status, done.headers.get('location')]).toEqual([303, path]);
    expect(await held()).toEqual(['enrollment 51']);
    const shown = (await admin.get(path)).text;
    expect(shown).toContain(`Status, recruiting → paused: released by ${me} on`);
    expect(shown).toContain(form.reason);
    expect(await auditRows()).toMatchObject([
      {
        actor: me,
        act: 'release',
        subject: `run ${runId}`,
        reason: form.reason,
        details: { facet: null, transitions: [paused], changes: count },
      },
    ]);
    world.setNow(`${day(4)}T12:00:00Z`);
    await world.round();
    expect((await world.mails('ann@example.net')).at(-1)?.text).toContain('Status: ● recruiting →');
  });

  it('C12, P8: one kind is discarded the same way, and nobody is told', async () => {
    const { admin, path } = await openHeld();
    const asked = await admin.get(`${path}/${ask('discard')}`);
    expect(await findHtmlFaults(asked.text)).toEqual([]);
    expect((await admin.post(`${path}/discard`, form)).status).toBe(303);
    expect(await held()).toEqual(['enrollment 51']);
    expect(await auditRows()).toHaveLength(1);
    world.setNow(`${day(4)}T12:00:00Z`);
    await world.round();
    expect(await world.mails('ann@example.net')).toEqual([]);
  });

  it('P8: two admins decide the same: one does, the other is told who did and when, and nothing happens twice', async () => {
    const { admin, path } = await openHeld();
    const second = await signInAsAdmin(world, pages, other);
    const answers = await Promise.all([
      admin.post(`${path}/release`, form),
      second.post(`${path}/discard`, { ...form, reason: 'A mistake of the registry.' }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 409]);
    const late = answers.find(({ status }) => status === 409)?.text ?? '';
    expect(late).toMatch(
      answers[0]?.status === 303 ? /me@example\.org released it on/ : /other@example\.org discarded it on/,
    );
    expect(await findHtmlFaults(late)).toEqual([]);
    expect(await auditRows()).toHaveLength(1);
    const states = new Set(
      (await world.changes()).filter(({ kind }) => kind === 'status').map(({ state }) => state),
    );
    expect([...states]).toEqual([answers[0]?.status === 303 ? 'released' : 'discarded']);
    for (const page of [`${path}/${ask('release')}`, `${path}/${ask('discard')}`])
      expect((await admin.get(page)).status).toBe(409);
  });

  it('P8: a decision of the command line stands in the log too', async () => {
    const { admin, runId, path } = await openHeld();
    const env = await serverVariables(world.databaseUrl);
    const ran = await runProgram(['discard', String(runId), '--facet', 'status'], env);
    expect([ran.code, ran.stdout]).toEqual([0, '51 changes are discarded.\n']);
    expect((await admin.get(path)).text).toContain('Status: discarded by command line on');
    expect((await admin.get(`${path}/${ask('release')}`)).text).toContain('command line discarded it on');
  });

  it('P8: does nothing without a reason, and keeps the typed text', async () => {
    const { admin, path } = await openHeld();
    for (const reason of ['', '  ', 'ok', '\0a\0\0', 'x'.repeat(501)]) {
      const { status, text } = await admin.post(`${path}/release`, { ...form, reason });
      expect(status).toBe(422);
      expect(text).toMatch(/id="reason-error"[\s\S]*reason-hint reason-error/);
      expect(await findHtmlFaults(text)).toEqual([]);
    }
    expect(await held()).toEqual(['enrollment 51', 'status 51']);
    expect(await auditRows()).toEqual([]);
    const { status } = await admin.post(`${path}/release`, { ...form, reason: 'a real\0\u001b one' });
    expect([status, (await auditRows()).length]).toEqual([303, 1]);
  });

  it('P8: where more came to wait since the page was seen, it is shown again first', async () => {
    const { admin, path } = await openHeld();
    const { status, text } = await admin.post(`${path}/release`, { ...form, held: '101' });
    expect(status).toBe(409);
    expect(text).toContain('Please look again');
    expect(text).toContain(form.reason);
    expect(await findHtmlFaults(text)).toEqual([]);
    expect(await held()).toEqual(['enrollment 51', 'status 51']);
  });

  it('P8: changes that follow on an earlier run wait for its decision, and the page says so', async () => {
    await openHeld();
    const { db } = world.context;
    turnTo(world, 4, all({ ...suspended, status: 'COMPLETED', updatedOn: day(4) }));
    await world.poll();
    const later = (await listHeldChanges(db)).find(({ facet }) => facet === 'status');
    const [first] = [...(await listHeldChanges(db))].reverse();
    expect(later?.runId).not.toBe(first?.runId);
    const admin = await signInAsAdmin(world, pages, me);
    const answer = await admin.post(`/admin/runs/${later?.runId}/release`, {
      ...form,
      kind: 'all',
      held: String(
        (await listHeldChanges(db)).reduce((n, one) => n + (one.runId === later?.runId ? one.changes : 0), 0),
      ),
    });
    expect(answer.status).toBe(409);
    expect(answer.text).toContain('an earlier run holds');
    expect(await auditRows()).toEqual([]);
  });

  it('answers 404 for a run that does not exist and a decision about nothing', async () => {
    const { admin, path } = await openHeld();
    for (const page of ['/admin/runs/x', '/admin/runs/999', '/admin/runs/999/decide?do=release-all'])
      expect((await admin.get(page)).status).toBe(404);
    for (const kind of ['', 'x', 'status', "status.status.'.x", 'status.status.A']) {
      expect((await admin.post(`${path}/release`, { ...form, kind })).status).toBe(404);
      const nothing = await admin.get(`${path}/decide?do=release&kind=${kind}`);
      expect(nothing.status).toBe(422);
      expect(nothing.text).toContain('Select at least one kind of change');
    }
    const never = await admin.get(`${path}/decide?do=release&kind=sites.site-added..`);
    expect(never.status).toBe(409);
    expect(readWords(never.text)).toContain('Nothing of this is held in this run.');
    expect(readWords(never.text)).not.toContain('decided already');
    expect(await held()).toEqual(['enrollment 51', 'status 51']);
  });

  it('C12: a kind of which the rest goes with changes that were not selected stays held, and is not called decided', async () => {
    const studies = all({ completion: '2029-03-01', updatedOn: day(3) });
    for (const one of studies.slice(0, 30))
      one.protocolSection.statusModule.primaryCompletionDateStruct = {
        date: '2029-01-01',
        type: 'ESTIMATED',
      };
    const { admin, path } = await openHeld(studies);
    const completion = 'dates.completion-date..';
    const decision = { ...form, kind: completion, held: String(count + 30) };
    expect((await admin.post(`${path}/release`, decision)).status).toBe(303);
    expect(await held()).toEqual(['dates 60']);
    for (const answer of [
      await admin.get(`${path}/decide?do=release&kind=${completion}`),
      await admin.post(`${path}/release`, decision),
    ]) {
      const words = readWords(answer.text);
      expect(answer.status).toBe(409);
      expect(words).toContain('It stays held');
      expect(words).toContain('changed in a way that you did not select');
      expect(words).not.toMatch(/decided already|released it/);
    }
  });

  it('C12: to keep holding is preset, and does nothing', async () => {
    const { admin, path } = await openHeld();
    for (const page of [`${path}/decide`, `${path}/decide?do=keep&kind=${paused}`, `${path}/decide?do=x`]) {
      const { status, text } = await admin.get(page);
      expect([status, text.includes('It stays held')]).toEqual([200, true]);
    }
    expect(await held()).toEqual(['enrollment 51', 'status 51']);
    expect(await auditRows()).toEqual([]);
  });

  it('C12, P8: everything is released or discarded at once, after a page that says how much', async () => {
    const { admin, path } = await openHeld();
    const asked = await admin.get(`${path}/decide?do=discard-all`);
    expect(readWords(asked.text)).toContain('102 changes in 51 trials.');
    expect(readWords(asked.text)).toContain('Nothing of this run stays held.');
    expect((await admin.post(`${path}/discard`, { ...form, kind: 'all' })).status).toBe(303);
    expect(await held()).toEqual([]);
    expect((await admin.get(path)).text).toContain(`All that was held: discarded by ${me} on`);
  });

  it('P8: a log that cannot be written undoes the decision', async () => {
    const { runId } = await openHeld();
    const { context } = world;
    const fail = async () => {
      throw new Error('no room for the log');
    };
    for (const decide of [releaseHeldChanges, discardHeldChanges])
      for (const part of ['status' as const, [paused], null])
        await expect(decide(context, runId, part, context.now(), fail)).rejects.toThrow(
          'no room for the log',
        );
    expect(await held()).toEqual(['enrollment 51', 'status 51']);
  });
});
