import fc from 'fast-check';
import {
  type PartialDate,
  type Site,
  siteStatuses,
  statusBases,
  type Trial,
  trialStatuses,
} from '../../src/core/trial.ts';

const word = fc.constantFrom(
  'Hospital',
  'University',
  'Clinic',
  'Saint',
  'Anna',
  'Tongji',
  'Nord',
  'Zürich',
  '№ 5',
  'α',
);
const words = (max: number) => fc.array(word, { minLength: 1, maxLength: max }).map((list) => list.join(' '));
const hash = fc.constantFrom('aa01', 'bb02', 'cc03', 'dd04');
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const day = fc
  .tuple(
    fc.integer({ min: 1990, max: 2045 }),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 28 }),
  )
  .map(([year, month, date]) => [year, month, date].map((n) => String(n).padStart(2, '0')).join('-'));

const partialDate: fc.Arbitrary<PartialDate> = fc
  .tuple(
    fc.oneof({ weight: 9, arbitrary: day }, fc.constantFrom('1900-01-01', '2099-01-01')),
    fc.constantFrom<PartialDate['precision']>('year', 'month', 'day'),
    fc.constantFrom<PartialDate['type']>('ACTUAL', 'ESTIMATED', null),
  )
  .map(([date, precision, type]) => ({
    date: date.slice(0, { year: 4, month: 7, day: 10 }[precision]),
    precision,
    type,
  }));

/** A site from few values, so that twins, namesakes and unnamed sites are frequent. */
export const arbitrarySite: fc.Arbitrary<Site> = fc.record({
  ref: fc.constant(null),
  facility: fc.oneof(
    words(3),
    fc.constantFrom('Research Site', 'Local Institution - 0062', 'Research Site 12', ''),
  ),
  status: orNull(fc.constantFrom(...siteStatuses)),
  city: fc.constantFrom('Napoli', 'Naples', 'Portland', 'Seoul', ''),
  state: fc.constantFrom('Oregon', 'Maine', ''),
  zip: fc.constantFrom('80131', '97201', ''),
  country: fc.constantFrom('Italy', 'United States', 'South Korea'),
  lat: orNull(fc.constantFrom(40.8, 45.5)),
  lon: orNull(fc.constantFrom(14.2, -122.6)),
  orgId: fc.constant(null),
  department: fc.constant(''),
  contacts: fc.uniqueArray(hash, { maxLength: 2 }),
});

const concept = fc.record({ id: fc.constantFrom('D001249', 'D008175', 'C536778'), term: words(1) });
const sponsor = fc.record({ name: words(2), class: orNull(fc.constantFrom('INDUSTRY', 'OTHER')) });
const criterion = fc.constantFrom(
  '* Age ≥ 18',
  '* No asthma',
  '1. HbA1c > 7',
  'Exclusion Criteria:',
  'Able to walk',
  '',
);

const arbitraryCountry = fc
  .record({
    code: fc.constantFrom('IT', 'ES', 'FR', 'PL'),
    status: orNull(fc.constantFrom(...trialStatuses)),
    listedAs: orNull(fc.constantFrom('Ongoing, recruiting', 'Ended')),
    startDate: orNull(partialDate),
    recruitmentStart: orNull(partialDate),
    recruitmentEnd: orNull(partialDate),
  })
  .map((country) => ({ ...country, name: country.code }));

/** Any trial, always with the same id. `sites` bounds the number of its sites. */
export function arbitraryTrial(options: { sites?: number } = {}): fc.Arbitrary<Trial> {
  return fc.record<Trial>({
    registry: fc.constant('ctgov'),
    id: fc.constant('NCT00000001'),
    aliases: fc.uniqueArray(fc.constantFrom('NCT00000002', 'NCT00000003'), { maxLength: 2 }),
    secondaryIds: fc.array(fc.record({ id: words(1), type: orNull(fc.constant('CTIS')) }), { maxLength: 2 }),
    title: words(4),
    officialTitle: orNull(words(5)),
    acronym: orNull(words(1)),
    status: fc.constantFrom(...trialStatuses),
    lastKnownStatus: orNull(fc.constantFrom(...trialStatuses)),
    whyStopped: orNull(words(3)),
    verifiedOn: orNull(fc.constantFrom('2026-01', '2026-02')),
    startDate: orNull(partialDate),
    primaryCompletionDate: orNull(partialDate),
    completionDate: orNull(partialDate),
    firstPostedOn: orNull(day),
    lastUpdatePostedOn: orNull(day),
    resultsPostedOn: orNull(day),
    resultsSubmittedOn: orNull(day),
    resultsHash: orNull(hash),
    hasExpandedAccess: orNull(fc.boolean()),
    studyType: orNull(fc.constantFrom('INTERVENTIONAL', 'OBSERVATIONAL', 'EXPANDED_ACCESS')),
    phases: fc.uniqueArray(fc.constantFrom('PHASE1', 'PHASE2', 'NA'), { maxLength: 2 }),
    allocation: orNull(fc.constantFrom('RANDOMIZED', 'NA')),
    interventionModel: orNull(fc.constantFrom('PARALLEL', 'SINGLE_GROUP')),
    masking: orNull(fc.constantFrom('NONE', 'DOUBLE')),
    primaryPurpose: orNull(fc.constantFrom('TREATMENT', 'PREVENTION')),
    observationalModel: orNull(fc.constantFrom('COHORT')),
    timePerspective: orNull(fc.constantFrom('PROSPECTIVE')),
    enrollment: orNull(
      fc.record({
        count: fc.integer({ min: 0, max: 500 }),
        type: fc.constantFrom('ACTUAL', 'ESTIMATED', null),
      }),
    ),
    sponsor: orNull(sponsor),
    collaborators: fc.array(sponsor, { maxLength: 2 }),
    conditions: fc.array(words(2), { maxLength: 3 }),
    keywords: fc.array(words(1), { maxLength: 3 }),
    meshes: fc.array(concept, { maxLength: 2 }),
    ancestors: fc.array(concept, { maxLength: 2 }),
    criteria: fc.array(criterion, { maxLength: 6 }).map((lines) => lines.join('\n')),
    minimumAge: orNull(fc.constantFrom('18 Years', '6 Months')),
    maximumAge: orNull(fc.constantFrom('75 Years')),
    sex: orNull(fc.constantFrom('ALL', 'FEMALE')),
    healthyVolunteers: orNull(fc.boolean()),
    summary: words(8),
    description: fc.array(words(6), { maxLength: 3 }).map((lines) => lines.join('\n\n')),
    arms: fc.array(
      fc.record({ label: words(2), type: orNull(fc.constant('EXPERIMENTAL')), description: words(3) }),
      {
        maxLength: 2,
      },
    ),
    interventions: fc.array(
      fc.record({ type: orNull(fc.constant('DRUG')), name: words(2), description: words(3) }),
      { maxLength: 2 },
    ),
    outcomes: fc.array(
      fc.record({
        kind: fc.constantFrom('primary', 'secondary', 'other'),
        measure: words(3),
        timeFrame: words(2),
        description: words(2),
      }),
      { maxLength: 3 },
    ),
    contacts: fc.uniqueArray(hash, { maxLength: 2 }),
    sites: fc.array(arbitrarySite, { maxLength: options.sites ?? 6 }),
    unread: fc.constant([]),
    resultsDelayedOn: orNull(day),
    postingDelayed: orNull(fc.boolean()),
    violations: fc.array(
      fc.record({
        type: orNull(fc.constantFrom('VIOLATION_IDENTIFIED', 'CORRECTION_CONFIRMED')),
        description: words(3),
        on: orNull(day),
      }),
      { maxLength: 2 },
    ),
    hasViolation: orNull(fc.boolean()),
    papers: fc.array(
      fc.record({
        pmid: orNull(fc.constantFrom('11111111', '22222222')),
        citation: words(4),
      }),
      { maxLength: 3 },
    ),
    retractions: fc.array(
      fc.record({
        pmid: orNull(fc.constant('11111111')),
        citation: words(4),
        notices: fc.array(words(2), { maxLength: 2 }),
      }),
      { maxLength: 1 },
    ),
    documents: fc.array(
      fc.record({
        name: fc.constantFrom('Study Protocol', 'Informed Consent Form'),
        date: orNull(fc.constantFrom('2024-02-14', '2025-01')),
      }),
      { maxLength: 2 },
    ),
    dataSharing: orNull(
      fc.record({
        plan: orNull(fc.constantFrom('YES', 'NO', 'UNDECIDED')),
        description: words(3),
        kinds: fc.uniqueArray(fc.constantFrom('SAP', 'ICF'), { maxLength: 2 }),
        timeFrame: words(2),
        access: words(2),
        url: fc.constant(''),
      }),
    ),
    linkedAccess: orNull(
      fc.record({
        id: fc.constantFrom('NCT00000004', 'NCT00000005'),
        status: orNull(fc.constantFrom('AVAILABLE', 'NO_LONGER_AVAILABLE')),
      }),
    ),
    genderBased: orNull(fc.boolean()),
    genderDescription: orNull(words(3)),
    studyPopulation: fc.oneof(words(5), fc.constant('')),
    registryStatus: orNull(fc.constantFrom('Authorised, recruiting', 'Ended')),
    statusBasis: fc.constantFrom(...statusBases),
    countries: fc.uniqueArray(arbitraryCountry, { selector: ({ code }) => code, maxLength: 3 }),
    recruitmentStart: orNull(partialDate),
    recruitmentEnd: orNull(partialDate),
    language: fc.constantFrom('en', 'es'),
    titles: fc.array(fc.record({ language: fc.constantFrom('de', 'fr'), text: words(3) }), { maxLength: 2 }),
    // A registry gives either this or days.
    resultsState: fc.constant(null),
    ageGroups: fc.array(
      fc.record({ from: orNull(fc.constantFrom(0, 18)), to: orNull(fc.constantFrom(17, 64)) }),
      { maxLength: 2 },
    ),
  });
}

/** Shuffles every list, changes white space and Unicode form, moves meaningless dates and drops site refs. */
export function arbitraryNoise(trial: Trial): fc.Arbitrary<Trial> {
  return fc
    .record({
      seed: fc.infiniteStream(fc.nat({ max: 1_000_000 })),
      space: fc.constantFrom(' ', '  ', '\t', '\u00a0', '\n'),
      form: fc.constantFrom('NFC', 'NFD'),
      verifiedOn: fc.constantFrom('2026-03', '2024-01', null),
      lastUpdatePostedOn: fc.constantFrom('2026-03-01', '2024-01-01', null),
    })
    .map(({ seed, space, form, verifiedOn, lastUpdatePostedOn }) => {
      const noisy = (value: unknown): unknown => {
        if (typeof value === 'string') return value.replaceAll(' ', space).normalize(form);
        if (Array.isArray(value)) return shuffle(value.map(noisy), () => seed.next().value ?? 0);
        if (typeof value !== 'object' || value === null) return value;
        return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, noisy(inner)]));
      };
      const { status, registry, id } = trial;
      return { ...(noisy(trial) as Trial), status, registry, id, verifiedOn, lastUpdatePostedOn };
    });
}

function shuffle<T>(list: T[], random: () => number): T[] {
  return list
    .map((item, at) => ({ item, at, order: random() }))
    .sort((a, b) => a.order - b.order || a.at - b.at)
    .map(({ item }) => item);
}

/** A trial and a later version: a few fields differ, and a few sites are edited, removed and added. */
export const arbitraryStep: fc.Arbitrary<{ before: Trial; after: Trial }> = fc
  .tuple(arbitraryTrial(), arbitraryTrial(), fc.infiniteStream(fc.nat({ max: 9 })))
  .map(([before, other, dice]) => {
    const roll = () => dice.next().value ?? 0;
    const fields = Object.keys(before) as (keyof Trial)[];
    const picked = fields.filter(
      (field) => !['id', 'registry', 'sites', 'unread'].includes(field) && roll() < 3,
    );
    const changed = Object.fromEntries(picked.map((field) => [field, other[field]]));
    const kept = before.sites.flatMap((site, at) => {
      const die = roll();
      const donor = other.sites[at];
      if (die === 0) return [];
      return die < 3 && donor ? [{ ...site, status: donor.status, facility: donor.facility }] : [site];
    });
    const sites = [...kept, ...other.sites.filter(() => roll() < 2)];
    const unread = fields.filter((field) => field in changed && roll() === 0) as Trial['unread'];
    return { before, after: { ...before, ...changed, sites, unread: unread.filter(isTracked) } };
  });

function isTracked(field: string): boolean {
  return !['registry', 'id', 'unread', 'verifiedOn', 'lastUpdatePostedOn'].includes(field);
}

const samples = fc.sample(arbitraryTrial({ sites: 0 }), { numRuns: 1, seed: 7 });

/** A plain trial for tests that change one thing. */
export function someTrial(changes: Partial<Trial> = {}): Trial {
  const trial = structuredClone(samples[0]);
  if (!trial) throw new Error('no sample');
  const calm: Partial<Trial> = {
    status: 'RECRUITING',
    lastKnownStatus: null,
    whyStopped: null,
    hasExpandedAccess: null,
    aliases: [],
    startDate: { date: '2025-01-10', precision: 'day', type: 'ACTUAL' },
    primaryCompletionDate: { date: '2027-03', precision: 'month', type: 'ESTIMATED' },
    completionDate: { date: '2028-03', precision: 'month', type: 'ESTIMATED' },
    lastUpdatePostedOn: '2026-01-05',
    resultsPostedOn: null,
    resultsSubmittedOn: null,
    resultsHash: null,
    resultsDelayedOn: null,
    postingDelayed: null,
    violations: [],
    hasViolation: null,
    papers: [],
    retractions: [],
    documents: [],
    dataSharing: null,
    linkedAccess: null,
    genderBased: null,
    genderDescription: null,
    studyPopulation: '',
    registryStatus: null,
    statusBasis: 'stated',
    countries: [],
    recruitmentStart: null,
    recruitmentEnd: null,
    language: 'en',
    titles: [],
    resultsState: null,
    ageGroups: [],
    enrollment: { count: 100, type: 'ESTIMATED' },
    criteria: 'Inclusion Criteria:\n\n* Age ≥ 18\n* Asthma\n\nExclusion Criteria:\n\n* Smoker',
    sites: [],
  };
  return { ...trial, ...calm, ...changes };
}

/** A plain site for tests that change one thing. */
export function someSite(changes: Partial<Site> = {}): Site {
  return {
    ref: null,
    facility: 'Anna Hospital',
    status: 'RECRUITING',
    city: 'Seoul',
    state: '',
    zip: '05505',
    country: 'South Korea',
    lat: 37.566,
    lon: 126.978,
    orgId: null,
    department: '',
    contacts: [],
    ...changes,
  };
}
