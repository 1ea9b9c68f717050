import type { Trial } from '../../src/core/trial.ts';
import { RegistryUnavailable } from '../../src/errors.ts';
import type { Registry, RegistryPage, RegistryQuery, RegistryRecord } from '../../src/registries/registry.ts';
import { applyEdit, chorusIds, type Edit, makeTrial, trialIds } from './year-trials.ts';

/** One answer of the registry, as far as it was read. */
export type Answer = { query: RegistryQuery; trials: Trial[]; whole: boolean };

/** A registry inside the test: its records, its outages, and a log of its answers. */
export type YearRegistry = {
  registry: Registry;
  /** Its current records. */
  published(): Map<string, Trial>;
  /** The answers since the last call. */
  takeAnswers(): Answer[];
  setFault(fault: 'away' | 'cut-off' | null): void;
  /** Makes a sponsor's edit, visible from the next refresh on. `dated`: with a new update date that many days back. */
  edit(id: string, edit: Edit, dated: number | null): void;
  register(id: string): void;
  /** Makes or ends an error of the registry: every trial loses its dates, or all unfollowed trials change at once. */
  glitch(what: 'dates' | 'status' | 'sites'): void;
  refresh(day: string): void;
};

export function makeYearRegistry(): YearRegistry {
  const first = trialIds.slice(0, 6).map((id) => makeTrial(id, '2026-09-01'));
  const chorus = chorusIds.map((id) => makeTrial(id, '2026-09-01'));
  let shown = new Map([...first, ...chorus].map((trial) => [trial.id, trial]));
  const truth = new Map(shown);
  const changedOn = new Map<string, string>();
  const registered = new Set<string>();
  const pending: ((day: string) => void)[] = [];
  const glitches = new Set<string>();
  let fault: 'away' | 'cut-off' | null = null;
  let day = '2026-10-30';
  let answers: Answer[] = [];
  const askable = () => {
    if (fault === 'away') throw new RegistryUnavailable('the registry is away');
  };
  const record = (trial: Trial): RegistryRecord => ({ ok: true, trial, contacts: [], raw: { id: trial.id } });
  const select = (query: RegistryQuery): Trial[] => {
    const all = [...shown.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const isSince = (trial: Trial, since: string) =>
      (trial.lastUpdatePostedOn ?? '') >= since || (changedOn.get(trial.id) ?? '') >= since;
    if (query.kind === 'ids') return all.filter((trial) => query.ids.includes(trial.id));
    if (query.kind === 'updated-since')
      return all.filter((trial) => isSince(trial, query.since.slice(0, 10)));
    if (query.kind === 'all') return all;
    return all.filter(
      (trial) =>
        trial.conditions[0]?.toLowerCase() === query.words.toLowerCase() &&
        isSince(trial, query.updatedSince ?? ''),
    );
  };
  const change = (id: string, alter: (trial: Trial) => Trial, dated: number | null) => {
    pending.push((today) => {
      const trial = truth.get(id);
      if (!trial) return;
      const back = Temporal.PlainDate.from(today)
        .subtract({ days: dated ?? 0 })
        .toString();
      const last = trial.lastUpdatePostedOn ?? '';
      const lastUpdatePostedOn = dated === null || back < last ? last : back;
      truth.set(id, { ...alter(trial), lastUpdatePostedOn });
    });
  };
  async function* pages(query: RegistryQuery): AsyncGenerator<RegistryPage> {
    askable();
    const found = select(query);
    const answer: Answer = { query, trials: [], whole: false };
    answers.push(answer);
    const size = fault === 'cut-off' && query.kind === 'updated-since' ? 2 : 100;
    for (let from = 0; from === 0 || from < found.length; from += size) {
      if (from > 0 && fault === 'cut-off') throw new RegistryUnavailable('the registry broke off');
      const part = found.slice(from, from + size);
      answer.trials.push(...part);
      answer.whole = from + size >= found.length;
      yield {
        records: part.map(record),
        total: from === 0 ? found.length : null,
        nextToken: answer.whole ? null : String(from + size),
      };
    }
  }
  const registry: Registry = {
    id: 'ctgov',
    name: 'The registry of the tests',
    projection: 1,
    fields: [],
    findId: (text) => /NCT\d{8}/.exec(text)?.[0] ?? null,
    recordUrl: (id) => `https://registry.example.org/${id}`,
    async dataVersion() {
      askable();
      return { timestamp: `${day}T09:00:04`, day };
    },
    pages: (query) => pages(query),
    async trial(id) {
      askable();
      const trial = shown.get(id);
      return trial ? record(trial) : null;
    },
    readRecord: () => ({ ok: false, id: null, reason: 'never read anew', raw: null }),
  };
  return {
    registry,
    published: () => shown,
    takeAnswers() {
      const taken = answers;
      answers = [];
      return taken;
    },
    setFault(next) {
      fault = next;
    },
    edit: (id, edit, dated) => change(id, (trial) => applyEdit(trial, edit, day), dated),
    register(id) {
      if (registered.has(id) || truth.has(id)) return;
      registered.add(id);
      pending.push((today) => truth.set(id, { ...makeTrial(id, today), firstPostedOn: today }));
    },
    glitch(what) {
      const isOn = !glitches.delete(what);
      if (isOn) glitches.add(what);
      if (what === 'dates') {
        for (const id of trialIds) {
          const to = isOn ? null : '2029-05-05';
          change(id, (trial) => applyEdit(trial, { what: 'completion', to }, day), 0);
        }
        return;
      }
      const edit: Edit =
        what === 'status'
          ? { what, to: isOn ? 'SUSPENDED' : 'RECRUITING' }
          : { what: 'site', site: 0, to: isOn ? 'SUSPENDED' : 'RECRUITING' };
      for (const id of chorusIds) {
        change(id, (trial) => applyEdit(trial, edit, day), null);
        pending.push((today) => changedOn.set(id, today));
      }
    },
    refresh(today) {
      day = today;
      for (const apply of pending.splice(0)) apply(today);
      shown = new Map(truth);
    },
  };
}
