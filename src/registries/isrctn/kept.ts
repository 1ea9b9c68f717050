import { cutMail, cutPersonal } from '../personal.ts';

/**
 * What is kept of a record, by path below its `trial` element; of `fullTrial` only `sponsor` and `funder` join
 * them. Everything else is left out before anything is stored, compared or logged (X10): contacts, ethics
 * committees, addresses, notes on outputs. `*` marks a list; `@` an attribute.
 */
const paths = `
@lastUpdated @version @publicIdentifierCanonical
isrctn isrctn/@dateAssigned
trialDescription/title trialDescription/scientificTitle trialDescription/acronym
trialDescription/studyHypothesis trialDescription/plainEnglishSummary
trialDescription/primaryOutcomes/outcomeMeasure*/variable trialDescription/primaryOutcomes/outcomeMeasure*/method
trialDescription/primaryOutcomes/outcomeMeasure*/timepoints trialDescription/primaryOutcome
trialDescription/secondaryOutcomes/outcomeMeasure*/variable trialDescription/secondaryOutcomes/outcomeMeasure*/method
trialDescription/secondaryOutcomes/outcomeMeasure*/timepoints trialDescription/secondaryOutcome
externalRefs/eudraCTNumber externalRefs/irasNumber externalRefs/clinicalTrialsGovNumber
externalRefs/protocolSerialNumber
externalRefs/secondaryNumbers/secondaryNumber* externalRefs/secondaryNumbers/secondaryNumber*/@numberType
externalRefs/secondaryNumbers/secondaryNumber*/@canonicalSecondaryNumber
trialDesign/studyDesign trialDesign/primaryStudyDesign trialDesign/secondaryStudyDesign
trialDesign/interventionalTrialDesign/allocation trialDesign/interventionalTrialDesign/masking
trialDesign/interventionalTrialDesign/assignment trialDesign/interventionalTrialDesign/purposes/purpose*
trialDesign/trialTypes/trialType* trialDesign/trialType
trialDesign/overallStatusOverride trialDesign/reasonAbandoned trialDesign/overallEndDate
participants/recruitmentCountries/country*
participants/trialCentres/trialCentre*/@id participants/trialCentres/trialCentre*/name
participants/trialCentres/trialCentre*/city participants/trialCentres/trialCentre*/state
participants/trialCentres/trialCentre*/country participants/trialCentres/trialCentre*/zip
participants/healthyVolunteersAllowed participants/inclusion participants/exclusion participants/ageRange
participants/lowerAgeLimit participants/lowerAgeLimit/@value participants/lowerAgeLimit/@unit
participants/upperAgeLimit participants/upperAgeLimit/@value participants/upperAgeLimit/@unit
participants/gender participants/targetEnrolment participants/totalFinalEnrolment
participants/recruitmentStart participants/recruitmentEnd
participants/recruitmentStartStatusOverride participants/recruitmentStatusOverride
conditions/condition*/description conditions/condition*/diseaseClass2
interventions/intervention*/description interventions/intervention*/interventionType
interventions/intervention*/phase interventions/intervention*/drugNames
results/publicationDetails results/publicationStage results/basicReport results/plainEnglishReport
sponsor*/organisation sponsor*/commercialStatus funder*/name
`;

type Kept = { isList: boolean; isNumber: boolean; hasText: boolean; inner: Map<string, Kept> };

const create = (isNumber: boolean): Kept => ({ isList: false, isNumber, hasText: false, inner: new Map() });
/** Where registries' numbers stand. */
const numbers = /^(?:isrctn|externalRefs)$/;

const tree = create(false);
for (const path of paths.trim().split(/\s+/)) {
  let at = tree;
  for (const step of path.split('/')) {
    const name = step.replace('*', '');
    const next = at.inner.get(name) ?? create(at.isNumber || numbers.test(name));
    next.isList ||= step.endsWith('*');
    at.inner.set(name, next);
    at = next;
  }
  at.hasText = true;
}

/** A raw record as it is stored: texts, lists and groups of the kept paths. */
export type KeptValue = string | KeptValue[] | { [key: string]: KeptValue };

/**
 * The kept part of a record, from its XML or from the JSON that other programs make of it (one-element lists
 * are groups there, and attributes are lost). Keeping twice changes nothing. What people wrote about
 * themselves inside kept texts is cut as well.
 */
export function keepRecord(raw: unknown): KeptValue {
  return keep(joinParts(raw), tree);
}

/** The XML's `fullTrial` has the trial beside its sponsors and funders; the stored form has them inside. */
function joinParts(raw: unknown): unknown {
  if (!isGroup(raw) || !Array.isArray(raw.trial)) return raw;
  return { ...raw.trial[0], sponsor: raw.sponsor ?? [], funder: raw.funder ?? [] };
}

function keep(value: unknown, kept: Kept): KeptValue {
  const text = kept.isNumber ? cutMail(textOf(value)) : cutPersonal(textOf(value));
  const group: { [key: string]: KeptValue } = {};
  if (isGroup(value)) {
    for (const [name, inner] of kept.inner) {
      if (!Object.hasOwn(value, name) || value[name] === undefined) continue;
      const items = Array.isArray(value[name]) ? value[name] : [value[name]];
      const read = items.filter((item) => item !== '').map((item) => keep(item, inner));
      group[name] = inner.isList ? read : (read[0] ?? '');
    }
  }
  if (Object.keys(group).length === 0) return kept.hasText ? text : kept === tree ? {} : '';
  return kept.hasText && text !== '' ? { ...group, '#text': text } : group;
}

function textOf(value: unknown): string {
  const text = isGroup(value) ? value['#text'] : value;
  return typeof text === 'string' || typeof text === 'number' ? String(text) : '';
}

const isGroup = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
