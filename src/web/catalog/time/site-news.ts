import { countryKey } from '../../../core/countries.ts';
import type { ChangePart } from '../../../core/wording/shape/shape.ts';
import { siteShape } from '../../../core/wording/shape/site-shapes.ts';
import type { Wording } from '../../../core/wording/wording.ts';
import type { DatedChange } from './status-history.ts';

/** The sites that came and went lately. */
export type SiteNews = {
  added: number;
  removed: number;
  /** The first ones by name. */
  parts: ChangePart[];
  /** How many came and went, by `countryKey`. */
  byCountry: Map<string, { added: number; removed: number }>;
};

const partsShown = 10;

/** Sites that are new or gone by these changes, newest first; a site that came and went again is neither. */
export function siteNews(wording: Wording, changes: readonly DatedChange[]): SiteNews {
  const open = new Map<unknown, DatedChange>();
  for (const one of changes.toReversed()) {
    const { kind, site } = one.change;
    if (!site || (kind !== 'site-added' && kind !== 'site-removed')) continue;
    const key = site.ref ?? one;
    const before = open.get(key);
    if (before && before.change.kind !== kind) open.delete(key);
    else open.set(key, one);
  }
  const net = [...open.values()].map(({ change }) => change);
  const byCountry = new Map<string, { added: number; removed: number }>();
  for (const { kind, site } of net) {
    const key = countryKey(site?.country ?? '');
    const counted = byCountry.get(key) ?? { added: 0, removed: 0 };
    counted[kind === 'site-added' ? 'added' : 'removed'] += 1;
    byCountry.set(key, counted);
  }
  const added = net.filter(({ kind }) => kind === 'site-added');
  const removed = net.filter(({ kind }) => kind === 'site-removed');
  return {
    added: added.length,
    removed: removed.length,
    parts: [...added, ...removed]
      .slice(0, partsShown)
      .flatMap((change) => siteShape(wording, [change]).parts),
    byCountry,
  };
}
