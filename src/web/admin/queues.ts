import type { Wording } from '../../core/wording/wording.ts';
import { messageOf, withoutAddresses } from '../../errors.ts';
import type { FailedJob, Queues } from '../../queue/open.ts';
import { type QueueName, queueNames, queues as table } from '../../queue/table.ts';
import { withinMs } from '../../queue/time-limit.ts';
import { type WriteAuditEntry, withAuditEntry } from '../../use-cases/admin/audit.ts';
import { field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import { parseId } from '../http/params.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { adminAct, adminPage, tellAdmin } from './guard.ts';

/** How long a page waits for the queue's store before reporting it as unavailable, in milliseconds. */
const storeAnswersWithinMs = 2_000;
const jobsAtOnce = 50;
/** The failed jobs that a queue keeps. */
const jobsKept = 1_000;
const retriedAtOnce = 20;

/** Every queue with its counts of waiting, active, delayed and failed jobs. */
export const showQueues = adminPage(async ({ wording }, deps) => {
  const counted = await askStore(deps, (queues) => queues.counts());
  return {
    page: 'admin-queues',
    title: wording.say('admin.queues.title'),
    view: {
      away: 'away' in counted ? counted.away : null,
      queues:
        'away' in counted
          ? []
          : queueNames.map((name) => ({
              name,
              what: wording.say(`admin.queue.what.${name}`),
              counts: wording.say('admin.queue.counts', counted.answer[name]),
              failed: counted.answer[name].failed,
            })),
    },
  };
});

/** One queue: its failed jobs, newest first, one page at a time. The queue's store can only page by offset. */
export const showQueue = adminPage(async ({ wording, params, query }, deps) => {
  const name = readName(params.name);
  if (!name) return { notFound: true };
  const from = parseId(field(query, 'from')) ?? 0;
  const asked = await askStore(deps, async (queues) => ({
    counts: (await queues.counts())[name],
    jobs: await queues.failures(name, jobsAtOnce + 1, from),
  }));
  const found = 'away' in asked ? null : asked.answer;
  const path = `/admin/queues/${name}`;
  return {
    page: 'admin-queue',
    title: wording.say('admin.queue.title', { name }),
    view: {
      name,
      path,
      away: 'away' in asked ? asked.away : null,
      what: wording.say(`admin.queue.what.${name}`),
      counts: found && wording.say('admin.queue.counts', found.counts),
      failed: found?.counts.failed ?? 0,
      jobs: (found?.jobs ?? [])
        .slice(0, jobsAtOnce)
        .map((job) => viewJob(wording, name, job, deps.config.defaultTimezone)),
      newestPath: from === 0 ? null : path,
      olderPath: (found?.jobs.length ?? 0) > jobsAtOnce ? `${path}?from=${from + jobsAtOnce}` : null,
    },
  };
});

/** Retries one failed job. */
export const retryJob = adminAct('retry-job', async (request, deps, _admin, log) => {
  const name = readName(request.params.name);
  const job = request.params.job ?? '';
  if (!name || !/^[\w:-]{1,100}$/.test(job)) return { notFound: true };
  const ids = async (queues: Queues) => {
    await queues.counts();
    return [job];
  };
  return retry(request, deps, log, { name, ids, details: { job } });
});

/** Retries every failed job of a queue. */
export const retryAllJobs = adminAct('retry-all-jobs', async (request, deps, _admin, log) => {
  const name = readName(request.params.name);
  if (!name) return { notFound: true };
  const ids = async (queues: Queues) => (await queues.failures(name, jobsKept)).map(({ id }) => id);
  return retry(request, deps, log, { name, ids, details: {} });
});

type Wish = {
  name: QueueName;
  ids(queues: Queues): Promise<string[]>;
  details: Record<string, unknown>;
};

class NothingFailed extends Error {}

/** Writes the audit log first and rolls it back if no job was retried, because the queue may live in another store. */
async function retry(
  request: PageRequest,
  deps: WebDeps,
  log: WriteAuditEntry,
  wish: Wish,
): Promise<PageResponse> {
  const { say } = request.wording;
  const { name, details } = wish;
  const next = { href: `/admin/queues/${name}`, text: say('admin.queue.title', { name }) };
  const asked = await askStore(deps, wish.ids);
  if ('away' in asked) return tellAway(request, asked.away, next);
  const ids = asked.answer;
  try {
    const queues = await deps.queues;
    const entry = { subject: `queue ${name}`, details: { ...details, jobs: ids.length } };
    const count = await withAuditEntry(deps.db, log, entry, async () => {
      const done = await retryEach(queues, name, ids);
      if (done === 0) throw new NothingFailed();
      return done;
    });
    return tellAdmin(say('admin.queue.retried.title'), [say('admin.queue.retried', { count })], { next });
  } catch (error) {
    if (!(error instanceof NothingFailed)) return tellAway(request, messageOf(error), next);
    const gone = 'job' in details ? 'admin.queue.gone' : 'admin.queue.none-failed';
    return tellAdmin(say('admin.queue.gone.title'), [say(gone)], { status: 409, next });
  }
}

/** Retries jobs until the store fails, and counts them; throws if it fails before the first. */
async function retryEach(queues: Queues, name: QueueName, ids: string[]): Promise<number> {
  let done = 0;
  for (let from = 0; from < ids.length; from += retriedAtOnce) {
    const some = ids.slice(from, from + retriedAtOnce);
    const answers = await Promise.allSettled(some.map((id) => queues.retryFailed(name, id)));
    done += answers.filter((one) => one.status === 'fulfilled' && one.value).length;
    const failure = answers.find((one) => one.status === 'rejected');
    if (failure && done === 0) throw failure.reason;
    if (failure) break;
  }
  return done;
}

type Next = { href: string; text: string };

function tellAway({ wording }: PageRequest, reason: string, next: Next): PageResponse {
  const sentences = [wording.say('admin.overview.queue-away', { reason })];
  return tellAdmin(wording.say('admin.queue.away.title'), sentences, { status: 503, next });
}

/** Asks the queue's store, or says within `storeAnswersWithinMs` why it does not answer. */
async function askStore<T>(
  { queues }: WebDeps,
  question: (queues: Queues) => Promise<T>,
): Promise<{ answer: T } | { away: string }> {
  try {
    return { answer: await withinMs(storeAnswersWithinMs, queues.then(question)) };
  } catch (error) {
    return { away: messageOf(error) };
  }
}

function readName(asked: string | undefined): QueueName | null {
  return queueNames.find((name) => name === asked) ?? null;
}

function viewJob(wording: Wording, name: QueueName, job: FailedJob, timezone: string) {
  const { say, moment } = wording;
  const payload = table[name].payload.safeParse(job.payload);
  const ids = payload.success ? Object.entries(payload.data).map(([key, value]) => `${key} ${value}`) : null;
  return {
    id: job.id,
    path: `/admin/queues/${name}/jobs/${encodeURIComponent(job.id)}/again`,
    // An unknown payload may contain personal data.
    about: ids === null ? say('admin.queue.no-payload') : ids.join(', '),
    reason: withoutAddresses(job.reason).slice(0, 2_000),
    attempts: say('admin.queue.attempts', { count: job.attempts }),
    failedAt: job.failedAt,
    when: job.failedAt && moment(job.failedAt, timezone),
  };
}
