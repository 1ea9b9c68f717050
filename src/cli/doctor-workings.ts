import type { App } from '../app.ts';
import { readDiagnostics } from '../db/admin/diagnostics.ts';
import { listQuarantine } from '../db/ingest/quarantine.ts';
import { readNextPoll } from '../db/ingest/registries.ts';
import { listApiKeys } from '../db/integrations/api-keys.ts';
import { listWebhooks } from '../db/integrations/webhooks.ts';
import { listOverstayed } from '../db/maintenance/retention.ts';
import { readFreeBytes } from '../disk-room.ts';

/** What `doctor` found of one thing. `ask`: only a person can know. */
export type Finding = { ok: boolean | 'ask'; text: string };

/** A tick that is so late is rung by nobody. */
const lateSecondsAtMost = 120;
const clocksDifferAtMostSeconds = 5;
const keyIdleDays = 180;
const dayMs = 86_400_000;

/** Whether what runs by itself does: workers, the sweep, clocks, room; and what stands still with nobody to tell. */
export async function checkDiagnostics(app: App): Promise<Finding[]> {
  const found = [
    await checkWorkers(app),
    await checkSweep(app),
    await checkSetAside(app),
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
        text: 'No worker ever rang here. Does a crontab call "trialbell once" every hour? Else start one: trialbell start',
      },
    ];
  if (next.lateSeconds <= lateSecondsAtMost)
    return [{ ok: true, text: `Workers run; the registries are asked next at ${next.at}.` }];
  const text = `No worker has asked the registries since they were due at ${next.at}. Start one: trialbell start, or trialbell worker`;
  return [{ ok: false, text }];
}

async function checkSweep({ context: { db, now } }: App): Promise<Finding> {
  const overstayed = await listOverstayed(db, now());
  return overstayed.length === 0
    ? { ok: true, text: 'Nothing is kept past its last day.' }
    : {
        ok: false,
        text: `Rows are kept past their last day: ${overstayed.join(', ')}. Nothing sweeps: "once" does not. Run for some minutes a day: trialbell worker sweep`,
      };
}

/** Nobody is told what such a record says; each is read again at the registry's next refresh. */
async function checkSetAside({ context: { db } }: App): Promise<Finding[]> {
  const records = await listQuarantine(db);
  const [newest] = records;
  if (!newest) return [{ ok: true, text: 'No record is set aside.' }];
  const text = `${records.length} records could not be trusted and are set aside, such as ${newest.registryId}: ${newest.reason}. Their readers are told nothing of them. Look: trialbell quarantine`;
  return [{ ok: 'ask', text }];
}

async function checkWebhooks({ context: { db } }: App): Promise<Finding[]> {
  const inUse = (await listWebhooks(db)).filter(({ endedAt }) => endedAt === null);
  if (inUse.length === 0) return [];
  const failing = inUse.filter(({ failingSince }) => failingSince !== null);
  if (failing.length === 0) return [{ ok: true, text: `${inUse.length} webhooks are in use, none fails.` }];
  return failing.map(({ id, host, failingSince, open }) => ({
    ok: false,
    text: `Webhook ${id} (${host}) has failed since ${failingSince}; ${open} messages wait. Ask whoever runs it, see /admin/webhooks, or end it: trialbell webhook end ${id}`,
  }));
}

/** A key that nobody uses any more is one that nobody would miss, and somebody may find. */
async function checkKeys({ context: { db, now } }: App): Promise<Finding[]> {
  const inUse = (await listApiKeys(db)).filter(({ endedAt }) => endedAt === null);
  if (inUse.length === 0) return [];
  const since = new Date(Date.parse(now()) - keyIdleDays * dayMs).toISOString();
  const idle = inUse.filter(({ lastUsedAt, createdAt }) => (lastUsedAt ?? createdAt) < since);
  const idleFindings = idle.map(({ id, name, lastUsedAt }) => ({
    ok: 'ask' as const,
    text: `Is API key ${id} ("${name}") still needed? It was ${lastUsedAt ? `used last at ${lastUsedAt}` : 'never used'}. Else: trialbell api-key end ${id}`,
  }));
  return [{ ok: true, text: `${inUse.length} API keys are in use.` }, ...idleFindings];
}

async function checkRoom({ context: { config } }: App): Promise<Finding[]> {
  // Too little room is an alarm.
  const room = await readFreeBytes(config.dataDir);
  if (room === null) return [];
  return [{ ok: true, text: `${sayBytes(room)} are left on the disk of DATA_DIR.` }];
}

async function checkSizes({ context: { db } }: App): Promise<Finding[]> {
  const { clockAhead, databaseBytes, audit } = await readDiagnostics(db);
  const seconds = Math.round(Math.abs(clockAhead));
  const clock = {
    ok: seconds <= clocksDifferAtMostSeconds,
    text:
      seconds <= clocksDifferAtMostSeconds
        ? "This machine's clock and the database's agree."
        : `The database's clock is ${seconds} seconds ${clockAhead > 0 ? 'ahead of' : 'behind'} this machine's. Set both by NTP.`,
  };
  const since = audit.since ? ` since ${audit.since.slice(0, 10)}` : '';
  const text = `The database takes ${sayBytes(databaseBytes)}. The audit log, which is kept for good, has ${audit.rows} rows${since} (${sayBytes(audit.bytes)}).`;
  return [clock, { ok: true, text }];
}

function sayBytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
