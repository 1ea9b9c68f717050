import { z } from 'zod';
import type { HistoryDates } from '../../core/diff/history.ts';
import { trialStatuses } from '../../core/trial.ts';
import type { HistoryLimits, RegistryHistory } from '../adapter.ts';
import type { Http } from '../http.ts';
import { code, day } from '../text-values.ts';
import { nctId, PartialDateStruct } from './values.ts';

/** A record with more versions than these to read is kept with its statuses alone. */
const mostVersions = 60;

/** The registry's name of the module that holds the dates: a version without it has the dates of the one before. */
const datesModule = 'Study Status';

const identificationModule = z.object({ nctId });

/** What `?history=true` answers, as far as it is used: the record, and an entry for each version from 0 on. */
const Index = z.object({
  study: z.object({ protocolSection: z.object({ identificationModule }) }),
  history: z.object({
    changes: z
      .array(
        z.object({
          version: z.int(),
          date: day,
          status: code(trialStatuses),
          moduleLabels: z.array(z.string()),
        }),
      )
      .min(1)
      .max(5_000)
      .refine((changes) => changes.every(({ version }, at) => version === at), {
        error: 'the versions do not count from 0',
      }),
  }),
});

/** What it answers for one version, as far as it is used. */
const Version = z.object({
  studyVersion: z.int(),
  study: z.object({
    protocolSection: z.object({
      identificationModule,
      statusModule: z.object({
        startDateStruct: PartialDateStruct.optional(),
        primaryCompletionDateStruct: PartialDateStruct.optional(),
        completionDateStruct: PartialDateStruct.optional(),
      }),
    }),
  }),
});

/** An answer of another form than the one that is known. */
class UnknownForm extends Error {}

/**
 * Reads the history that the registry's own pages show, up to a day. It is no part of the documented API, and may change
 * or vanish: of an answer in another form nothing is taken, and the result says why. Throws RegistryUnavailable like
 * every request.
 */
export async function readHistory(
  http: Pick<Http, 'get'>,
  baseUrl: string,
  id: string,
  { before, requests, signal }: HistoryLimits,
): Promise<RegistryHistory> {
  const address = `${baseUrl.replace(/\/v2$/, '/int')}/studies/${id}`;
  let asked = 0;
  const ask = async <T>(path: string, form: z.ZodType<T>): Promise<T> => {
    signal?.throwIfAborted();
    asked += 1;
    return readAnswer(await http.get(`${address}${path}`), form);
  };
  try {
    const { study, history } = await ask('?history=true', Index);
    requireSame(study.protocolSection.identificationModule.nctId, id);
    const changes = history.changes.filter(({ date }) => date < before);
    const withDates = changes.filter(
      ({ moduleLabels }, at) => at === 0 || moduleLabels.includes(datesModule),
    );
    const toRead = withDates.length > mostVersions ? [] : withDates;
    if (asked + toRead.length > requests) return { kind: 'later', requests: asked };
    const dates = new Map<number, HistoryDates>();
    for (const { version } of toRead) dates.set(version, await readDates(ask, id, version));
    let latest: HistoryDates | null = null;
    const versions = changes.map(({ version, date, status }) => {
      latest = dates.get(version) ?? latest;
      return { day: date, status, dates: latest };
    });
    return { kind: 'read', versions, requests: asked };
  } catch (error) {
    if (!(error instanceof UnknownForm)) throw error;
    return { kind: 'unknown', reason: error.message, requests: asked };
  }
}

async function readDates(
  ask: <T>(path: string, form: z.ZodType<T>) => Promise<T>,
  id: string,
  version: number,
): Promise<HistoryDates> {
  const { study, studyVersion } = await ask(`/history/${version}`, Version);
  const { identificationModule: identification, statusModule: status } = study.protocolSection;
  requireSame(identification.nctId, id);
  requireSame(studyVersion, version);
  return {
    startDate: status.startDateStruct ?? null,
    primaryCompletionDate: status.primaryCompletionDateStruct ?? null,
    completionDate: status.completionDateStruct ?? null,
  };
}

function requireSame<T>(given: T, wanted: T): void {
  if (given !== wanted) throw new UnknownForm(`${given} where ${wanted} was asked for`);
}

function readAnswer<T>({ status, text }: { status: number; text: string }, form: z.ZodType<T>): T {
  if (status !== 200) throw new UnknownForm(`status ${status}`);
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new UnknownForm('no JSON');
  }
  const read = form.safeParse(content);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new UnknownForm(`${issue?.path.join('.')}: ${issue?.message}`);
}
