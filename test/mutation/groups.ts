/** Files of src/core and the few unit tests that speak of them: all tests over every mutant would take days. */
export type Group = { name: string; mutate: string[]; tests: string };

const small = 'age,anomaly-hold,calendar,change,dates,trial';
const smallDigests = 'card,digest,net,warnings';
const matching =
  'admitted,admitted-text,concepts-above,concepts-kinds,concepts-weak,conditions,disease-names,foreign-words,modifiers,named-concepts,passages,phrases,readings,suggestions,synonyms,topics,tumors';

/** Tests that take seconds, the slowest last: most changes are noticed before their turn comes. */
export const slowTests = [
  'text-edge',
  'diff-text-edge',
  'diff-sites-edge',
  'diff',
  'diff-properties',
  'sites',
  'conditions',
  'diff-criteria',
  'topics',
  'matching-words-edge',
  'phrases',
];

/** Largest first. `tests` are names in test/unit, without `.test.ts`. */
export const groups: Group[] = [
  {
    name: 'sites',
    mutate: [
      'src/core/sites/{assign,block-keys,blocks,candidates,cards,couples,equal,geography,judge,pair,pairing,place,similarity,sites,stand-ins}.ts',
    ],
    tests:
      '{sites,sites-assign,sites-edge,sites-judge-edge,sites-forms-edge,sites-name-edge,sites-place-edge,couples,stand-ins,sites-cost}',
  },
  {
    name: 'diff',
    mutate: [
      'src/core/{canonical,same-value}.ts',
      'src/core/diff/{date-changes,diff,results,sites,sites-together,spelling,status}.ts',
    ],
    tests:
      '{diff,diff-criteria,diff-heads-edge,diff-properties,dates,diff-edge,diff-explain-edge,diff-text-edge,diff-sites-edge,sites}',
  },
  {
    name: 'matching',
    mutate: [`src/core/matching/{${matching}}.ts`],
    tests:
      '{conditions,filters,phrases,topics,matching-edge,matching-tables-edge,matching-words-edge,foreign-words,topics-recorded}',
  },
  {
    name: 'wording',
    mutate: [
      'src/core/wording/{change-sentences,digest/digest,digest/first-line,digest/folds,format-dates,near,others,registry-text,site-groups,values,wording}.ts',
    ],
    tests:
      '{wording,wording-edge,wording-digest-edge,wording-facts-edge,wording-links-edge,wording-near-edge,wording-values-edge,dates,digest,near,outside-edge,warnings}',
  },
  {
    name: 'small',
    mutate: [
      `src/core/{${small}}.ts`,
      `src/core/digests/{${smallDigests}}.ts`,
      'src/core/subscriptions/filters.ts',
    ],
    tests: `{age,anomaly-hold,calendar,card,change,dates,digest,filters,net,trial,warnings,near,net-values,digest-edge,net-edge,core-edge}`,
  },
  {
    name: 'text',
    mutate: ['src/core/text/{edit-distance,entities,folding,text}.ts'],
    tests: '{text,text-edge,phrases,sites}',
  },
  // Tables and patterns, most of which are worked out when their module loads: held against quick tests alone.
  {
    name: 'weights',
    mutate: ['src/core/{weight,withhold}.ts'],
    tests: '{core-edge,weight,withhold}',
  },
  {
    name: 'site-names',
    mutate: ['src/core/sites/{name,placeholder,words}.ts'],
    tests: '{placeholder,sites-forms-edge,sites-name-edge,sites-edge}',
  },
  {
    name: 'diff-rules',
    mutate: ['src/core/diff/{criteria,fields}.ts'],
    tests: '{diff,diff-criteria,diff-edge,diff-explain-edge,diff-heads-edge}',
  },
  {
    name: 'names',
    mutate: [
      'src/core/matching/{condition-names,listed-phrases,name-search,understood}.ts',
      'src/core/text/mail-address.ts',
    ],
    tests: '{condition-names,names-edge,choices-edge,mail-address}',
  },
  {
    name: 'follow',
    mutate: [
      'src/core/digests/{estimate,report}.ts',
      'src/core/subscriptions/{follow-defaults,link-requests,sign-up}.ts',
      'src/core/status-groups.ts',
    ],
    tests: '{estimate,estimate-edge,choices-edge,report,report-edge}',
  },
  {
    name: 'reading',
    mutate: ['src/core/wording/trial-summary.ts'],
    tests: '{reading,reading-edge}',
  },
  {
    name: 'near',
    mutate: [
      'src/core/digests/{advice,fold,near,notes,outside}.ts',
      'src/core/{cursor,digest-change,staff}.ts',
      'src/core/subscriptions/subject-styles.ts',
      'src/core/wording/notes.ts',
    ],
    tests: '{digest,near,near-edge,notes-edge,outside-edge,wording-notes-edge}',
  },
  {
    name: 'why',
    mutate: ['src/core/digests/compose.ts', 'src/core/why/*.ts'],
    tests: '{why,why-follow,compose-for}',
  },
  {
    name: 'schedule',
    mutate: ['src/core/schedule.ts'],
    tests: '{schedule,schedule-edge}',
  },
];
