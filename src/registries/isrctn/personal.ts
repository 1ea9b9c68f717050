/** What stands in place of an e-mail address or a telephone number. */
const omitted = '[…]';

const heading = /\bwho (?:is|are) the (?:main |study )?contacts?\b[\s\S]*$/i;
// Begins only where a word begins: else a long word would be scanned again from each of its letters.
const mailAddress = /(?<![^\s@<>()[\],;:"])[^\s@<>()[\],;:"]*@[^\s@<>()[\],;"]*/g;
const international = /(?<![\p{L}\d./:-])(?:\+|00)\s?\d[\d\s().\-/]{5,22}\d/gu;
const national = /(?<![\p{L}\d./:-])\(?0\d{1,5}\)?[\s.-]?\d{2,5}(?:[\s.-]?\d{2,5}){1,3}(?![\d/-])/gu;
const named =
  /\b(tel(?:ephone|efon)?|phone|fax|mobile|cell|call(?:ing)?)((?:\s*(?:number|no|us|on|at))*[\s.:]*)\+?[\d(][\d\s().-]{4,22}\d/gi;

/** Three to fifteen digits of a telephone number follow the plan of ITU-T E.164; a date has another form. */
const isDate = (text: string) => /^\d{1,2}[.\-/ ]\d{1,2}[.\-/ ]\d{2,4}/.test(text);
const isPhone = (text: string) => {
  const digits = text.replace(/\D/g, '').length;
  return digits >= 8 && digits <= 17 && !isDate(text);
};

/**
 * The text without what identifies or reaches a person (X10): everything from "Who is the main contact?" on,
 * e-mail addresses, telephone numbers. No `@` is left. Cutting twice changes nothing.
 */
export function cutPersonal(text: string): string {
  return cutPhones(cutMail(text));
}

/** The text without e-mail addresses and the paragraph on contacts: for numbers, which look like telephones. */
export function cutMail(text: string): string {
  const cut =
    text.includes('ontact') || text.includes('CONTACT') ? text.replace(heading, '').trimEnd() : text;
  return cut.includes('@') ? cut.replace(mailAddress, omitted) : cut;
}

function cutPhones(text: string): string {
  if (!/\d{2}/.test(text)) return text;
  return text
    .replace(named, (_, word: string, between: string) => `${word}${between}${omitted}`)
    .replace(international, (found) => (isPhone(found) ? omitted : found))
    .replace(national, (found) => (isPhone(found) ? omitted : found));
}
