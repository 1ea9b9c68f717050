/** What stands in place of an e-mail address, a telephone number or a name beside them. */
const omitted = '[…]';

const heading = /\bwho (?:is|are) the (?:main |study )?contacts?\b[\s\S]*$/i;
// Both begin only where a word begins: else a long word would be scanned again from each of its letters.
const spacedAddress =
  /(?<![^\s@<>()[\],;:"])[^\s@<>()[\],;:"]+[^\S\n]{0,2}(?:@|[([] ?at ?[)\]])[^\S\n]{0,2}[^\s@<>()[\],;:"]*\.\p{L}{2,}/giu;
const mailAddress = /(?<![^\s@<>()[\],;:"])[^\s@<>()[\],;:"]*@[^\s@<>()[\],;"]*/g;
const international = /(?<![\p{L}\d./:-])(?:\+\s?\d|00\s?[1-9])[\d\s().\-/]{5,22}\d/gu;
const national = /(?<![\p{L}\d./:-])\(?0[1-9]\d{0,4}\)?[\s.-]?\d{2,5}(?:[\s.-]?\d{2,5}){1,3}(?![\d/-])/gu;
const named =
  /\b(tel(?:ephone|efon)?|(?:cell ?)?phone|fax|mobile|call(?:ing)?)((?:\s*(?:number|no|us|on|at))*[\s.:]*)(\+?[\d(][\d\s().-]{4,22}\d)/gi;

const titles = [
  '[Pp]rof(?:essor[a-z]*|esseur|a)?|PROF(?:ESSOR)?|Pr',
  '[Dd]o[ck]t(?:or|ora|eur)|DOCTOR|[Dd]ott(?:or|ore|oressa)?|[Dd]r[as]?|DRA?|MU[Dd]r|P[Hh]D',
  'Mr|Mrs|Mme|Sra|Frau|Herr',
];
const title = `(?:${titles.join('|')})`;
const titled = new RegExp(String.raw`(?<!\p{L})${title}(?:[.\s,]|$)|,\s*(?:md|MD|Md)\b`, 'u');
/** A name after its title, shortly before an address or a number that was cut. */
const nameBesideContact = new RegExp(
  String.raw`(?<!\p{L})(${title}\.?(?:\s(?:${title}|med|dent|rer|nat)\.?){0,3})((?:\s\p{Lu}[\p{L}.'’-]*){1,4})(?=[^\n;[]{0,40}\[…\])`,
  'gu',
);

/**
 * A day or a span of days or years. The same sign stands between the parts of a day, and no fourth part follows.
 */
const isDate = (text: string) =>
  /^\d{1,2}([.\-/ ])\d{1,2}\1\d{2,4}(?!\1?\d)|^(?:19|20)\d\d\s?-\s?(?:19|20)\d\d$/.test(text);
/** Eight to seventeen digits: the plan of ITU-T E.164 has up to fifteen; 00 may stand before them. */
const isPhone = (text: string, fewest = 8) => {
  const digits = text.replace(/\D/g, '').length;
  return digits >= fewest && digits <= 17 && !isDate(text);
};
/** The rest of a large number: "000 000 000" of "2 000 000 000". */
const isThousands = (found: string, before: string) =>
  /^\d{3}(?:\s\d{3})+$/.test(found) && /(?<!\d)\d{1,3}\s$/.test(before);

/**
 * The text without what identifies or reaches a person (X10): everything from "Who is the main contact?" on,
 * e-mail addresses, telephone numbers, and a titled name before them. No `@` is left. Cutting twice changes
 * nothing.
 */
export function cutPersonal(text: string): string {
  const cut = cutPhones(cutMail(text));
  return cut.includes(omitted) ? cut.replace(nameBesideContact, `$1 ${omitted}`) : cut;
}

/** The text without e-mail addresses and the paragraph on contacts: for numbers, which look like telephones. */
export function cutMail(text: string): string {
  const cut =
    text.includes('ontact') || text.includes('CONTACT') ? text.replace(heading, '').trimEnd() : text;
  return /@|\bat ?[)\]]/i.test(cut) ? cut.replace(spacedAddress, omitted).replace(mailAddress, omitted) : cut;
}

/** Whether a short text, such as a department, bears a person's name: "Prof. Jane Sample", "Jane Sample, MD". */
export function namesPerson(text: string): boolean {
  return titled.test(text);
}

function cutPhones(text: string): string {
  if (!/\d{2}/.test(text)) return text;
  const cut = (found: string, at: number, whole: string) =>
    isPhone(found) && !isThousands(found, whole.slice(Math.max(0, at - 5), at)) ? omitted : found;
  return text
    .replace(named, (found, word: string, between: string, number: string) => {
      const isAnnounced = /^(?:tel|fax)$/i.test(word) || /:|\bno\b|number/i.test(between);
      return isPhone(number, isAnnounced ? 6 : 8) ? `${word}${between}${omitted}` : found;
    })
    .replace(international, cut)
    .replace(national, cut);
}
