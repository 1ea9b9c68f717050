import ICAL from 'ical.js';
import nodeIcal from 'node-ical';
import { describe, expect, it } from 'vitest';
import { turnTo } from '../../support/days.ts';
import { useServedWorlds } from '../../support/find-pages.ts';
import { signIn } from '../../support/sign-in.ts';
import { study } from '../../support/study.ts';

const { open, serve } = useServedWorlds();
const id = 'NCT09900001';

/** A study whose start is a day, and whose completions are `dates`. */
function dated(n: number, dates: { primary?: string; completion?: string }) {
  const raw = study(id, { updatedOn: `2026-11-0${n}`, status: 'NOT_YET_RECRUITING' });
  const { statusModule } = raw.protocolSection;
  statusModule.startDateStruct = { date: '2027-01-14', type: 'ESTIMATED' };
  for (const [key, date] of [
    ['primaryCompletionDateStruct', dates.primary],
    ['completionDateStruct', dates.completion],
  ] as const) {
    if (date === undefined) delete statusModule[key];
    else statusModule[key] = { date, type: 'ESTIMATED' };
  }
  return raw;
}

const unfold = (text: string) => text.replaceAll(/\r\n[ \t]/g, '');

/** The events of a calendar as ical.js reads them, by the end of their UID. */
function readEvents(text: string) {
  const root = new ICAL.Component(ICAL.parse(text));
  return Object.fromEntries(
    root.getAllSubcomponents('vevent').map((one) => {
      const event = new ICAL.Event(one);
      return [
        event.uid,
        {
          summary: event.summary,
          description: event.description,
          day: event.startDate.toString(),
          end: event.endDate.toString(),
          sequence: event.sequence,
          status: one.getFirstPropertyValue('status'),
          url: String(one.getFirstPropertyValue('url')),
        },
      ];
    }),
  );
}
const uid = (kind: string) => `ctgov-${id}-${kind}@trialbell.invalid`;

describe('the calendar of a trial', () => {
  it('has its dates with their precision, moved and withdrawn ones under the UID they had', async () => {
    const world = await open({
      days: [
        { timestamp: '2026-11-02T09:00:04', studies: [dated(2, { primary: '2028-06', completion: '2029' })] },
      ],
    });
    await world.subscribe('ann@example.net', { trials: [id] });
    const pages = await serve(world);
    const path = `/trials/${id}/calendar.ics`;
    const first = await pages.get(path);
    expect([first.status, first.headers.get('content-type')]).toEqual([200, 'text/calendar; charset=utf-8']);
    const before = readEvents(first.text);
    expect(before).toEqual({
      [uid('start')]: expect.objectContaining({
        summary: `${id} start (estimate)`,
        day: '2027-01-14',
        end: '2027-01-15',
        sequence: 0,
        status: 'CONFIRMED',
        description: `Made-up study ${id}\nClinicalTrials.gov gives January 14, 2027, an estimate. No medical advice.`,
        url: `https://bell.example.org/trials/${id}`,
      }),
      [uid('primary-completion')]: expect.objectContaining({
        summary: `June 2028, day not given: ${id} primary completion (estimate)`,
        day: '2028-06-01',
      }),
      [uid('completion')]: expect.objectContaining({
        summary: `2029, month not given: ${id} completion (estimate)`,
        day: '2029-01-01',
      }),
    });
    const again = await pages.get(path, { 'if-none-match': first.headers.get('etag') ?? '' });
    expect(again.status).toBe(304);

    turnTo(world, 3, [dated(3, { primary: '2029-03' })]);
    await world.poll();
    const after = await pages.get(path);
    const events = readEvents(after.text);
    expect(Object.keys(events).toSorted()).toEqual(Object.keys(before).toSorted());
    expect(events[uid('start')]).toEqual(before[uid('start')]);
    expect(events[uid('primary-completion')]).toMatchObject({
      day: '2029-03-01',
      sequence: 1,
      status: 'CONFIRMED',
    });
    expect(events[uid('primary-completion')]?.description).toContain(
      'Moved from June 2028. ClinicalTrials.gov gives March 2029, an estimate. ClinicalTrials.gov gives only the month',
    );
    expect(events[uid('completion')]).toMatchObject({
      summary: `Withdrawn: 2029, ${id} completion`,
      day: '2029-01-01',
      sequence: 1,
      status: 'CANCELLED',
    });
    expect(unfold(after.text)).toContain('It stood there until November 3\\, 2026.');
    const read = Object.values(nodeIcal.sync.parseICS(after.text)).filter((one) => one?.type === 'VEVENT');
    expect(read).toHaveLength(3);

    // A held change is no news, here either.
    await world.context.db.deleteFrom('topic_changes').execute();
    await world.context.db
      .updateTable('changes')
      .set(({ ref }) => ({ state: 'held', position: null, released_at: null, held_by: ref('run_id') }))
      .execute();
    expect(readEvents((await pages.get(path)).text)[uid('primary-completion')]).toMatchObject({
      day: '2028-06-01',
      sequence: 0,
    });
  });

  it('is not found for unknown trials; an earlier number leads to the present one', async () => {
    const world = await open({
      days: [{ timestamp: '2026-11-02T09:00:04', studies: [study(id, { aliases: ['NCT09900099'] })] }],
    });
    await world.subscribe('ann@example.net', { trials: [id] });
    const pages = await serve(world);
    for (const unknown of ['NCT01234567', 'x'])
      expect((await pages.get(`/trials/${unknown}/calendar.ics`)).status).toBe(404);
    const moved = await pages.get('/trials/NCT09900099/calendar.ics');
    expect([moved.status, moved.headers.get('location')]).toEqual([301, `/trials/${id}/calendar.ics`]);
  });
});

describe('the private calendar', () => {
  it('has the trials that one follows, under a secret address that a new feed address replaces', async () => {
    const days = [
      { timestamp: '2026-11-02T09:00:04', studies: [dated(2, { primary: '2028-06' }), study('NCT09900002')] },
    ];
    const world = await open({ days });
    await world.subscribe('ann@example.net', { trials: [id], conditions: ['asthma'] });
    const pages = await serve(world);
    const me = await signIn(world, pages, 'ann@example.net');
    const path =
      /https:\/\/bell\.example\.org(\/manage\/calendar\/[^"<]+)/.exec(
        (await me.get('/manage/settings')).text,
      )?.[1] ?? '';
    const { headers, text } = await pages.get(path);
    expect(headers.get('cache-control')).toContain('private');
    expect(headers.get('content-disposition')).toBe('inline; filename="trialbell.ics"');
    expect(Object.keys(readEvents(text)).every((one) => one.includes(id))).toBe(true);
    expect(Object.keys(readEvents(text)).length).toBeGreaterThan(1);
    expect(text).not.toContain('example.net');
    await me.post('/manage/feed', {});
    expect((await pages.get(path)).status).toBe(404);
  });

  it('goes on with the trial that took over the number that one follows', async () => {
    const former = 'NCT09900099';
    const world = await open({ days: [{ timestamp: '2026-11-02T09:00:04', studies: [study(former)] }] });
    await world.subscribe('ann@example.net', { trials: [former] });
    const pages = await serve(world);
    const me = await signIn(world, pages, 'ann@example.net');
    const path =
      /https:\/\/bell\.example\.org(\/manage\/calendar\/[^"<]+)/.exec(
        (await me.get('/manage/settings')).text,
      )?.[1] ?? '';
    turnTo(world, 3, [study(id, { aliases: [former], updatedOn: '2026-11-03' })]);
    await world.poll();
    expect(Object.keys(readEvents((await pages.get(path)).text)).every((one) => one.includes(id))).toBe(true);
    expect(Object.keys(readEvents((await pages.get(path)).text)).length).toBeGreaterThan(0);
  });
});
