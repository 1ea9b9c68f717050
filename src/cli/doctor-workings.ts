import type { App } from '../app.ts';
import { readDiagnostics } from '../db/admin/diagnostics.ts';
import { listQuarantine } from '../db/ingest/quarantine.ts';
import { readNextPoll } from '../db/ingest/registries.ts';
import { listApiKeys } from '../db/integrations/api-keys.ts';
import { listWebhooks } from '../db/integrations/webhooks.ts';
import { listOverstayed } from '../db/maintenance/retention.ts';
import { readFreeBytes } from '../disk-room.ts';

/** The result of one check of `doctor`. `ask`: only a person can tell. */
export type Finding = { ok: boolean | 'ask'; text: string };

/** If a tick is later than this, no worker is running. */
const lateSecondsAtMost = 120;
const clocksDifferAtMostSeconds = 5;
const keyIdleDays = 180;
const dayMs = 86_400_000;

/** Checks background work and resources: workers, sweep, quarantine, webhooks, API keys, disk, clocks and sizes. */
export async function checkDiagnostics(app: App): Promise<Finding[]> {
  const found = [
    await checkWorkers(app),
    await checkSweep(app),
    await checkQuarantine(app),
    await checkWebhooks(app),
    await checkKeys(app),
    await checkRoom(app),
    await checkSizes(app),
  ];
  return found.flat();
}

async function checkWorkers({ context: { db } }: App): Promise<Finding[]> {
  const next = await readNextPoll(db);
  if (next === null)
    return [
      {
        ok: 'ask',
        text: 'No worker has ever run here. Does a crontab call "trialbell once" every hour? If not, start one: trialbell start',
      },
    ];
  if (next.lateSeconds <= lateSecondsAtMost)
    return [{ ok: true, text: `Workers are running; the registries are polled next at ${next.at}.` }];
  const text = `No worker has polled the registries, which were due at ${next.at}. Start one: trialbell start, or trialbell worker`;
  return [{ ok: false, text }];
}

async function checkSweep({ context: { db, now } }: App): Promise<Finding> {
  const overstayed = await listOverstayed(db, now());
  return overstayed.length === 0
    ? { ok: true, text: 'Nothing is stored past its retention period.' }
    : {
        ok: false,
        text: `Rows are stored past their retention period: ${overstayed.join(', ')}. No sweep is running, and "once" does not sweep. Run for some minutes a day: trialbell worker sweep`,
      };
}

/** Readers get no news of a quarantined record; it is read again at the registry's next refresh. */
async function checkQuarantine({ context: { db } }: App): Promise<Finding[]> {
  const records = await listQuarantine(db);
  const [newest] = records;
  if (!newest) return [{ ok: true, text: 'No record is in quarantine.' }];
  const text = `${records.length} records could not be trusted and are in quarantine, such as ${newest.registryId}: ${newest.reason}. Their readers get no news of them. See: trialbell quarantine`;
  return [{ ok: 'ask', text }];
}

async function checkWebhooks({ context: { db } }: App): Promise<Finding[]> {
  const inUse = (await listWebhooks(db)).filter(({ endedAt }) => endedAt === null);
  if (inUse.length === 0) return [];
  const failing = inUse.filter(({ failingSince }) => failingSince !== null);
  if (failing.length === 0)
    return [{ ok: true, text: `${inUse.length} webhooks are active; none is failing.` }];
  return failing.map(({ id, host, failingSince, open }) => ({
    ok: false,
    text: `Webhook ${id} (${host}) has failed since ${failingSince}; ${open} messages wait. Ask its operator, see /admin/webhooks, or end it: trialbell webhook end ${id}`,
  }));
}

/** An unused key is a risk: nobody would notice its abuse. */
async function checkKeys({ context: { db, now } }: App): Promise<Finding[]> {
  const inUse = (await listApiKeys(db)).filter(({ endedAt }) => endedAt === null);
  if (inUse.length === 0) return [];
  const since = new Date(Date.parse(now()) - keyIdleDays * dayMs).toISOString();
  const idle = inUse.filter(({ lastUsedAt, createdAt }) => (lastUsedAt ?? createdAt) < since);
  const idleFindings = idle.map(({ id, name, lastUsedAt }) => ({
    ok: 'ask' as const,
    text: `Is API key ${id} ("${name}") still needed? It was ${lastUsedAt ? `last used at ${lastUsedAt}` : 'never used'}. If not: trialbell api-key end ${id}`,
  }));
  return [{ ok: true, text: `${inUse.length} API keys are active.` }, ...idleFindings];
}

async function checkRoom({ context: { config } }: App): Promise<Finding[]> {
  // Too little room is an alarm.
  const room = await readFreeBytes(config.dataDir);
  if (room === null) return [];
  return [{ ok: true, text: `${sayBytes(room)} are free on the disk of DATA_DIR.` }];
}

async function checkSizes({ context: { db } }: App): Promise<Finding[]> {
  const { clockAhead, databaseBytes, audit } = await readDiagnostics(db);
  const seconds = Math.round(Math.abs(clockAhead));
  const clock = {
    ok: seconds <= clocksDifferAtMostSeconds,
    text:
      seconds <= clocksDifferAtMostSeconds
        ? "This machine's clock and the database's agree."
        : `The database's clock is ${seconds} seconds ${clockAhead > 0 ? 'ahead of' : 'behind'} this machine's. Synchronize both with NTP.`,
  };
  const since = audit.since ? ` since ${audit.since.slice(0, 10)}` : '';
  const text = `The database takes ${sayBytes(databaseBytes)}. The audit log, which is never deleted, has ${audit.rows} rows${since} (${sayBytes(audit.bytes)}).`;
  return [clock, { ok: true, text }];
}

function sayBytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
