/** A trial of a made-up ISRCTN registry. What is left out is as an ordinary recruiting trial has it. */
export type IsrctnFields = {
  /** Eight digits. */
  digits?: string;
  /** The time of the last edit. */
  edited?: string;
  title?: string;
  summary?: string;
  /** Days. */
  start?: string | null;
  end?: string | null;
  finish?: string | null;
  /** The word above the dates. */
  override?: string;
  reason?: string;
  countries?: string[];
  /** Centres as "name | city | country". */
  centres?: string[];
  conditions?: string[];
  inclusion?: string;
  exclusion?: string;
  ages?: { lower?: [string, string]; upper?: [string, string]; range?: string };
  target?: string;
  final?: string;
  stage?: string;
  publications?: string;
  basicReport?: string;
  refs?: string;
  /** XML in place of nothing, inside `participants` and inside `fullTrial`. */
  inParticipants?: string;
  inFullTrial?: string;
};

const escapeXml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** An element; empty texts are written as the registry does. */
function element(name: string, text: string | null | undefined, attributes = ''): string {
  if (text === null) return '';
  return text ? `<${name}${attributes}>${escapeXml(text)}</${name}>` : `<${name}${attributes} />`;
}

const date = (name: string, day: string | null) => element(name, day && `${day}T00:00:00.000Z`);

/** A `fullTrial` in the registry's form, with the contacts that real ones have. */
export function makeIsrctn(fields: IsrctnFields = {}): string {
  const { digits = '90000001', edited = '2026-11-01T09:30:00.123456789Z', ages = {} } = fields;
  const { start = '2026-01-15', end = '2026-11-30', finish = '2027-06-30' } = fields;
  const centres = (fields.centres ?? ['Riverside Hospital | Leeds | England']).map((one, at) => {
    const [name = '', city = '', country = ''] = one.split('|').map((part) => part.trim());
    const inner = [element('name', name), '<address />', element('city', city), '<state />'];
    return `<trialCentre id="00000000-0000-4000-8000-00000000000${at}">${inner.join('')}${element('country', country)}<zip>-</zip></trialCentre>`;
  });
  const limit = (name: string, given: [string, string] | undefined) =>
    given
      ? element(
          name,
          `${Number(given[0])} ${given[1]}`,
          ` unit="${given[1].toLowerCase()}" value="${given[0]}"`,
        )
      : '';
  return [
    `<fullTrial><trial lastUpdated="${edited}" version="12" isPublished="true" publicIdentifierType="isrctn" publicIdentifierCanonical="ISRCTN${digits}">`,
    `<isrctn dateAssigned="2026-01-02T10:00:00.5Z">${digits}</isrctn>`,
    '<trialDescription>',
    element('title', fields.title ?? 'Walking after a hip fracture'),
    element('scientificTitle', 'A randomised trial of early walking after a hip fracture'),
    '<acronym />',
    element('studyHypothesis', 'Early walking shortens the stay in hospital.'),
    element('plainEnglishSummary', fields.summary ?? 'Background and study aims\nMany people fall.'),
    '<primaryOutcomes /><primaryOutcome>Days in hospital</primaryOutcome><secondaryOutcomes /><secondaryOutcome />',
    '<ethicsCommittees><ethicsCommittee><contact><email>ethics@example.org</email><telephone>+44 20 7946 0000</telephone></contact></ethicsCommittee></ethicsCommittees>',
    '</trialDescription>',
    `<externalRefs>${fields.refs ?? '<eudraCTNumber /><irasNumber /><clinicalTrialsGovNumber /><protocolSerialNumber />'}</externalRefs>`,
    '<trialDesign><studyDesign /><primaryStudyDesign>Interventional</primaryStudyDesign><secondaryStudyDesign>Randomised controlled trial</secondaryStudyDesign><trialTypes><trialType>Treatment</trialType></trialTypes>',
    fields.override ? element('overallStatusOverride', fields.override) : '',
    fields.reason ? element('reasonAbandoned', fields.reason) : '',
    date('overallEndDate', finish),
    '</trialDesign><participants><recruitmentCountries>',
    ...(fields.countries ?? ['United Kingdom', 'England']).map((name) => element('country', name)),
    `</recruitmentCountries><trialCentres>${centres.join('')}</trialCentres>`,
    '<participantTypes><participantType>Patient</participantType></participantTypes><healthyVolunteersAllowed>false</healthyVolunteersAllowed>',
    element('inclusion', fields.inclusion ?? '1. A broken hip\n2. Aged 60 years or over'),
    element('ageRange', ages.range ?? 'Adult'),
    limit('lowerAgeLimit', ages.lower),
    limit('upperAgeLimit', ages.upper),
    '<gender>All</gender>',
    element('targetEnrolment', fields.target ?? '120'),
    element('totalFinalEnrolment', fields.final ?? '0'),
    element('exclusion', fields.exclusion ?? '1. Cannot walk'),
    date('recruitmentStart', start),
    date('recruitmentEnd', end),
    `<recruitmentStartStatusOverride />${element('recruitmentStatusOverride', fields.override)}${fields.inParticipants ?? ''}</participants>`,
    `<conditions><condition>${element('description', (fields.conditions ?? ['Hip fracture']).join('\n'))}<diseaseClass1>Injury</diseaseClass1><diseaseClass2 /></condition></conditions>`,
    '<interventions><intervention><description>Walking on the first day</description><interventionType>Behavioural</interventionType><phase>Not Applicable</phase><drugNames /></intervention></interventions>',
    '<results><ipdSharingStatement>Ask Dr A Person, person@example.org, +44 (0)20 7946 0958</ipdSharingStatement>',
    element('publicationDetails', fields.publications),
    element('publicationStage', fields.stage),
    element('basicReport', fields.basicReport),
    '<plainEnglishReport /></results></trial>',
    '<contact id="c1"><forename>A</forename><surname>Person</surname><contactDetails><telephone>+44 20 7946 0958</telephone><email>person@example.org</email></contactDetails></contact>',
    '<sponsor id="s1"><organisation>University of Example</organisation><sponsorType>University/education</sponsorType><commercialStatus>Non-commercial</commercialStatus><contactDetails><email>sponsor@example.org</email></contactDetails></sponsor>',
    `<funder id="f1"><name>Example Trust</name></funder>${fields.inFullTrial ?? ''}</fullTrial>`,
  ].join('');
}

/** An answer of the registry with these records, and its count, which may be of more. */
export function isrctnAnswer(records: readonly string[], total = records.length): string {
  return `<allTrials xmlns="http://www.67bricks.com/isrctn" totalCount="${total}">${records.join('')}</allTrials>`;
}
