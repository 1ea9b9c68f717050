import { type AuditFilter, type AuditRow, listAudit } from '../../db/audit-log.ts';
import { writeCsv } from '../http/csv.ts';
import { type Form, field } from '../http/page-response.ts';
import { parseId } from '../http/params.ts';
import { adminPage } from './guard.ts';

const rowsAtOnce = 50;
/** Most rows in one export. For more, choose a shorter period or start from an older page. */
const exportedAtMost = 5_000;

/** The audit log, newest first, one page at a time; `before` is the row above the page (P9). */
export const showAudit = adminPage(async ({ wording, query }, { db, config }) => {
  const { filter, fields, error } = readFilter(query, config.defaultTimezone);
  const before = parseId(field(query, 'before'));
  const rows = error ? [] : await listAudit(db, filter, { before, limit: rowsAtOnce + 1 });
  const shown = rows.slice(0, rowsAtOnce);
  const last = shown.at(-1);
  const asked = new URLSearchParams(Object.entries(fields).filter(([, value]) => value !== ''));
  return {
    page: 'admin-audit',
    title: wording.say('admin.audit.title'),
    status: error ? 422 : 200,
    view: {
      fields,
      error,
      rows: shown.map((row) => ({
        ...row,
        when: wording.moment(row.at, config.defaultTimezone),
        more: detailsInWords(row),
      })),
      exportedAtMost,
      csvPath: `/admin/audit.csv?${before === null ? asked : withBefore(asked, before)}`,
      newestPath: before === null ? null : `/admin/audit?${asked}`,
      olderPath: rows.length > rowsAtOnce && last ? `/admin/audit?${withBefore(asked, last.id)}` : null,
    },
  };
});

/** The same rows as CSV; no cell can run as a formula (C16). */
export const downloadAudit = adminPage(async ({ wording, query }, { db, config }) => {
  const { filter, error } = readFilter(query, config.defaultTimezone);
  if (error) return { seeOther: `/admin/audit?${new URLSearchParams({ from: field(query, 'from') })}` };
  const before = parseId(field(query, 'before'));
  const rows = await listAudit(db, filter, { before, limit: exportedAtMost });
  const { say } = wording;
  const head = [
    say('admin.audit.number'),
    say('admin.audit.when'),
    say('admin.audit.actor'),
    say('admin.audit.act'),
    say('admin.audit.subject'),
    say('admin.audit.reason'),
    say('admin.audit.more'),
  ];
  const lines = rows.map((row) => [
    String(row.id),
    row.at,
    row.actor,
    row.act,
    row.subject,
    row.reason ?? '',
    detailsInWords(row),
  ]);
  return {
    body: writeCsv([head, ...lines]),
    type: 'text/csv; charset=utf-8; header=present',
    fileName: 'trialbell-audit-log.csv',
  };
});

/** The query of the page below a row. */
function withBefore(asked: URLSearchParams, before: number): URLSearchParams {
  return new URLSearchParams([...asked, ['before', String(before)]]);
}

/** For example "count: 12, role: viewer". */
function detailsInWords({ details }: AuditRow): string {
  return Object.entries(details)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}

const names = ['actor', 'act', 'subject', 'from', 'to'] as const;

/**
 * Reads the filter from the query. Texts must match the log exactly; both days are included, in the default time zone.
 */
function readFilter(
  query: Form,
  timezone: string,
): { filter: AuditFilter; fields: Record<(typeof names)[number], string>; error: boolean } {
  const read = (name: string) => field(query, name).replaceAll('\0', '').slice(0, 200);
  const fields = {
    actor: read('actor'),
    act: read('act'),
    subject: read('subject'),
    from: read('from'),
    to: read('to'),
  };
  const from = startOf(fields.from, timezone, 0);
  const until = startOf(fields.to, timezone, 1);
  const { actor, act, subject } = fields;
  const filter = { actor: actor || null, act: act || null, subject: subject || null };
  return {
    filter: { ...filter, from: from ?? null, until: until ?? null },
    fields,
    error: from === undefined || until === undefined,
  };
}

/** The instant at which a day begins, `later` days on. Null for an empty text, undefined for an invalid one. */
function startOf(day: string, timezone: string, later: number): string | null | undefined {
  if (day === '') return null;
  try {
    const date = Temporal.PlainDate.from(/^[12]\d{3}-\d\d-\d\d$/.test(day) ? day : '').add({ days: later });
    return new Date(date.toZonedDateTime(timezone).epochMilliseconds).toISOString();
  } catch {
    return undefined;
  }
}
