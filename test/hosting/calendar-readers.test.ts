import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { turnTo } from '../support/days.ts';
import { useServedWorlds } from '../support/find-pages.ts';
import { makeDataDir } from '../support/program.ts';
import { makePublicList } from '../support/public-list.ts';
import { findProgram } from '../support/servers.ts';
import { study } from '../support/study.ts';
import type { World } from '../support/world.ts';

const run = promisify(execFile);
const { open, serve } = useServedWorlds();
const id = 'NCT09900001';
const readers = ['khal', 'calcurse'].map((name) => findProgram(name));

/** The study with a completion in this month, or without one. */
function completing(month: string | null, on: string) {
  const raw = study(id, { updatedOn: on });
  const { statusModule } = raw.protocolSection;
  statusModule.startDateStruct = { date: '2027-01-14', type: 'ESTIMATED' };
  delete statusModule.primaryCompletionDateStruct;
  delete statusModule.completionDateStruct;
  if (month !== null) statusModule.completionDateStruct = { date: month, type: 'ESTIMATED' };
  return raw;
}

const ofTrial = async () => `/trials/${id}`;
const ofList = (world: World) => makePublicList(world, [id]);

it.runIf(readers.every((one) => one !== null)).each([
  ['a trial', ofTrial],
  ['a list', ofList],
])(
  "Debian's calendar programs take a moved date of %s for the event they know, and a withdrawn one says so in its title",
  async (_what, findPath) => {
    const folder = makeDataDir();
    const at = (name: string) => join(folder.path, name);
    const file = at('trial.ics');
    const world = await open({
      days: [{ timestamp: '2026-11-02T09:00:04', studies: [completing('2028-06', '2026-11-02')] }],
    });
    await world.subscribe('ann@example.net', { trials: [id] });
    const pages = await serve(world);
    const path = await findPath(world);
    mkdirSync(at('khal'));
    writeFileSync(
      at('khal.conf'),
      `[calendars]\n[[trials]]\npath = ${at('khal')}\ntype = calendar\n[locale]\ntimeformat = %H:%M\ndateformat = %Y-%m-%d
longdateformat = %Y-%m-%d\ndatetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M
default_timezone = America/New_York\nlocal_timezone = America/New_York\n[sqlite]\npath = ${at('khal.db')}\n`,
    );
    const khal = async () => {
      await run('khal', ['-c', at('khal.conf'), 'import', '--batch', '-a', 'trials', file]);
      const how = ['list', '2027-01-01', '1200d', '--format', '{start-date} {title}', '--day-format', ''];
      const { stdout } = await run('khal', ['-c', at('khal.conf'), ...how]);
      return stdout.split('\n').filter(Boolean);
    };
    const calcurse = async () => {
      const data = at(`calcurse-${Date.now()}`);
      await run('calcurse', ['-D', data, '-i', file], { env: { ...process.env, TZ: 'America/New_York' } });
      return readFileSync(join(data, 'apts'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/ \[1\] >?\w* ?/, ' '));
    };
    const python = async () => {
      const script = `import icalendar, vobject, json, sys
text = open(sys.argv[1], 'rb').read()
vobject.readOne(text.decode()).validate(raiseException=True)
print(json.dumps([[str(e['SUMMARY']), str(e['DTSTART'].dt), str(e['STATUS']), int(e['SEQUENCE']), e.errors]
  for e in icalendar.Calendar.from_ical(text).walk('VEVENT')]))`;
      return JSON.parse((await run('/usr/bin/python3', ['-c', script, file])).stdout);
    };
    const load = async () => writeFileSync(file, (await pages.get(`${path}/calendar.ics`)).text);

    await load();
    const start = `${id} start (estimate)`;
    expect(await khal()).toEqual([
      `2027-01-14 ${start}`,
      `2028-06-01 June 2028, day not given: ${id} completion (estimate)`,
    ]);
    turnTo(world, 3, [completing('2029-03', '2026-11-03')]);
    await world.poll();
    await load();
    const moved = `March 2029, day not given: ${id} completion (estimate)`;
    expect(await khal()).toEqual([`2027-01-14 ${start}`, `2029-03-01 ${moved}`]);
    expect(await calcurse()).toEqual([`01/14/2027 ${start}`, `03/01/2029 ${moved}`]);
    expect(await python()).toEqual([
      [start, '2027-01-14', 'CONFIRMED', 0, []],
      [moved, '2029-03-01', 'CONFIRMED', 1, []],
    ]);
    turnTo(world, 4, [completing(null, '2026-11-04')]);
    await world.poll();
    await load();
    // Neither program shows that an event is cancelled: its title has to.
    expect(await khal()).toEqual([
      `2027-01-14 ${start}`,
      `2029-03-01 Withdrawn: March 2029, ${id} completion`,
    ]);
    expect(await calcurse()).toContain(`03/01/2029 Withdrawn: March 2029, ${id} completion`);
    folder.remove();
  },
);
