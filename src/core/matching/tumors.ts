/** Folded head words of tumour names, which may replace one another there. */
export const tumorHeads = ['cancer', 'carcinoma', 'neoplasm', 'tumor', 'malignancy'];
const tumorSuffix = / (?:cancer|carcinoma|neoplasm|tumor|malignancy|malignant (?:neoplasm|tumor))$/;
const tumorPrefix = /^(?:cancer|carcinoma|neoplasm|tumor|malignancy) (?:of|in) /;

/**
 * Registrants' folded names for the same organ: as a noun ("cancer of the kidney") and as an adjective
 * ("renal cancer").
 */
const organs: readonly { nouns: string[]; beside: string[] }[] = [
  { nouns: ['lung'], beside: ['pulmonary', 'bronchial', 'bronchogenic'] },
  { nouns: ['kidney'], beside: ['renal'] },
  { nouns: ['liver'], beside: ['hepatic'] },
  { nouns: ['stomach'], beside: ['gastric'] },
  { nouns: ['breast'], beside: ['mammary'] },
  { nouns: ['ovary'], beside: ['ovarian'] },
  { nouns: ['prostate'], beside: ['prostatic'] },
  { nouns: ['colon'], beside: ['colonic'] },
  { nouns: ['rectum'], beside: ['rectal'] },
  { nouns: ['colorectum', 'colon and rectum'], beside: ['colorectal'] },
  { nouns: ['anus'], beside: ['anal'] },
  { nouns: ['pancreas'], beside: ['pancreatic'] },
  { nouns: ['bladder', 'urinary bladder'], beside: [] },
  { nouns: ['cervix', 'uterine cervix'], beside: ['cervical', 'uterine cervical'] },
  { nouns: ['esophagus'], beside: ['esophageal', 'esophagu'] },
  { nouns: ['endometrium'], beside: ['endometrial'] },
  { nouns: ['uterus', 'uterine corpus'], beside: ['uterine'] },
  { nouns: ['vulva'], beside: ['vulvar'] },
  { nouns: ['penis'], beside: ['penile'] },
  { nouns: ['testis'], beside: ['testicular'] },
  { nouns: ['skin'], beside: ['cutaneous'] },
  { nouns: ['thyroid', 'thyroid gland'], beside: [] },
  { nouns: ['gallbladder', 'gall bladder'], beside: [] },
  { nouns: ['bile duct', 'biliary tract'], beside: ['biliary', 'bile tract'] },
  { nouns: ['mouth', 'oral cavity'], beside: ['oral'] },
  { nouns: ['larynx'], beside: ['laryngeal'] },
  { nouns: ['nasopharynx'], beside: ['nasopharyngeal'] },
  { nouns: ['head and neck', 'head neck'], beside: [] },
];

const organByWord = new Map(
  organs.flatMap((organ) => [...organ.nouns, ...organ.beside].map((word) => [word, organ] as const)),
);

/** Folded names of the same tumour: swaps cancer, carcinoma, neoplasm, tumor, and both forms of organs. */
export function tumorVariants(folded: string): string[] {
  const bare = folded.replace(tumorSuffix, '').replace(tumorPrefix, '');
  if (bare === folded || bare === '') return [];
  const organ = organByWord.get(bare);
  if (!organ) return tumorHeads.map((head) => `${bare} ${head}`);
  return [
    ...[...organ.nouns, ...organ.beside].flatMap((name) =>
      [...tumorHeads, 'adenocarcinoma'].map((head) => `${name} ${head}`),
    ),
    ...organ.nouns.flatMap((noun) => tumorHeads.slice(0, 4).map((head) => `${head} of ${noun}`)),
  ];
}

/** Whether folded words name an organ in tumour names ("renal", "head and neck"). */
export function isOrgan(folded: string): boolean {
  return organByWord.has(folded);
}
