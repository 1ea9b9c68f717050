import { conceptsBeneath } from '../core/matching/concepts-above.ts';
import { type NamedCondition, wordsOfSlug, writtenNames } from '../core/matching/condition-names.ts';
import { phrasesOfConcept } from '../core/matching/conditions.ts';
import { topicsOfCondition } from '../core/matching/topics.ts';
import { isShortAbbreviation } from '../core/text/folding.ts';
import type { Db } from '../db/connect.ts';
import { findBySlug, readKnownConditions } from './known-conditions.ts';

/** What a condition's page is about: a concept, or words as they are written. */
export type ConditionSubject = {
  slug: string;
  name: string;
  /** What the search would be given to mean this again. */
  words: string;
  condition: NamedCondition | null;
  phrases: string[];
  topics: string[];
  /** Other names, as people write them. */
  also: string[];
  narrower: NamedCondition[];
};

/** The subject of a slug; `slug` of the answer may be another, its lasting one. Null when there is none. */
export async function findSubject(db: Db, slug: string): Promise<ConditionSubject | null> {
  const condition = await findBySlug(db, slug);
  if (condition) return subjectOf(condition, await listNarrower(db, condition));
  const words = wordsOfSlug(slug);
  if (words === null || isShortAbbreviation(words)) return null;
  const phrases = [words];
  return {
    slug,
    name: words.charAt(0).toUpperCase() + words.slice(1),
    words: `"${words}"`,
    condition: null,
    phrases,
    topics: topicsOfCondition({ conceptId: null, phrases }),
    also: [],
    narrower: [],
  };
}

function subjectOf(condition: NamedCondition, narrower: NamedCondition[]): ConditionSubject {
  const { conceptId, term, name, slug } = condition;
  const phrases = phrasesOfConcept({ id: conceptId, term }, term);
  const topics = topicsOfCondition({ conceptId, phrases });
  const also = writtenNames(condition).filter((written) => written !== name);
  return { slug, name, words: term, condition, phrases, topics, also, narrower };
}

/** Known headings beneath one, those with most trials first. */
async function listNarrower(db: Db, { conceptId }: NamedCondition): Promise<NamedCondition[]> {
  const { byId } = await readKnownConditions(db);
  return conceptsBeneath(conceptId)
    .flatMap((id) => byId.get(id) ?? [])
    .filter(({ kind }) => kind !== 'attribute')
    .toSorted((a, b) => b.count - a.count || a.name.localeCompare(b.name));
}
