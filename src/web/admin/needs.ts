import type { Wording } from '../../core/wording/wording.ts';
import { listAlerts } from '../../db/admin/alerts.ts';
import { listHeldChanges } from '../../db/ingest/holds.ts';
import { countQuarantined } from '../../db/ingest/registries.ts';
import { messageOf } from '../../errors.ts';
import { withinMs } from '../../queue/time-limit.ts';
import type { PageRequest } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { facetName } from './runs/run-view.ts';

/** How long the overview waits for the queue's store before reporting it as unavailable, in milliseconds. */
const queueAnswersWithinMs = 2_000;

/** Something that needs a person's attention, and where to look. */
export type Need = { title: string | null; text: string; since: string | null; link: Link | null };
type Link = { href: string; text: string };

/** Everything that needs attention, most important first: alarms, held changes, failed jobs, quarantined records. */
export async function findNeeds(request: PageRequest, deps: WebDeps): Promise<Need[]> {
  const found = await Promise.all([
    findAlarms(request, deps),
    findHeld(request, deps),
    findQueueTrouble(request, deps),
    findSetAside(request, deps),
  ]);
  return found.flat();
}

/** The alarms of the last check, except those about held changes, which are listed by run and facet. */
async function findAlarms({ wording }: PageRequest, { db, config }: WebDeps): Promise<Need[]> {
  const { say } = wording;
  const alerts = await listAlerts(db);
  return alerts
    .filter(({ name }) => !name.startsWith('held:'))
    .map(({ name, message, since }) => ({
      title: sayAlarm(wording, name),
      text: message,
      since: say('admin.overview.since', { when: wording.moment(since, config.defaultTimezone) }),
      link: whereToLook(wording, name),
    }));
}

function whereToLook({ say }: Wording, name: string): Link | null {
  if (name.startsWith('old-data:')) return { href: '/admin/runs', text: say('admin.overview.all-runs') };
  if (/^(mail|bounces)-/.test(name)) return { href: '/admin/mail', text: say('admin.mails.title') };
  return null;
}

/** The title of an alarm's mail, or null. */
function sayAlarm({ say, has }: Wording, name: string): string | null {
  const key = `alert.title.${name.split(':')[0]}`;
  return has(key) ? say('admin.overview.alarm', { title: say(key) }) : null;
}

async function findHeld({ wording }: PageRequest, { db }: WebDeps): Promise<Need[]> {
  const { say } = wording;
  const held = await listHeldChanges(db);
  return held.map(({ runId, facet, changes, trials }) => ({
    title: null,
    text: say('admin.overview.held', { facet: facetName(wording, facet), changes, trials }),
    since: null,
    link: { href: `/admin/runs/${runId}`, text: say('admin.overview.decide', { id: runId }) },
  }));
}

async function findQueueTrouble({ wording }: PageRequest, { queues }: WebDeps): Promise<Need[]> {
  const none = { title: null, since: null, link: null };
  try {
    const counts = await withinMs(
      queueAnswersWithinMs,
      queues.then((opened) => opened.counts()),
    );
    return Object.entries(counts).flatMap(([queue, { failed }]) =>
      failed > 0
        ? {
            ...none,
            text: wording.say('admin.overview.jobs', { queue, count: failed }),
            link: { href: `/admin/queues/${queue}`, text: wording.say('admin.queue.title', { name: queue }) },
          }
        : [],
    );
  } catch (error) {
    return [{ ...none, text: wording.say('admin.overview.queue-away', { reason: messageOf(error) }) }];
  }
}

async function findSetAside({ wording }: PageRequest, { db }: WebDeps): Promise<Need[]> {
  const count = await countQuarantined(db);
  if (count === 0) return [];
  const link = { href: '/admin/quarantine', text: wording.say('admin.quarantine.title') };
  return [{ title: null, since: null, link, text: wording.say('admin.overview.set-aside', { count }) }];
}
