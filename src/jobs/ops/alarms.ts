import { oldDataHours, weekdayHoursBetween } from '../../core/age.ts';
import { addMs } from '../../core/instants.ts';
import { clearAlert } from '../../db/admin/alerts.ts';
import { readMailHealth } from '../../db/delivery/deliveries.ts';
import { readPause } from '../../db/delivery/smtp-circuits.ts';
import { countHeldIn } from '../../db/ingest/holds.ts';
import { readRegistryState } from '../../db/ingest/runs.ts';
import { findSuppression } from '../../db/subscribers/subscribers.ts';
import { leastRoomBytes, readFreeBytes } from '../../disk-room.ts';
import { messageOf } from '../../errors.ts';
import { type Context, smtpCircuitOf } from '../context.ts';
import { findBounceAlarms } from '../delivery/bounce-alarms.ts';
import { pausedMessage } from '../delivery/smtp-circuit.ts';
import { type Alarm, raiseAlarm } from '../raise-alarm.ts';
import { findReadingAlarms } from './reading-alarms.ts';

/** A mail server may be away for so long before a person is needed, unless it refuses us in words. */
const awayMs = 10 * 60_000;
const heartbeatTimeoutMs = 10_000;

/** Looks for what harms people (R9), and tells nobody. */
export async function findAlarms(context: Context): Promise<Alarm[]> {
  return [
    ...(await checkRegistries(context)),
    ...(await findReadingAlarms(context)),
    ...(await checkMail(context)),
    await checkAdmins(context),
    ...(await findBounceAlarms(context)),
    await checkDisk(context.config.dataDir),
  ];
}

/**
 * Looks for what harms people. Admins are mailed at once, then daily while it lasts. Returns the names of what is wrong
 * now.
 */
export async function checkAlarms(context: Context): Promise<string[]> {
  const alarms = await findAlarms(context);
  for (const { name, message } of alarms) {
    if (message === null) await clearAlert(context.db, name);
    else await raiseAlarm(context, name, message);
  }
  return alarms.flatMap(({ name, message }) => (message === null ? [] : name));
}

async function checkRegistries(context: Context): Promise<Alarm[]> {
  const now = context.now();
  const alarms: Alarm[] = [];
  for (const registry of context.registries.values()) {
    const { dataTimestamp, completedAt } = await readRegistryState(context.db, registry.id);
    // The registry's timestamp names no zone; read as UTC it is off by hours, not days.
    const age = dataTimestamp === null ? 0 : weekdayHoursBetween(`${dataTimestamp}Z`, now);
    const old = `The data of ${registry.name} is of ${dataTimestamp}; it was last read at ${completedAt}. Readers are not told of newer changes. See: trialbell runs`;
    alarms.push({ name: `old-data:${registry.id}`, message: age > oldDataHours ? old : null });
    const held = await countHeldIn(context.db, registry.id);
    const waiting = `${held} changes are held back and wait for a decision. See: trialbell runs`;
    alarms.push({ name: `held:${registry.id}`, message: held > 0 ? waiting : null });
  }
  return alarms;
}

async function checkMail(context: Context): Promise<Alarm[]> {
  const now = context.now();
  const { overdue, oldestDueAt, refused, lastReply, uncertain } = await readMailHealth(
    context.db,
    now,
    context.config.ambiguousRetry,
  );
  const circuit = smtpCircuitOf(context);
  const pause = circuit === null ? null : await readPause(context.db, circuit);
  return [
    {
      name: 'mail-paused',
      message: pause?.reason === 'policy' ? pausedMessage(pause.reply, pause.until) : null,
    },
    {
      name: 'mail-server-away',
      message:
        pause?.reason === 'relay' && (pause.reply.startsWith('5') || addMs(pause.since, awayMs) <= now)
          ? `The mail server takes no mail since ${pause.since}; all mails wait and are sent when it does. It said: ${pause.reply}`
          : null,
    },
    {
      name: 'mail-overdue',
      message:
        overdue > 0
          ? `${overdue} mails, or what somebody asked for on a page, wait for more than two hours, the oldest since ${oldestDueAt}. See: trialbell doctor`
          : null,
    },
    {
      name: 'mail-refused',
      message:
        refused > 0 ? `${refused} mails were refused three times. The last answer: ${lastReply}` : null,
    },
    {
      name: 'mail-uncertain',
      message:
        uncertain > 0
          ? `${uncertain} mails were sent without an answer: they may or may not have arrived.`
          : null,
    },
  ];
}

/** An admin whose mailbox is gone, or who called an alarm spam, gets none: the others hear of it. */
async function checkAdmins({ config, db, keys }: Context): Promise<Alarm> {
  const stopped: string[] = [];
  for (const [n, email] of config.adminEmails.entries()) {
    const reason = await findSuppression(db, keys, email);
    if (reason !== null) stopped.push(`number ${n + 1} (${reason})`);
  }
  const message = `Mail to an address of ADMIN_EMAILS was stopped for good: ${stopped.join(', ')}. It hears of no alarm. Put another in its place.`;
  return { name: 'admin-stopped', message: stopped.length > 0 ? message : null };
}

async function checkDisk(folder: string): Promise<Alarm> {
  const room = (await readFreeBytes(folder)) ?? leastRoomBytes;
  const full = `Only ${Math.floor(room / 1_000_000)} MB are left on the disk of DATA_DIR (${folder}). Make room: mails and data are kept there.`;
  return { name: 'disk-full', message: room < leastRoomBytes ? full : null };
}

/** Tells an outside monitor that a round went well, so that a dead server is noticed elsewhere. Never throws. */
export async function callHeartbeat(context: Context): Promise<void> {
  const url = context.config.heartbeatUrl;
  if (!url) return;
  try {
    const signal = AbortSignal.timeout(heartbeatTimeoutMs);
    const response = await fetch(url, { redirect: 'error', signal });
    await response.body?.cancel();
  } catch (error) {
    context.log.warn({ reason: messageOf(error) }, 'heartbeat not delivered');
  }
}
