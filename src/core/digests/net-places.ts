import { type Change, type Json, statusIn } from '../change.ts';

/** Whether two values of a change are equal, whatever the order of their keys. */
export function sameValue(one: Json, other: Json): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other))
    return (
      Array.isArray(one) &&
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((value, n) => sameValue(value, other[n] ?? null))
    );
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && sameValue(one[key] ?? null, other[key] ?? null))
  );
}

/** Whether the site or country of a change was listed before it, or is listed after it. */
export function isThere({ kind }: Change, side: 'before' | 'after'): boolean {
  return !kind.endsWith(side === 'before' ? '-added' : '-removed');
}

/** The net effect of one site's changes, oldest first; empty if they cancel. */
export function netSite(run: Change[]): Change[] {
  return netPlace(run, 'site', sameValue);
}

/** The net effect of one country's changes, oldest first. A country that recruits, recruits under any word. */
export function netCountry(run: Change[]): Change[] {
  return netPlace(run, 'country', (one, other) =>
    statusIn(one) === 'RECRUITING' ? statusIn(other) === 'RECRUITING' : sameValue(one, other),
  );
}

function netPlace(run: Change[], what: string, isSame: (one: Json, other: Json) => boolean): Change[] {
  const first = run[0];
  const last = run.at(-1);
  if (!first || !last) return [];
  const wasThere = isThere(first, 'before');
  const isStill = isThere(last, 'after');
  if (!wasThere && !isStill) return [];
  const net = { ...last, before: first.before };
  if (!wasThere) return [{ ...net, kind: `${what}-added` }];
  if (!isStill) return [{ ...net, kind: `${what}-removed` }];
  return isSame(first.before, last.after) ? [] : [{ ...net, kind: `${what}-status` }];
}
