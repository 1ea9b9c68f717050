import { listTrials } from '../../db/catalog/estimates.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { lookUpTrials } from './follow-trials.ts';

/** The answer to one line of a pasted list. */
export type ListLine = {
  line: string;
  answer: 'understood' | 'renamed' | 'twice' | 'unknown' | 'no-number' | 'later';
  id: string | null;
  title: string | null;
};
export type ListView = {
  lines: ListLine[];
  understood: number;
  tooMany: boolean;
  isEmpty: boolean;
  typed: string;
};

/** Most lines of a pasted list. */
export const linesAtMost = 500;
const lineLength = 200;

/** Resolves each line of a pasted list to a trial and its current number, or says what is wrong with it. */
export async function answerList(deps: WebDeps, typed: string): Promise<ListView> {
  const all = typed
    .split(/[\n\r;,\t]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const read = all
    .slice(0, linesAtMost)
    .map((line) => ({ line: line.slice(0, lineLength), found: deps.actions.findTrialId(line) }));
  const known = new Map<string, { id: string; title: string } | null>();
  for (const [registry, ofOne] of Map.groupBy(
    read.flatMap(({ found }) => found ?? []),
    (found) => found.registry,
  )) {
    const ids = [...new Set(ofOne.map(({ id }) => id))];
    for (const { asked, id, title } of await listTrials(deps.db, registry, ids))
      known.set(asked, { id, title });
    const missing = ids.filter((id) => !known.has(id));
    const looked = await lookUpTrials(deps, registry, missing);
    // Ids that an unavailable registry could not look up stay out of `known`; they are read later.
    if (looked) for (const id of missing) known.set(id, looked.get(id) ?? null);
  }
  const seen = new Set<string>();
  const lines = read.map(({ line, found }): ListLine => {
    if (!found) return { line, answer: 'no-number', id: null, title: null };
    const trial = known.get(found.id);
    if (trial === null) return { line, answer: 'unknown', id: found.id, title: null };
    const id = trial?.id ?? found.id;
    const title = trial?.title ?? null;
    if (seen.has(id)) return { line, answer: 'twice', id, title };
    seen.add(id);
    if (!trial) return { line, answer: 'later', id, title };
    return { line, answer: id === found.id ? 'understood' : 'renamed', id, title };
  });
  return {
    lines,
    understood: seen.size,
    tooMany: all.length > linesAtMost,
    isEmpty: all.length === 0,
    typed,
  };
}
