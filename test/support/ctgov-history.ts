import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HistoryDates } from '../../src/core/diff/history.ts';
import { openRegistries, type Registry } from '../../src/registries/registry.ts';

/** A version of a made-up history; its dates are given if it touched the module that holds them. */
export type MadeVersion = { date: string; status: string; labels?: string[]; dates?: Partial<HistoryDates> };

/**
 * Made-up answers of ClinicalTrials.gov's history in the form of real ones: the index as a recorded answer to
 * `?history=true` has it (`study`, `history.changes` with `version`, `date`, `status`, `moduleLabels`), and a version as
 * public programs that read it describe it (`studyVersion`, `study.protocolSection`). No value is a real trial's.
 */
export function madeAnswers(id: string, versions: readonly MadeVersion[]): Map<string, unknown> {
  const of = (module: object = {}) => ({
    protocolSection: { identificationModule: { nctId: id, briefTitle: 'Made up' }, ...module },
    hasResults: false,
  });
  const index = {
    study: of(),
    topics: { GHR: [], MedlinePlus: [] },
    history: {
      changes: versions.map(({ date, status, labels = ['Study Status'] }, version) => ({
        version,
        date,
        status,
        studyType: 'INTERVENTIONAL',
        moduleLabels: version === 0 ? [] : labels,
      })),
    },
  };
  const answers = new Map<string, unknown>([[`/api/int/studies/${id}?history=true`, index]]);
  for (const [version, { status, dates = {} }] of versions.entries()) {
    const struct = (date: HistoryDates['startDate'] | undefined) =>
      date ? { date: date.date, ...(date.type ? { type: date.type } : {}) } : undefined;
    const statusModule = {
      overallStatus: status,
      startDateStruct: struct(dates.startDate),
      primaryCompletionDateStruct: struct(dates.primaryCompletionDate),
      completionDateStruct: struct(dates.completionDate),
    };
    answers.set(`/api/int/studies/${id}/history/${version}`, {
      studyVersion: version,
      study: of({ statusModule }),
    });
  }
  return answers;
}

/** A server of such answers: what it was asked, and the adapter that asks it. Anything else is a 404. */
export async function serveHistory(answers: Map<string, unknown>) {
  const asked: string[] = [];
  let fault: { status: number; headers?: Record<string, string> } | null = null;
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const answer = answers.get(path);
    const { status, headers = {} } = fault ?? { status: answer === undefined ? 404 : 200 };
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const registries = openRegistries(
    { ctgov: { url: `http://127.0.0.1:${port}/api/v2`, paceMs: 0 } },
    { userAgent: 'Trialbell/0 (+mailto:bell@example.org)', sleep: async () => {} },
  );
  return {
    asked,
    registry: registries.get('ctgov') as Registry,
    setFault(next: typeof fault) {
      fault = next;
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
