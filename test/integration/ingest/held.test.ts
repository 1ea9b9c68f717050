import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { connect } from '../../../src/db/connect.ts';
import { listHeldChanges } from '../../../src/db/ingest/holds.ts';
import { importTrials } from '../../../src/jobs/ingest/import.ts';
import { discardHeldChanges, releaseHeldChanges } from '../../../src/use-cases/admin/decide-held.ts';
import { openCountingProxy } from '../../support/counting-proxy.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { runProgram, testKey } from '../../support/program.ts';
import { manyStudies, type StudyParts } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
const followed = 'NCT08000001';
const count = 51;
const longAgo = { updatedOn: '2026-09-01', completion: '2028-03-01' };

/** All trials with the same parts: enough of them that their changes are held. */
const all = (parts: StudyParts = {}) => manyStudies(count, { ...longAgo, ...parts });
/** All as `parts` say, but the followed one as `own` say. */
const oneOf = (parts: StudyParts, own: StudyParts) => [
  ...manyStudies(1, { ...longAgo, ...own }),
  ...all(parts).slice(1),
];

const suspended = { status: 'SUSPENDED', updatedOn: day(3) };

/** A world where all trials were suspended on 3 November, which is held; ann follows one of them. */
async function openHeld(
  parts: StudyParts = suspended,
  changed = all(parts),
): Promise<World & { runId: number }> {
  const world = await open(onDayTwo(all(), { config: { adminEmails: ['admin@example.org'] } }));
  await importTrials(world.context, world.registry, { kind: 'all' });
  await world.subscribe('ann@example.net', { trials: [followed] });
  turnTo(world, 3, changed);
  const polled = await world.poll();
  expect(polled).toMatchObject({ outcome: 'held' });
  const runId = (await listHeldChanges(world.context.db))[0]?.runId ?? -1;
  return { ...world, runId };
}

const decide = (
  world: World,
  decision: typeof releaseHeldChanges,
  runId: number,
  part: Parameters<typeof releaseHeldChanges>[2] = null,
) => decision(world.context, runId, part, world.context.now());

/** Every change of the followed trial, in order: `RECRUITING→SUSPENDED held`. */
const history = async (world: World) =>
  (await world.changes(followed)).map(({ change, state }) =>
    `${JSON.stringify(change.before)}→${JSON.stringify(change.after)} ${state}`.replaceAll('"', ''),
  );

const mailTo = async (world: World) => (await world.mails('ann@example.net')).at(-1)?.text ?? '';

describe('release', () => {
  it('C12: what waited goes with it, in order, netted: held A→B and waiting B→C are told as A→C, once', async () => {
    const world = await openHeld();
    turnTo(world, 4, oneOf(suspended, { status: 'COMPLETED', updatedOn: day(4) }));
    const second = await world.round();
    expect(second.result.registries.ctgov).toMatchObject({ outcome: 'held', held: 1 });
    expect(await world.mails('ann@example.net')).toEqual([]);
    expect(await history(world)).toEqual(['RECRUITING→SUSPENDED held', 'SUSPENDED→COMPLETED held']);
    expect(await decide(world, releaseHeldChanges, world.runId)).toBe(count + 1);
    const released = (await world.changes()).filter((change) => change.position !== null);
    expect(released.map(({ position }) => position)).toEqual(released.map((_, at) => at + 1));
    // Both runs are done with: the one that held and the one that only waited.
    expect((await world.runs()).filter((run) => run.outcome === 'held' || run.held > 0)).toEqual([]);
    world.setNow(`${day(5)}T12:00:00Z`);
    await world.round();
    const mails = await world.mails('ann@example.net');
    expect(mails).toHaveLength(1);
    expect(mails[0]?.text).toContain('Status: ● recruiting → ✓ completed');
    expect(mails[0]?.text).not.toContain('paused');
  });

  it('C12: by facet: one goes out, the other stays', async () => {
    const world = await openHeld({ ...suspended, enrollment: 300 });
    expect((await listHeldChanges(world.context.db)).map(({ facet, trials }) => [facet, trials])).toEqual([
      ['enrollment', count],
      ['status', count],
    ]);
    const { context } = world;
    expect(await releaseHeldChanges(context, world.runId, 'enrollment', world.context.now())).toBe(count);
    expect((await listHeldChanges(context.db)).map(({ facet }) => facet)).toEqual(['status']);
    expect((await world.runs()).find(({ id }) => id === world.runId)).toMatchObject({
      outcome: 'held',
      held: count,
    });
    await expect(releaseHeldChanges(context, world.runId, 'enrollment', world.context.now())).rejects.toThrow(
      `Nothing of the facet enrollment is held in run ${world.runId}: it was decided already, was never held, or there is no such run.`,
    );
    await expect(discardHeldChanges(context, 999, null, world.context.now())).rejects.toThrow(
      'Nothing is held in run 999',
    );
  });

  it('C12: frees nothing of a reading in progress, which was not judged yet', async () => {
    const world = await openHeld();
    const { db } = world.context;
    // Another trial's page is stored, its run not settled.
    await sql`
      with run as (insert into runs (registry, kind, started_at) values ('ctgov', 'poll', now()) returning id)
      insert into changes (trial_id, version, run_id, facet, kind, change, weight, topics, detected_at)
      select t.id, 1, run.id, 'sites', 'site-status', '{"before":"A","after":"B"}', 1, t.topics, now()
      from run, trials t where t.registry_id = 'NCT08000002'`.execute(db);
    await decide(world, releaseHeldChanges, world.runId);
    expect((await world.changes('NCT08000002')).map(({ facet, state }) => `${facet} ${state}`)).toEqual([
      'status released',
      'sites pending',
    ]);
  });

  it('C12: changes that follow on something held earlier wait for that decision', async () => {
    const world = await openHeld();
    turnTo(world, 4, all({ status: 'COMPLETED', updatedOn: day(4) }));
    await world.poll();
    const [later] = await listHeldChanges(world.context.db);
    if (!later || later.runId === world.runId) throw new Error('the second run holds nothing of its own');
    await expect(decide(world, releaseHeldChanges, later.runId)).rejects.toThrow('decide about that first');
    expect((await history(world)).every((change) => change.endsWith('held'))).toBe(true);
    await decide(world, releaseHeldChanges, world.runId);
    expect(await history(world)).toEqual(['RECRUITING→SUSPENDED released', 'SUSPENDED→COMPLETED held']);
    await decide(world, releaseHeldChanges, later.runId);
    expect(await listHeldChanges(world.context.db)).toEqual([]);
  });
});

describe('a part, by transition', () => {
  const to = (after: string) => `status.status.RECRUITING.${after}`;
  /** Of 51 trials 40 are paused, the followed one among them, ten end and one closes. */
  const mixed = (own: StudyParts = {}) => [
    ...oneOf(suspended, { ...suspended, ...own }).slice(0, 40),
    ...all({ status: 'COMPLETED', updatedOn: day(3) }).slice(40, 50),
    ...all({ status: 'ACTIVE_NOT_RECRUITING', updatedOn: day(3) }).slice(50),
  ];
  const states = async (world: World) => {
    const changes = (await world.changes()).filter(({ kind }) => kind === 'status');
    const groups = Map.groupBy(changes, ({ change, state }) => `${change.after} ${state}`);
    return Object.fromEntries([...groups].map(([name, group]) => [name, group.length]));
  };

  it('C12: one kind is released, the rest stays held; positions have no gap, and each is told once', async () => {
    const world = await openHeld(suspended, mixed());
    await world.subscribe('ben@example.net', { trials: ['NCT08000045'] });
    expect(await decide(world, releaseHeldChanges, world.runId, [to('COMPLETED')])).toBe(10);
    expect(await states(world)).toEqual({
      'SUSPENDED held': 40,
      'COMPLETED released': 10,
      'ACTIVE_NOT_RECRUITING held': 1,
    });
    expect((await world.runs()).find(({ id }) => id === world.runId)).toMatchObject({
      outcome: 'held',
      held: 41,
    });
    await expect(decide(world, releaseHeldChanges, world.runId, [to('COMPLETED')])).rejects.toThrow(
      `Nothing of these kinds is held in run ${world.runId}`,
    );
    world.setNow(`${day(4)}T12:00:00Z`);
    await world.round();
    expect(await world.mails('ann@example.net')).toEqual([]);
    expect(await decide(world, releaseHeldChanges, world.runId)).toBe(41);
    world.setNow(`${day(5)}T12:00:00Z`);
    await world.round();
    expect(await mailTo(world)).toContain('Status: ● recruiting →');
    expect(await world.mails('ann@example.net')).toHaveLength(1);
    const positions = (await world.changes())
      .flatMap(({ position }) => position ?? [])
      .toSorted((a, b) => a - b);
    expect(positions).toEqual(positions.map((_, at) => at + 1));
    expect((await world.runs()).filter(({ outcome }) => outcome === 'held')).toEqual([]);
  });

  it('C12: one kind is discarded: nobody is told, a return is no news, and the rest is released later', async () => {
    const world = await openHeld(suspended, mixed());
    expect(await decide(world, discardHeldChanges, world.runId, [to('SUSPENDED')])).toBe(40);
    expect(await states(world)).toMatchObject({ 'SUSPENDED discarded': 40, 'COMPLETED held': 10 });
    turnTo(world, 4, [...all({ updatedOn: day(4) }).slice(0, 40), ...mixed().slice(40)]);
    await world.round();
    expect(await history(world)).toEqual([
      'RECRUITING→SUSPENDED discarded',
      'SUSPENDED→RECRUITING discarded',
    ]);
    expect(await decide(world, releaseHeldChanges, world.runId)).toBe(11);
    expect(await world.mails('ann@example.net')).toEqual([]);
  });

  it('C12: what waited goes with its kind and is told net; what waits for another kind stays', async () => {
    const world = await openHeld(suspended, mixed());
    const later = mixed({ status: 'COMPLETED', updatedOn: day(4) });
    later.splice(45, 1, ...all({ status: 'TERMINATED', updatedOn: day(4) }).slice(45, 46));
    turnTo(world, 4, later);
    await world.poll();
    expect(await decide(world, releaseHeldChanges, world.runId, [to('SUSPENDED')])).toBe(41);
    expect(await history(world)).toEqual(['RECRUITING→SUSPENDED released', 'SUSPENDED→COMPLETED released']);
    expect((await world.changes('NCT08000046')).map(({ state }) => state)).toEqual(['held', 'held']);
    await world.round();
    expect(await mailTo(world)).toContain('Status: ● recruiting → ✓ completed');
    expect(await decide(world, discardHeldChanges, world.runId, [to('COMPLETED')])).toBe(10);
    expect((await world.changes('NCT08000046')).map(({ state }) => state)).toEqual(['discarded', 'released']);
  });

  it('C12: of one trial and facet all is decided or nothing: no mail tells a value beside a held one', async () => {
    const moved = { completion: '2029-03-01', updatedOn: day(3) };
    const studies = all(moved);
    for (const one of studies.slice(0, 30))
      one.protocolSection.statusModule.primaryCompletionDateStruct = {
        date: '2029-01-01',
        type: 'ESTIMATED',
      };
    const world = await openHeld(moved, studies);
    const kinds = async (id: string) =>
      (await world.changes(id)).map(({ kind, state }) => `${kind} ${state}`).sort();
    expect(await kinds(followed)).toEqual(['completion-date held', 'primary-completion-date held']);
    expect(await decide(world, releaseHeldChanges, world.runId, ['dates.completion-date..'])).toBe(
      count - 30,
    );
    expect(await kinds(followed)).toEqual(['completion-date held', 'primary-completion-date held']);
    expect(await kinds('NCT08000051')).toEqual(['completion-date released']);
    expect(
      await decide(world, releaseHeldChanges, world.runId, [
        'dates.completion-date..',
        'dates.primary-completion-date..',
      ]),
    ).toBe(60);
  });

  it('R2, C12: a connection lost at any statement of it leaves all as it was, or the whole decision', async () => {
    const world = await openHeld(suspended, mixed());
    const whole = async () =>
      (await world.dump()).filter((row) => /^(changes|runs|counters|topic_changes)\./.test(row)).sort();
    const before = await whole();
    const url = new URL(world.databaseUrl);
    let cuts = 0;
    for (; (await whole()).join() === before.join(); cuts += 1) {
      const crash = { at: 1 + (cuts >> 1), side: cuts % 2 ? 'after' : 'before', how: 'cut' } as const;
      const proxy = await openCountingProxy({
        databasePort: Number(url.port),
        smtpPort: 1,
        crash,
        kill: () => {},
      });
      const db = connect(Object.assign(new URL(url), { port: `${proxy.databasePort}` }).href, { max: 1 });
      const { now } = world.context;
      await releaseHeldChanges({ ...world.context, db }, world.runId, [to('COMPLETED')], now()).catch(
        () => {},
      );
      await db.destroy();
      await proxy.close();
    }
    // Several statements were cut before one cut came after the decision was whole.
    expect(cuts).toBeGreaterThan(10);
    expect(await states(world)).toMatchObject({ 'COMPLETED released': 10, 'SUSPENDED held': 40 });
  });
});

describe('discard', () => {
  it('C12: the value becomes the baseline silently, a return to the former one is not news, a later change is', async () => {
    const world = await openHeld();
    expect(await decide(world, discardHeldChanges, world.runId)).toBe(count);
    turnTo(world, 4, all({ updatedOn: day(4) }));
    const back = await world.round();
    expect(back.result.registries.ctgov).toMatchObject({ held: 0 });
    expect(await history(world)).toEqual([
      'RECRUITING→SUSPENDED discarded',
      'SUSPENDED→RECRUITING discarded',
    ]);
    expect(await world.mails('ann@example.net')).toEqual([]);
    // C6, L1: the next suspension is one, and so is the end of it.
    turnTo(world, 5, oneOf({ updatedOn: day(4) }, { status: 'SUSPENDED', updatedOn: day(5) }));
    await world.round();
    expect(await mailTo(world)).toContain('Status: ● recruiting → ‖ paused');
    turnTo(world, 6, oneOf({ updatedOn: day(4) }, { updatedOn: day(6) }));
    await world.round();
    expect(await mailTo(world)).toContain('Status: ‖ paused → ● recruiting');
  });

  it('C12: waiting changes continue: the held A→B is not told, the waiting B→C is', async () => {
    const world = await openHeld();
    turnTo(world, 4, oneOf(suspended, { status: 'COMPLETED', updatedOn: day(4) }));
    await world.poll();
    expect(await decide(world, discardHeldChanges, world.runId)).toBe(count);
    expect(await history(world)).toEqual(['RECRUITING→SUSPENDED discarded', 'SUSPENDED→COMPLETED released']);
    await world.round();
    expect(await mailTo(world)).toContain('Status: ‖ paused → ✓ completed');
    expect((await world.runs()).filter((run) => run.outcome === 'held')).toEqual([]);
  });

  it('C12: a waiting return is discarded with it', async () => {
    const world = await openHeld();
    turnTo(world, 4, oneOf(suspended, { updatedOn: day(4) }));
    await world.poll();
    await decide(world, discardHeldChanges, world.runId);
    expect(await history(world)).toEqual([
      'RECRUITING→SUSPENDED discarded',
      'SUSPENDED→RECRUITING discarded',
    ]);
  });

  it('C12: changes stored by an interrupted reading are discarded with the run that held them', async () => {
    const world = await openHeld();
    await sql`update changes set state = 'pending', held_by = null`.execute(world.context.db);
    turnTo(world, 4, all(suspended));
    await world.poll();
    const [held] = await listHeldChanges(world.context.db);
    expect(held?.runId).toBeGreaterThan(world.runId);
    expect(await decide(world, discardHeldChanges, held?.runId ?? -1)).toBe(count);
    expect(await history(world)).toEqual(['RECRUITING→SUSPENDED discarded']);
  });

  it('C12: changed contact details tell no values: none is taken for a return', async () => {
    const contact = (phone: string) => ({ contact: { name: 'Ada Example', phone } });
    const world = await openHeld({ ...contact('555-0101'), updatedOn: day(3) });
    await decide(world, discardHeldChanges, world.runId);
    turnTo(
      world,
      4,
      oneOf({ ...contact('555-0101'), updatedOn: day(3) }, { ...contact('555-0102'), updatedOn: day(4) }),
    );
    await world.poll();
    expect((await world.changes(followed)).map(({ facet, state }) => `${facet} ${state}`)).toEqual([
      'contacts discarded',
      'contacts released',
    ]);
  });
});

it('C12: of two admins at once one decides, the other reads that it is decided', async () => {
  const world = await openHeld();
  const [one, other] = [world.another(), world.another()];
  const now = world.context.now();
  const decisions = await Promise.allSettled([
    releaseHeldChanges(one, world.runId, null, now),
    discardHeldChanges(other, world.runId, null, now),
  ]);
  const refused = decisions.filter((decision) => decision.status === 'rejected');
  expect(refused).toHaveLength(1);
  expect(String(refused[0]?.reason)).toContain(
    `Nothing is held in run ${world.runId}: it was decided already`,
  );
  const states = new Set((await world.changes()).map(({ state }) => state));
  expect(states.size).toBe(1);
});

it('C12: the verbs: once says held, runs shows what is held with both commands, release and discard decide once', async () => {
  const world = await openHeld();
  turnTo(world, 4, all({ ...suspended, enrollment: 300, updatedOn: day(4) }));
  const env = {
    DATABASE_URL: world.databaseUrl,
    SECRET_KEY: testKey,
    DATA_DIR: world.context.config.dataDir,
    REGISTRIES: 'ctgov',
    CTGOV_URL: world.recorded.url,
    CTGOV_PACE_MS: '0',
  };
  const once = await runProgram(['once', '--json', '--as-of', world.context.now()], env);
  expect(JSON.parse(once.stdout)).toMatchObject({
    registries: { ctgov: { outcome: 'held', changed: count, held: count } },
    digests: { planned: 0 },
  });
  expect(once.code).toBe(0);
  const [second, first] = await Promise.all([
    listHeldChanges(world.context.db).then((held) => held[0]?.runId),
    world.runId,
  ]);
  const runs = await runProgram(['runs'], env);
  expect(runs.stdout).toContain(
    `Held in run ${first}: ${count} changes of status in ${count} trials, changed in ${count}`,
  );
  expect(runs.stdout).toContain(
    `trialbell release ${second} --facet enrollment   or   trialbell discard ${second} --facet enrollment`,
  );
  const ends = await Promise.all([
    runProgram(['discard', String(second), '--facet', 'enrollment'], env),
    runProgram(['release', String(first), '--facet', 'enrollment'], env),
  ]);
  expect(ends.map(({ code }) => code)).toEqual([0, 1]);
  expect(ends[0]?.stdout).toBe(`${count} changes are discarded.\n`);
  expect(ends[1]?.stderr).toContain(`Nothing of the facet enrollment is held in run ${first}`);
});

describe('a note', () => {
  it('C12: counts trials as recruiting as they were told last, whatever is held', async () => {
    const world = await open(onDayTwo(all({ conditions: ['Asthma'] })));
    await importTrials(world.context, world.registry, { kind: 'all' });
    await world.subscribe('ann@example.net', { conditions: ['asthma'] });
    turnTo(world, 3, all({ ...suspended, conditions: ['Asthma'] }));
    expect((await world.round()).result.registries.ctgov).toMatchObject({ outcome: 'held', held: count });
    world.setNow('2026-12-03T12:00:00Z');
    await world.round();
    expect((await mailTo(world)).replace(/\s+/g, ' ')).toContain(
      `${count} trials are now listed as recruiting, out of ${count} trials about this.`,
    );
  });
});
