import { dataInstant, oldDataHours, weekdayHoursBetween } from '../../core/age.ts';
import { addMs } from '../../core/instants.ts';
import { clearAlert } from '../../db/admin/alerts.ts';
import { readMailHealth } from '../../db/delivery/deliveries.ts';
import { readPause } from '../../db/delivery/smtp-circuits.ts';
import { countHeldIn } from '../../db/ingest/holds.ts';
import { readRegistryState } from '../../db/ingest/runs.ts';
import { listDuplicates } from '../../db/subscribers/addresses.ts';
import { findSuppression } from '../../db/subscribers/subscribers.ts';
import { leastRoomBytes, readFreeBytes } from '../../disk-room.ts';
import { messageOf } from '../../errors.ts';
import { createWording } from '../../mail/catalogue.ts';
import { customOf, listFaults } from '../../mail/custom/custom.ts';
import { type Context, smtpCircuitOf } from '../context.ts';
import { findBounceAlarms } from '../delivery/bounce-alarms.ts';
import { pausedMessage } from '../delivery/smtp-circuit.ts';
import { type Alarm, raiseAlarm } from '../raise-alarm.ts';
import { findQueueAlarm } from './queue-alarm.ts';
import { findReadingAlarms } from './reading-alarms.ts';
import { findUnknownNames } from './unknown-names.ts';

/** How long a mail server may be unavailable before admins are alerted, unless it refuses us explicitly. */
const awayMs = 10 * 60_000;
const heartbeatTimeoutMs = 10_000;
const faultsNamed = 10;

/** Finds the faults that keep news or mail from people (R9). Notifies nobody. */
export async function findAlarms(context: Context): Promise<Alarm[]> {
  return [
    ...(await checkRegistries(context)),
    ...(await findReadingAlarms(context)),
    ...(await checkMail(context)),
    await checkAdmins(context),
    await checkDuplicates(context),
    ...(await findBounceAlarms(context)),
    await findQueueAlarm(context),
    await findUnknownNames(context),
    checkCustom(context),
    await checkDisk(context.config.dataDir),
  ];
}

/** Checks the alarms. Mails admins at once, then daily while a fault lasts. Returns the names of the present ones. */
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
  const wording = createWording('en');
  const alarms: Alarm[] = [];
  for (const registry of context.registries.values()) {
    const { dataTimestamp, completedAt } = await readRegistryState(context.db, registry.id);
    const age = dataTimestamp === null ? 0 : weekdayHoursBetween(dataInstant(dataTimestamp), now);
    // The registry's clock has no zone, so its day alone is told.
    const day = dataTimestamp === null ? 'no day' : wording.date(dataTimestamp.slice(0, 10));
    const read =
      completedAt === null
        ? ''
        : `, and was last read whole on ${wording.moment(completedAt, context.config.defaultTimezone)}`;
    const old = `The data of ${registry.name} is from ${day}${read}. Readers are not notified of newer changes. See: trialbell runs`;
    alarms.push({ name: `old-data:${registry.id}`, message: age > oldDataHours ? old : null });
    const held = await countHeldIn(context.db, registry.id);
    const waiting = `${held} changes of ${registry.name} are held and wait for a decision. See: trialbell runs`;
    alarms.push({ name: `held:${registry.id}`, message: held > 0 ? waiting : null });
  }
  return alarms;
}

async function checkMail(context: Context): Promise<Alarm[]> {
  const now = context.now();
  const circuit = smtpCircuitOf(context);
  const pause = circuit === null ? null : await readPause(context.db, circuit);
  const { overdue, oldestDueAt, refused, lastReply, uncertain } = await readMailHealth(context.db, now, {
    retriesAmbiguous: context.config.ambiguousRetry,
    isPaused: pause !== null,
  });
  return [
    {
      name: 'mail-paused',
      message: pause?.reason === 'policy' ? pausedMessage(pause.reply, pause.until) : null,
    },
    {
      name: 'mail-server-away',
      message:
        pause?.reason === 'relay' && (pause.reply.startsWith('5') || addMs(pause.since, awayMs) <= now)
          ? `The mail server has accepted no email since ${pause.since}; all emails wait until it does. It said: ${pause.reply}`
          : null,
    },
    {
      name: 'mail-overdue',
      message:
        overdue > 0
          ? `${overdue} emails or requests from pages are overdue, the oldest since ${oldestDueAt}. If no worker runs, start one: trialbell start. Otherwise see the failed jobs: ${context.config.baseUrl}/admin/queues`
          : null,
    },
    {
      name: 'mail-refused',
      message:
        refused > 0 ? `${refused} emails were refused three times. The last answer: ${lastReply}` : null,
    },
    {
      name: 'mail-uncertain',
      message:
        uncertain > 0
          ? `${uncertain} emails were sent without an answer: they may or may not have arrived.`
          : null,
    },
  ];
}

/** An admin whose mailbox does not exist, or who reported an alarm as spam, gets no alarms; the others hear of it. */
async function checkAdmins({ config, db, keys }: Context): Promise<Alarm> {
  const stopped: string[] = [];
  for (const [n, email] of config.adminEmails.entries()) {
    const reason = await findSuppression(db, keys, email);
    if (reason !== null) stopped.push(`number ${n + 1} (${reason})`);
  }
  const message = `Email to an address of ADMIN_EMAILS was stopped for good: ${stopped.join(', ')}. It gets no alarms. Replace it with another.`;
  return { name: 'admin-stopped', message: stopped.length > 0 ? message : null };
}

/** Only a person can decide which of two subscribers with one address stays (B7). */
async function checkDuplicates({ config, db }: Context): Promise<Alarm> {
  const found = await listDuplicates(db);
  const named = found.slice(0, 10).map((ids) => `subscribers ${ids.join(' and ')}`);
  const more = found.length > named.length ? ` and ${found.length - named.length} more` : '';
  const message = `One address, in capital and small letters, has two subscribers: ${named.join('; ')}${more}. Both still get their emails, and whatever stops email to one stops it to the other. Look at both under ${config.baseUrl}/admin/subscribers/NUMBER and erase one of them, without "Never email this address again".`;
  return { name: 'same-address', message: found.length > 0 ? message : null };
}

/** A fault in the operator's own texts (O9). */
function checkCustom({ config }: Context): Alarm {
  const custom = customOf(config);
  const faults = listFaults(custom);
  const more = faults.length > faultsNamed ? `; and ${faults.length - faultsNamed} more` : '';
  const message = `Parts of CUSTOM_DIR (${custom.folder}) are faulty, and built-in ones are used instead: ${faults.slice(0, faultsNamed).join('; ')}${more}. Mend them, run "trialbell custom check", and restart.`;
  return { name: 'custom-fault', message: faults.length > 0 ? message : null };
}

async function checkDisk(folder: string): Promise<Alarm> {
  const room = (await readFreeBytes(folder)) ?? leastRoomBytes;
  const full = `Only ${Math.floor(room / 1_000_000)} MB are left on the disk of DATA_DIR (${folder}). Free some space: emails and data are stored there.`;
  return { name: 'disk-full', message: room < leastRoomBytes ? full : null };
}

/** Tells an external monitor that all is well, so that a dead server is noticed. Never throws. */
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
