import { type NamedCondition, nameConditions } from '../../core/matching/condition-names.ts';
import { type NameSearch, openNameSearch } from '../../core/matching/name-search.ts';
import { listConcepts } from '../../db/catalog/concepts.ts';
import { type CostCache, cacheByCost } from '../../db/catalog/cost-cache.ts';
import type { Db } from '../../db/connect.ts';

/** The conditions that have a page, by slug, by MeSH id and by name. */
export type KnownConditions = {
  bySlug: ReadonlyMap<string, NamedCondition>;
  byId: ReadonlyMap<string, NamedCondition>;
  names: NameSearch;
};

const known = new WeakMap<Db, CostCache<KnownConditions>>();

function remembered(db: Db): CostCache<KnownConditions> {
  let one = known.get(db);
  if (!one) {
    one = cacheByCost(() => readNow(db));
    known.set(db, one);
  }
  return one;
}

async function readNow(db: Db): Promise<KnownConditions> {
  const stored = await listConcepts(db);
  const conditions = nameConditions(stored, new Map(stored.map(({ id, count }) => [id, count])));
  return {
    bySlug: new Map(conditions.map((condition) => [condition.slug, condition])),
    byId: new Map(conditions.map((condition) => [condition.conceptId, condition])),
    names: openNameSearch(conditions),
  };
}

/** The known conditions, briefly cached; counts may be older. */
export function readKnownConditions(db: Db): Promise<KnownConditions> {
  return remembered(db).get();
}

/** The condition with a slug, or null. Reloads the cache once if the slug is unknown. */
export async function findBySlug(db: Db, slug: string): Promise<NamedCondition | null> {
  const find = ({ bySlug, byId }: KnownConditions) =>
    bySlug.get(slug) ?? byId.get(slug.toUpperCase()) ?? null;
  return find(await remembered(db).get()) ?? find(await remembered(db).renew());
}
