import type { Facet } from '../../core/change.ts';
import { frequencies } from '../../core/schedule.ts';
import {
  defaultFacets,
  defaultFrequency,
  facetsNearPlace,
  offeredFacets,
} from '../../core/subscriptions/follow-defaults.ts';
import type { Wording } from '../../core/wording/wording.ts';
import { distancesKm } from '../shared/limits.ts';

type Option = { value: string; label: string; isChosen: boolean };

/** The contents of `follow-box.eta`. The box is the same for every reader: the pages that it stands on may be cached. */
export type FollowBox = SubjectBox | TypedBox;

type SubjectBox = {
  kind: 'trial' | 'condition';
  /** What the form follows, as its field `follow` says it. */
  value: string;
  title: string;
  /** What the usual choices mean, in one line. */
  usual: string;
  frequencies: Option[];
  facets: Option[];
  distances: Option[];
  filters: BoxFilters;
};

/** Filters that the form begins with: its fields by name, and what they mean, a line each. */
export type BoxFilters = { fields: Readonly<Record<string, string>>; only: readonly string[] };

/** `isHere`: no address is asked for, because this browser is known. */
type TypedBox = { kind: 'words'; title: string | null; usual: string; isHere: boolean };

/** The box that follows what is typed into it, or leads to its page. */
export function typedBox({ say }: Wording, isHere = false): TypedBox {
  return {
    kind: 'words',
    title: isHere ? say('box.title.here') : null,
    usual: say('box.usual.words'),
    isHere,
  };
}

/**
 * The box that follows one trial, or one condition in words that its form understands, with the contract's usual choices.
 * `weeklyOnly`: the condition covers so much that it is followed weekly only.
 */
export function followBox(
  { say, distance }: Wording,
  subject: { kind: 'trial'; id: string } | { kind: 'condition'; words: string; weeklyOnly: boolean },
  filters: BoxFilters = { fields: {}, only: [] },
): SubjectBox {
  const { kind } = subject;
  const offered = kind === 'condition' && subject.weeklyOnly ? (['weekly'] as const) : frequencies;
  const usual: readonly Facet[] =
    kind === 'trial' ? defaultFacets.trial : [...defaultFacets.condition, ...facetsNearPlace];
  return {
    kind,
    value: kind === 'trial' ? `trial:${subject.id}` : `condition:${subject.words}`,
    title: say(`box.title.${kind}`),
    usual: say(`box.usual.${kind}`),
    frequencies: offered.map((value) => ({
      value,
      label: say(`follow.option.${value}`),
      isChosen: value === defaultFrequency[kind],
    })),
    facets: offeredFacets[kind].map((value) => ({
      value,
      label: say(`follow.facet.${value}`),
      isChosen: usual.includes(value),
    })),
    distances: distancesKm.map((value) => ({
      value,
      label: distance(Number(value)),
      isChosen: value === (filters.fields.km ?? '100'),
    })),
    filters,
  };
}
