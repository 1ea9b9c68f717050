import { wordsFor } from '../../core/wording/change-sentences.ts';
import { shapeOf } from '../../core/wording/shape/change-shape.ts';
import type { ChangeShape } from '../../core/wording/shape/shape.ts';
import { quoteRegistry } from '../../core/wording/values.ts';
import type { Wording } from '../../core/wording/wording.ts';
import type { ReleasedChange } from '../../db/catalog/feeds.ts';

/** The changes of one version of a trial, in words. */
export type NewsItem = {
  href: string;
  id: string;
  title: string;
  day: string;
  sentences: { shape: ChangeShape; text: string; quote: string | null }[];
  advice: string | null;
  more: string | null;
};

const itemsShown = 8;
const sentencesShown = 3;

/** Groups changes, newest first, by trial and version. Shows the most important of each group and counts the others. */
export function groupNews(wording: Wording, changes: ReleasedChange[], timezone: string): NewsItem[] {
  const groups = new Map<string, ReleasedChange[]>();
  for (const change of changes) {
    const key = `${change.registry} ${change.registryId} ${change.version}`;
    const group = groups.get(key);
    if (group) group.push(change);
    else groups.set(key, [change]);
  }
  return [...groups.values()].slice(0, itemsShown).flatMap((group) => {
    const ordered = group.toSorted((a, b) => b.weight - a.weight || a.id - b.id);
    const [first] = ordered;
    if (!first) return [];
    const shown = ordered.slice(0, sentencesShown).map((one) => ({
      shape: shapeOf(wording, one.change, one),
      ...wordsFor(wording, one.change, cardFor(one)),
    }));
    const more = ordered.length - shown.length;
    return [
      {
        href: `/trials/${encodeURIComponent(first.registryId)}`,
        id: first.registryId,
        title: quoteRegistry(wording, first.title) || wording.say('card.no-title'),
        day: wording.dayOf(first.releasedAt, timezone),
        sentences: shown.map(({ shape, sentence, quote }) => ({ shape, text: sentence, quote })),
        advice: shown.find(({ advice }) => advice !== null)?.advice ?? null,
        more: more > 0 ? wording.say('condition.news.more', { count: more }) : null,
      },
    ];
  });
}

/** The facts about a trial that a sentence needs. */
export function cardFor({ registry, status, firstPostedOn }: ReleasedChange) {
  return { registry, status, firstPostedOn };
}
