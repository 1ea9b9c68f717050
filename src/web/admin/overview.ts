import { dataInstant, oldDataHours, weekdayHoursBetween } from '../../core/age.ts';
import { registryName } from '../../core/registries.ts';
import type { Wording } from '../../core/wording/wording.ts';
import { readFollowFigures } from '../../db/admin/overview.ts';
import { readMailDays, readWaitingMails } from '../../db/delivery/mail-days.ts';
import { listRegistries, type RegistryReading, readNextPoll } from '../../db/ingest/registries.ts';
import { listRuns } from '../../db/ingest/runs.ts';
import { readSetting } from '../../db/settings.ts';
import type { PageRequest } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { adminPage } from './guard.ts';
import { lastDays, sayWaiting } from './mail.ts';
import { findNeeds } from './needs.ts';
import { sayDataStamp, viewRun } from './runs/run-view.ts';

const runsShown = 10;
/** If a tick is later than this, no worker is running. */
const lateSecondsAtMost = 120;

/** The first admin page: what needs attention, then how it stands and the latest runs. */
export const showOverview = adminPage(async (request, deps) => {
  const { wording } = request;
  const { db, config } = deps;
  const [registries, runs, needs, facts] = await Promise.all([
    listRegistries(db),
    listRuns(db, runsShown),
    findNeeds(request, deps),
    listFacts(request, deps),
  ]);
  return {
    page: 'admin-overview',
    title: wording.say('admin.overview.title'),
    view: {
      needs,
      registries: registries.map((one) => viewRegistry(request, one, config.defaultTimezone)),
      facts,
      runs: runs.map((run) => viewRun(wording, run, config.defaultTimezone)),
      backup: await sayBackup(request, deps),
    },
  };
});

/** What an admin looks at each day: people, what they follow, the emails of today and those that wait, the next reading. */
async function listFacts(request: PageRequest, deps: WebDeps): Promise<{ name: string; value: string }[]> {
  const { wording, now } = request;
  const { db, config } = deps;
  const { say } = wording;
  const [follows, [emails], waiting, next] = await Promise.all([
    readFollowFigures(db),
    readMailDays(db, lastDays(now, config.defaultTimezone, 1).bounds),
    readWaitingMails(db, now),
    sayNextPoll(request, deps),
  ]);
  const { people, ...subscriptions } = follows;
  const { sent = 0, failed = 0, returned = 0 } = emails ?? {};
  return [
    [say('admin.overview.people'), say('admin.overview.people.count', { people })],
    [say('admin.overview.subscriptions'), say('admin.overview.subscriptions.count', subscriptions)],
    [say('admin.overview.emails'), say('admin.overview.emails.count', { sent, failed, returned })],
    [say('admin.overview.waiting'), sayWaiting(wording, waiting, config.defaultTimezone)],
    [say('admin.overview.next.title'), next],
  ].map(([name = '', value = '']) => ({ name, value }));
}

/** A registry's times, and whether its data is as fresh as expected. */
function viewRegistry({ wording, now }: PageRequest, one: RegistryReading, timezone: string) {
  const { say } = wording;
  const when = (at: string | null) =>
    at === null ? say('admin.overview.never') : wording.moment(at, timezone);
  // The registry's timestamp has no zone. Reading it as UTC is wrong by hours, not days.
  const hours = one.dataTimestamp === null ? null : weekdayHoursBetween(dataInstant(one.dataTimestamp), now);
  return {
    name: registryName(one.id),
    data: one.dataTimestamp === null ? say('admin.overview.never') : sayDataStamp(wording, one.dataTimestamp),
    isOld: hours !== null && hours > oldDataHours,
    age: hours === null ? null : sayAge(wording, hours),
    checked: when(one.checkedAt),
    read: when(one.completedAt),
  };
}

function sayAge({ say }: Wording, hours: number): string {
  const key = hours > oldDataHours ? 'admin.overview.age.old' : 'admin.overview.age.fine';
  return say(key, { hours: Math.round(hours), expected: oldDataHours });
}

async function sayNextPoll({ wording }: PageRequest, { db, config }: WebDeps): Promise<string> {
  const next = await readNextPoll(db);
  if (next === null) return wording.say('admin.overview.next.never');
  if (next.lateSeconds > lateSecondsAtMost)
    return wording.say('admin.overview.next.late', {
      when: wording.moment(next.at, config.defaultTimezone),
    });
  return wording.say('admin.overview.next', { when: wording.moment(next.at, config.defaultTimezone) });
}

/** As in `doctor`: only a person knows whether the key is backed up. */
async function sayBackup({ wording }: PageRequest, { db, config }: WebDeps): Promise<string[]> {
  const { say } = wording;
  const last = config.databaseUrl ? null : await readSetting(db, 'backup-at');
  const made = config.databaseUrl
    ? say('admin.overview.backup.own')
    : last
      ? say('admin.overview.backup.last', { when: wording.moment(last, config.defaultTimezone) })
      : say('admin.overview.backup.none');
  return [made, say('admin.overview.backup.key')];
}
