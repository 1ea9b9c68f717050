import type { RecordedDay, RegistryFault } from '../../src/demo/recorded-registry.ts';
import { type StudyParts, study } from '../support/study.ts';

/** A change that is real: whoever follows the trial is to be told of it. */
export type RealChange = { trial: string; kind: string; after: string | null };

/** What a hostile day is to leave behind, besides the real changes of its trials. */
export type Mark =
  | { kind: 'held'; trials: string[] }
  | { kind: 'quarantined'; trials: string[] }
  | { kind: 'stored'; trials: string[] }
  | { kind: 'partial' }
  | { kind: 'nothing' };

/** A day of the registry with something wrong in it, among changes that are real. */
export type HostileDay = RecordedDay & {
  name: string;
  fault: RegistryFault | null;
  mark: Mark;
  real: RealChange[];
};

/** A registry's story: the trials that are followed, the records before it begins, and its days. */
export type HostileStory = { followed: string[]; before: unknown[]; days: HostileDay[] };

/** Trials that do nothing strange; the first of them change, a few on each day. */
const plainTrials = 400;
const changedADay = 4;
const numbered = (n: number) => `NCT${String(n).padStart(8, '0')}`;
const plain = (n: number) => numbered(7_700_001 + n);
const [swapped, exchanged, claimant, victim, misdated, misfiled, giant, early, vast] = Array.from(
  { length: 9 },
  (_, n) => numbered(7_800_001 + n),
) as [string, string, string, string, string, string, string, string, string];

const asthma = {
  title: 'Inhaled budesonide for children with asthma',
  conditions: ['Asthma'],
  sites: ['Zeta Clinic, Bergen, Norway'],
  firstPostedOn: '2024-01-01',
};
const kidney = {
  title: 'Dialysis schedules after renal transplantation',
  conditions: ['Kidney Failure'],
  sites: ['Hospital Dos, Lima, Peru'],
  firstPostedOn: '2023-05-05',
};
const manySites = (spell: (name: string) => string) =>
  Array.from({ length: 5_000 }, (_, n) => `${spell(`Clinic number ${n}`)}, Bergen, Norway`);
const shout = (name: string) => name.toUpperCase().replaceAll(' ', '  ');

/** The story, from 4 November 2026 on. `more`: trials besides, as they stand throughout. */
export function tellHostileStory(more: Map<string, StudyParts>): HostileStory {
  const records = new Map<string, StudyParts>(more);
  for (let n = 0; n < plainTrials; n += 1) records.set(plain(n), { sites: [`Clinic ${n}, Oslo, Norway`] });
  records.set(swapped, asthma).set(exchanged, kidney);
  for (const id of [claimant, victim, misdated, misfiled, early]) records.set(id, {});
  records.set(vast, { sites: manySites((name) => name) });
  const followed = [...records.keys()].filter((id) => !more.has(id)).slice(-8);
  const days: HostileDay[] = [];
  const write = () => [...records].map(([id, parts]) => study(id, parts));
  const before = [...records].filter(([id]) => !more.has(id)).map(([id, parts]) => study(id, parts));

  const addDay = (
    name: string,
    mark: Mark,
    change: (on: string, suspend: (id: string, parts?: StudyParts) => void, real: RealChange[]) => void,
    fault: RegistryFault | null = null,
  ) => {
    const at = days.length;
    const on = `2026-11-${String(at + 4).padStart(2, '0')}`;
    const real: RealChange[] = [];
    const suspend = (id: string, parts: StudyParts = {}) => {
      records.set(id, { ...records.get(id), updatedOn: on, ...parts, status: 'SUSPENDED' });
      real.push({ trial: id, kind: 'status', after: 'SUSPENDED' });
    };
    for (let n = 0; n < changedADay; n += 1) suspend(plain(at * changedADay + n));
    change(on, suspend, real);
    days.push({ name, timestamp: `${on}T09:00:04`, studies: write(), fault, mark, real });
  };
  const put = (id: string, parts: StudyParts) => void records.set(id, { ...records.get(id), ...parts });

  addDay('two records swapped', { kind: 'held', trials: [swapped, exchanged] }, (updatedOn) => {
    put(swapped, { ...kidney, updatedOn });
    put(exchanged, { ...asthma, updatedOn, status: 'SUSPENDED' });
  });
  addDay('a record claims the number of a served trial', { kind: 'nothing' }, (_, suspend) => {
    suspend(claimant, { aliases: [victim] });
    suspend(victim);
  });
  addDay(
    'impossible dates, an endless code',
    { kind: 'quarantined', trials: [misdated, misfiled] },
    (updatedOn) => {
      put(misdated, { updatedOn, status: 'SUSPENDED', firstPostedOn: '0000-01-01' });
      put(misfiled, { updatedOn, status: 'SUSPENDED', meshes: [{ id: 'D'.repeat(4_000), term: 'Asthma' }] });
    },
  );
  addDay('a city of 60,000 letters', { kind: 'stored', trials: [giant] }, (updatedOn) =>
    put(giant, { updatedOn, sites: [`Zeta Clinic, ${'Bergen'.repeat(10_000)}, Norway @ 60 5`] }),
  );
  addDay('a list that never ends', { kind: 'partial' }, () => {}, { kind: 'endless' });
  addDay('every record respelled', { kind: 'nothing' }, (updatedOn) => {
    for (const [id, { sites = ['Zeta Clinic, Bergen, Norway'] }] of records)
      put(id, {
        updatedOn,
        ...(id === vast ? {} : { sites: sites.map((site) => site.replace(/^[^,]+/, shout)) }),
      });
  });
  addDay('an update of the year 2062', { kind: 'stored', trials: [early] }, () =>
    put(early, { updatedOn: '2062-01-01', verifiedOn: '2062-01' }),
  );
  addDay(
    'news of the trial of 2062; 5,000 sites renamed at once',
    { kind: 'nothing' },
    (_, suspend, real) => {
      suspend(early, { verifiedOn: '2026-11' });
      suspend(vast, { sites: manySites(shout) });
      // Its sites move with it: one line for all of them.
      real.push({ trial: vast, kind: 'sites-status', after: null });
    },
  );
  addDay(
    'what was in quarantine has recovered',
    { kind: 'stored', trials: [misdated, misfiled] },
    (_, suspend) => {
      suspend(misdated, { firstPostedOn: '2024-01-01' });
      suspend(misfiled, { meshes: [] });
    },
  );
  const changing = Array.from({ length: days.length * changedADay }, (_, n) => plain(n));
  return { followed: [...changing, ...followed], before, days };
}
