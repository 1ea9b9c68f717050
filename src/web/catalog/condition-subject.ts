import { conceptsBeneath } from '../../core/matching/concepts-above.ts';
import {
  findSpelling,
  mendSlugOfWords,
  type NamedCondition,
  wordsOfSlug,
  writtenNames,
} from '../../core/matching/condition-names.ts';
import { phrasesOfConcept } from '../../core/matching/conditions.ts';
import { topicsOfCondition } from '../../core/matching/topics.ts';
import { foldName, isShortAbbreviation } from '../../core/text/folding.ts';
import { listNamesAbout } from '../../db/catalog/concepts.ts';
import type { Db } from '../../db/connect.ts';
import { capitalise } from '../shared/condition-links.ts';
import { findBySlug, readKnownConditions } from '../shared/known-conditions.ts';

/** The number of trials whose spelling of words is read. */
const namesRead = 20;

/** The subject of a condition page: a concept, or literal words. */
export type ConditionSubject = {
  slug: string;
  name: string;
  /** The search text that leads back here. */
  words: string;
  condition: NamedCondition | null;
  phrases: string[];
  topics: string[];
  /** Other names, as people write them. */
  also: string[];
  narrower: NamedCondition[];
};

/** What a slug names: a known condition, whose permanent slug may differ, or folded words. */
export type NamedSubject = { slug: string } & (
  | { condition: NamedCondition; words: null }
  | { condition: null; words: string }
);

/** Finds what a slug names, or null. */
export async function findNamed(db: Db, slug: string): Promise<NamedSubject | null> {
  const condition = await findBySlug(db, slug);
  if (condition) return { slug: condition.slug, condition, words: null };
  const lasting = mendSlugOfWords(slug);
  const words = lasting === null ? null : wordsOfSlug(lasting);
  if (lasting === null || words === null || isShortAbbreviation(words)) return null;
  return { slug: lasting, condition: null, words };
}

/** Describes a subject. Words have the spelling of `typed` if that fits, else the trials' spelling. */
export async function describeSubject(db: Db, named: NamedSubject, typed = ''): Promise<ConditionSubject> {
  const { slug, condition } = named;
  if (condition === null) {
    const { words } = named;
    const topics = topicsOfCondition({ conceptId: null, phrases: [words] });
    const written =
      foldName(typed) === words
        ? typed
        : (findSpelling(await listNamesAbout(db, topics, namesRead), words) ?? words);
    const phrases = [written];
    const name = capitalise(written);
    return { slug, name, words: `"${written}"`, condition, phrases, topics, also: [], narrower: [] };
  }
  const { conceptId, term, name } = condition;
  const phrases = phrasesOfConcept({ id: conceptId, term }, term);
  const topics = topicsOfCondition({ conceptId, phrases });
  const also = writtenNames(condition).filter((written) => written !== name);
  const narrower = await listNarrower(db, condition);
  return { slug, name, words: term, condition, phrases, topics, also, narrower };
}

/** The known headings below a condition, those with most trials first. */
async function listNarrower(db: Db, { conceptId }: NamedCondition): Promise<NamedCondition[]> {
  const { byId } = await readKnownConditions(db);
  return conceptsBeneath(conceptId)
    .flatMap((id) => byId.get(id) ?? [])
    .filter(({ kind }) => kind !== 'attribute')
    .toSorted((a, b) => b.count - a.count || a.name.localeCompare(b.name));
}
