/**
 * MeSH headings at or near the top that cover whole branches of medicine. Following one means hundreds of
 * trials a week (M1c).
 */
const umbrellas = new Set(
  (
    'D009369 D009371 D009370 D009385 D007239 D003141 D001424 D001423 D009181 D014777 D012327 D004266 D010272 ' +
    'D007154 D009422 D002493 D001927 D002318 D014652 D006331 D012140 D004066 D005767 D009140 D012871 D017437 ' +
    'D006425 D006402 D004700 D008659 D009750 D009748 D001523 D091642 D014570 D052776 D052801 D005261 D005128 ' +
    'D010038 D009057 D014947 D030342 D009358 D000013 D010335 D013568 D020763 D012816 D064419 D009784 D009375 ' +
    'D007232 D001519 D009461 D007249'
  ).split(' '),
);

/** Everyday words for umbrellas whose own names differ, or that no recorded record names. Folded. */
export const umbrellaWords: ReadonlyMap<string, { id: string; term: string }> = new Map([
  ...['cancer', 'tumor', 'malignancy', 'malignant tumor', 'malignant neoplasm', 'solid tumor'].map(
    (word) => [word, { id: 'D009369', term: 'Neoplasms' }] as const,
  ),
  ['heart disease', { id: 'D006331', term: 'Heart Diseases' }],
  ['cardiac disease', { id: 'D006331', term: 'Heart Diseases' }],
  ['mental illness', { id: 'D001523', term: 'Mental Disorders' }],
  ['infectious disease', { id: 'D007239', term: 'Infections' }],
  ['genetic disease', { id: 'D030342', term: 'Genetic Diseases, Inborn' }],
  ['viral infection', { id: 'D014777', term: 'Virus Diseases' }],
  ['nervous system disorder', { id: 'D009422', term: 'Nervous System Diseases' }],
  ['neurological disorder', { id: 'D009422', term: 'Nervous System Diseases' }],
]);

/** Everyday words for attributes. Folded. */
export const attributeWords: ReadonlyMap<string, { id: string; term: string }> = new Map([
  ['metastasis', { id: 'D009362', term: 'Neoplasm Metastasis' }],
  ['metastatic cancer', { id: 'D009362', term: 'Neoplasm Metastasis' }],
  ['metastatic disease', { id: 'D009362', term: 'Neoplasm Metastasis' }],
  ['advanced cancer', { id: 'D009362', term: 'Neoplasm Metastasis' }],
  ['relapse', { id: 'D012008', term: 'Recurrence' }],
  ['rare disease', { id: 'D035583', term: 'Rare Diseases' }],
  ['chronic illness', { id: 'D002908', term: 'Chronic Disease' }],
  ['acute disease', { id: 'D000208', term: 'Acute Disease' }],
  ['disease progression', { id: 'D018450', term: 'Disease Progression' }],
  ['syndrome', { id: 'D013577', term: 'Syndrome' }],
]);

/**
 * Headings that say how a disease is (recurring, chronic, spreading) and not which one. They cannot be
 * followed (M1c).
 */
const attributes = new Set(
  (
    'D012008 D002908 D009362 D000208 D018450 D013577 D004194 D020969 D004630 D016638 D004198 D035583 D058070 ' +
    'D018365 D009364 D008207 D020022 D003643 D009043'
  ).split(' '),
);

/** MeSH gives new headings nine digits from about this number (D000086382); older ones have six. */
const firstLongId = 66_000;

const sixDigits = /^D\d{6}$/;

/** The canonical spelling of a MeSH id: records write both D001943 and D000001943 for the same heading. */
export function canonicalConceptId(id: string): string {
  // Six digits are canonical whatever their number, and nearly all ids have six.
  if (sixDigits.test(id)) return id;
  const number = /^D0*(\d+)$/.exec(id)?.[1];
  return number !== undefined && Number(number) < firstLongId ? `D${number.padStart(6, '0')}` : id;
}

/** `umbrella`: too wide to follow without asking. `attribute`: not a disease. `disease`: may be followed. */
export function kindOfConcept(id: string): 'umbrella' | 'attribute' | 'disease' {
  const canonical = canonicalConceptId(id);
  if (attributes.has(canonical)) return 'attribute';
  return umbrellas.has(canonical) ? 'umbrella' : 'disease';
}
