/**
 * Folded words that tell the extent, duration, patient or side of an illness, never which illness it is. They
 * may stand before, behind or inside its name ("herniated lumbar disc", "Acute Leukemia, Adult").
 */
const modifiers = new Set(
  (
    'advanced locally local metastatic metastasized oligometastatic disseminated recurrent recurring relapsed relapse ' +
    'refractory resistant resectable resected unresectable inoperable operable newly diagnosed de novo untreated treated ' +
    'previously early late stage grade high low risk poor favorable unfavorable intermediate selected select unspecified ' +
    'other adult adulthood adolescent child childhood children pediatric infant juvenile elderly older young patient female ' +
    'male woman man severe moderate mild persistent symptomatic asymptomatic uncontrolled controlled difficult primary ' +
    'secondary progressive active stable confirmed suspected known history lumbar lumber thoracic lumbosacral cervical ' +
    'intervertebral nos category disorder disease syndrome diagnosis protocol specific part cohort attack episode ajcc figo v7 v8 ' +
    'and or of for a an'
  ).split(' '),
);

/** Modifiers that are an organ's name, and distinguish illnesses before a word for tumors or an organ. */
const organWords = new Set(['cervical', 'thoracic']);
const spineWords = new Set(['disc', 'spine', 'radiculopathy', 'spondylosis', 'stenosis', 'myelopathy']);

/** Only these modifiers may be skipped inside a name: the others are parts of names. */
const passedOver = new Set(
  (
    'advanced metastatic recurrent relapsed refractory unresectable resectable adult pediatric childhood severe lumbar lumber ' +
    'lumbosacral intervertebral posterolateral symptomatic contained painful'
  ).split(' '),
);

/**
 * "IIIB", "L4", and the number behind "stage"; never a number that distinguishes two illnesses ("type 2").
 */
function isNumbering(word: string, before: string | undefined): boolean {
  if (/^(?:i{1,3}|iv)[abc]\d?$|^[lcst]\d$/.test(word)) return true;
  return /^[1-4][abc]?$/.test(word) && (before === 'stage' || before === 'grade' || before === 'part');
}

/** The words that identify an illness, without modifiers; empty for a text of modifiers alone. */
export function wordsOfIllness(words: readonly string[]): string[] {
  const isSpinal = words.some((word) => spineWords.has(word));
  return words.filter(
    (word, at) =>
      !isNumbering(word, words[at - 1]) && (!modifiers.has(word) || (organWords.has(word) && !isSpinal)),
  );
}

/** A passage without the modifiers inside it, to find names that one interrupts; null if there are none. */
export function withoutInterruptions(passage: readonly string[]): string[] | null {
  const isSpinal = passage.some((word) => spineWords.has(word));
  const kept = passage.filter(
    (word, at) =>
      at === 0 || at === passage.length - 1 || !(passedOver.has(word) || (word === 'cervical' && isSpinal)),
  );
  return kept.length < passage.length ? kept : null;
}

/**
 * A key for a name that ignores word order ("cancer of the cervix", "Cervix Cancer"); null for fewer than two
 * words.
 */
export function bagOf(words: readonly string[]): string | null {
  const bag = [...new Set(wordsOfIllness(words))];
  return bag.length < 2 ? null : bag.toSorted().join(' ');
}
