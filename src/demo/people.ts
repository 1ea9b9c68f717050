import type { Facet } from '../core/change.ts';
import type { Frequency } from '../core/schedule.ts';
import { euTrialId } from './eu-trials.ts';

/** A person of the story with their subscriptions. All people and addresses are made up. */
export type DemoPerson = {
  name: string;
  who: string;
  email: string;
  timezone: string;
  city: string;
  wishes: { trials: string[]; conditions: string[]; frequency: Frequency; facets?: Facet[] }[];
};

/** The people of the story. */
export const people: DemoPerson[] = [
  {
    name: 'Maria',
    who: 'whose child has leukemia',
    email: 'maria@example.org',
    timezone: 'Europe/Rome',
    city: 'Rome',
    wishes: [{ trials: [], conditions: ['acute lymphoblastic leukemia'], frequency: 'weekly' }],
  },
  {
    name: 'James',
    who: 'who speaks for people with lung cancer',
    email: 'james@example.org',
    timezone: 'Europe/London',
    city: 'London',
    wishes: [
      {
        trials: ['NCT99000001', euTrialId, 'NCT99000002', 'NCT99000003'],
        conditions: [],
        frequency: 'daily',
      },
    ],
  },
  {
    name: 'Priya',
    who: 'who follows one trial in two ways',
    email: 'priya@example.org',
    timezone: 'America/Toronto',
    city: 'Toronto',
    wishes: [
      { trials: ['NCT99000006'], conditions: [], frequency: 'daily' },
      { trials: [], conditions: ['cystic fibrosis'], frequency: 'weekly' },
    ],
  },
  {
    name: 'Lucía',
    who: 'who does not want to wait',
    email: 'lucia@example.org',
    timezone: 'America/Bogota',
    city: 'Bogotá',
    wishes: [{ trials: [], conditions: ['migraine'], frequency: 'immediate' }],
  },
  {
    name: 'Sofia',
    who: 'who follows a trial and a condition',
    email: 'sofia@example.org',
    timezone: 'Europe/Stockholm',
    city: 'Stockholm',
    wishes: [
      { trials: ['NCT04787263'], conditions: [], frequency: 'daily' },
      { trials: [], conditions: ['type 2 diabetes'], frequency: 'daily' },
    ],
  },
];
