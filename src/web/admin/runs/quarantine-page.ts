import { registryName } from '../../../core/registries.ts';
import { quoteRegistry } from '../../../core/wording/values.ts';
import type { Wording } from '../../../core/wording/wording.ts';
import { listRecords, type QuarantinedRecord, readQuarantineRow } from '../../../db/ingest/quarantine.ts';
import { RegistryUnavailable, TrialbellError } from '../../../errors.ts';
import { TooLate, withinMs } from '../../../queue/time-limit.ts';
import { writeAuditEntry } from '../../../use-cases/admin/audit.ts';
import { field, type PageRequest, type PageResponse } from '../../http/page-response.ts';
import { parseId } from '../../http/params.ts';
import type { RereadOutcome, WebDeps } from '../../http/web-deps.ts';
import { adminAct, adminPage, tellAdmin } from '../guard.ts';

const recordsAtOnce = 50;
/** Characters of a record shown on its page; the download has all of it. */
const rawShown = 20_000;
/** How long an admin waits for the registry when a record is read again, in milliseconds. */
const registryAnswersWithinMs = 20_000;

/** Quarantined records, or with `show=recovered` recovered ones, newest first, one page at a time (P9). */
export const showQuarantine = adminPage(async ({ wording, query }, { db, config }) => {
  const which = field(query, 'show') === 'recovered' ? 'recovered' : 'waiting';
  const before = parseId(field(query, 'before'));
  const records = await listRecords(db, which, { before, limit: recordsAtOnce + 1 });
  const shown = records.slice(0, recordsAtOnce);
  const path = `/admin/quarantine${which === 'recovered' ? '?show=recovered' : ''}`;
  const older = `${path}${which === 'recovered' ? '&' : '?'}before=${shown.at(-1)?.id}`;
  return {
    page: 'admin-quarantine',
    title: wording.say('admin.quarantine.title'),
    view: {
      which,
      records: shown.map((one) => viewRecord(wording, one, config.defaultTimezone)),
      newestPath: before === null ? null : path,
      olderPath: records.length > recordsAtOnce ? older : null,
    },
  };
});

/** One record: why it is in quarantine, and the registry's answer. */
export const showRecord = adminPage(async ({ wording, params }, { db, config, actions }) => {
  const record = await findRecord(params.id, db);
  if (!record) return { notFound: true };
  const { raw, registry, registryId } = record;
  const view = viewRecord(wording, record, config.defaultTimezone);
  return {
    page: 'admin-record',
    title: wording.say('admin.record.title', { id: view.name }),
    view: {
      record: view,
      recordUrl: registryId ? actions.recordUrl(registry, registryId) : null,
      raw: raw?.slice(0, rawShown).toWellFormed() ?? null,
      length: raw?.length ?? 0,
      isCut: raw !== null && raw.length > rawShown,
      canBeRead: registryId !== '' && record.recoveredAt === null,
    },
  };
});

/** Downloads the registry's whole answer. */
export const downloadRecord = adminPage(async ({ params }, { db }) => {
  const record = await findRecord(params.id, db);
  if (!record || record.raw === null) return { notFound: true };
  const name = record.registryId.replace(/[^\w-]+/g, '-') || `record-${record.id}`;
  return { body: `${record.raw}\n`, type: 'text/plain; charset=utf-8', fileName: `${name}.txt` };
});

/**
 * Reads a record from its registry again and shows the outcome. The request is logged first, because the registry may be
 * slow; the reading itself is a run with its own row.
 */
export const rereadRecord = adminAct('read-again', async (request, deps, _admin, log) => {
  const { wording, params } = request;
  const { say } = wording;
  const record = await findRecord(params.id, deps.db);
  if (!record) return { notFound: true };
  const next = { href: `/admin/quarantine/${record.id}`, text: say('admin.reread.back') };
  if (record.recoveredAt !== null)
    return tellAdmin(say('admin.reread.recovered-before.title'), [say('admin.reread.recovered-before')], {
      status: 409,
      next,
    });
  if (record.registryId === '')
    return tellAdmin(say('admin.reread.nameless.title'), [say('admin.reread.nameless')], {
      status: 422,
      next,
    });
  const details = { registry: record.registry, row: record.id };
  await writeAuditEntry(deps.db, log, { subject: `record ${record.registryId}`, details });
  return tellOutcome(request, record, await reread(deps, record));
});

type Outcome = RereadOutcome | { kind: 'away' | 'busy' | 'slow'; reason: string };

async function reread({ actions }: WebDeps, { registry, registryId }: QuarantinedRecord): Promise<Outcome> {
  try {
    return await withinMs(registryAnswersWithinMs, actions.readAgain(registry, registryId));
  } catch (error) {
    if (error instanceof TooLate) return { kind: 'slow', reason: error.message };
    if (error instanceof RegistryUnavailable) return { kind: 'away', reason: error.message };
    if (error instanceof TrialbellError) return { kind: 'busy', reason: error.message };
    throw error;
  }
}

const statuses = {
  recovered: 200,
  'set-aside': 200,
  'not-known': 200,
  away: 503,
  busy: 503,
  slow: 503,
} as const;

function tellOutcome({ wording }: PageRequest, record: QuarantinedRecord, outcome: Outcome): PageResponse {
  const { say } = wording;
  const { id, registry, registryId } = record;
  const { kind } = outcome;
  const reason = 'reason' in outcome ? quoteRegistry(wording, outcome.reason) : '';
  const said = say(`admin.reread.${kind}`, { id: registryId, registry: registryName(registry), reason });
  const next =
    kind === 'recovered'
      ? { href: `/trials/${encodeURIComponent(registryId)}`, text: say('admin.reread.trial') }
      : { href: `/admin/quarantine/${id}`, text: say('admin.reread.back') };
  return tellAdmin(say(`admin.reread.${kind}.title`), [said], { status: statuses[kind], next });
}

async function findRecord(asked: string | undefined, db: WebDeps['db']) {
  const id = parseId(asked ?? '');
  return id === null ? null : readQuarantineRow(db, id);
}

function viewRecord(wording: Wording, one: QuarantinedRecord, timezone: string) {
  const { say, moment } = wording;
  return {
    id: one.id,
    path: `/admin/quarantine/${one.id}`,
    name: one.registryId || say('admin.record.nameless'),
    registry: registryName(one.registry),
    reason: quoteRegistry(wording, one.reason, 1_000),
    times: say('admin.record.times', { count: one.times }),
    first: moment(one.firstSeenAt, timezone),
    last: moment(one.lastSeenAt, timezone),
    recovered: one.recoveredAt && moment(one.recoveredAt, timezone),
  };
}
