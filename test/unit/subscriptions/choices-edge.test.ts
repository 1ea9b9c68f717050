import { describe, expect, it } from 'vitest';
import { isNameKnown } from '../../../src/core/matching/named-concepts.ts';
import { buildPhraseIndex, topicsOf } from '../../../src/core/matching/topics.ts';
import {
  findStatusGroup,
  groupOfStatus,
  statusesOfGroup,
  statusGroups,
} from '../../../src/core/status-groups.ts';
import {
  defaultFacets,
  defaultFrequency,
  defaultHour,
  facetsNearPlace,
} from '../../../src/core/subscriptions/follow-defaults.ts';
import { trialStatuses } from '../../../src/core/trial.ts';
import { someTrial } from '../../support/arbitrary-trial.ts';

describe('the default facets', () => {
  it('of a trial: daily at nine, its status, sites, countries, dates, results, expanded access, and its going and coming', () => {
    expect(defaultFrequency.trial).toBe('daily');
    expect(defaultHour).toBe(9);
    expect(defaultFacets.trial).toEqual([
      'status',
      'sites',
      'countries',
      'dates',
      'results',
      'expanded-access',
      'registration',
    ]);
  });

  it('of a condition: weekly, new trials, status, results, expanded access; sites, countries and dates beside a place only', () => {
    expect(defaultFrequency.condition).toBe('weekly');
    expect(defaultFacets.condition).toEqual(['registration', 'status', 'results', 'expanded-access']);
    expect(facetsNearPlace).toEqual(['sites', 'countries', 'dates']);
  });
});

describe('a list of trials parted by status', () => {
  const groups = {
    recruiting: ['RECRUITING'],
    pending: ['NOT_YET_RECRUITING'],
    closed: ['ACTIVE_NOT_RECRUITING', 'ENROLLING_BY_INVITATION'],
    access: ['AVAILABLE', 'NO_LONGER_AVAILABLE', 'TEMPORARILY_NOT_AVAILABLE', 'APPROVED_FOR_MARKETING'],
    paused: ['SUSPENDED'],
    stopped: ['TERMINATED', 'WITHDRAWN'],
    finished: ['COMPLETED'],
    unknown: ['UNKNOWN'],
    withheld: ['WITHHELD'],
  } as const;

  it('has its parts in the order people ask for them', () => {
    expect(statusGroups).toEqual(Object.keys(groups));
  });

  it.each(Object.entries(groups))('has under %s: %j, expanded access apart', (name, statuses) => {
    const group = findStatusGroup(name);
    expect(group).toBe(name);
    expect(group && statusesOfGroup(group)).toEqual(statuses);
    for (const status of statuses) expect(groupOfStatus(status)).toBe(name);
  });

  it('has every status in one part, and no part by another name', () => {
    expect(statusGroups.flatMap(statusesOfGroup).sort()).toEqual([...trialStatuses].sort());
    for (const name of ['opened', 'RECRUITING', '', 'toString']) expect(findStatusGroup(name)).toBeNull();
  });
});

describe('names that every trial is looked through for', () => {
  it('M1: find a trial by the words of its title alone, whether or not anybody follows the condition', () => {
    const bare = {
      meshes: [],
      ancestors: [],
      conditions: [],
      keywords: [],
      summary: '',
      criteria: '',
      arms: [],
    };
    const topics = (title: string) =>
      topicsOf(someTrial({ ...bare, title, officialTitle: null }), buildPhraseIndex([]));
    expect(topics('Exampline in lung cancer')).toContain('concept:D008175');
    expect(topics('Exampline in NSCLC')).toEqual(
      expect.arrayContaining(['concept:D002289', 'concept:D008175']),
    );
    expect(topics('Exampline in knees').filter((topic) => topic.startsWith('concept:'))).toEqual([]);
  });

  it('are those of listed and recorded headings: other conditions have none until somebody follows them', () => {
    expect(isNameKnown('D001249')).toBe(true);
    expect(isNameKnown('D999999')).toBe(false);
  });
});
