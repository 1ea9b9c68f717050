import type { ResolvedCondition } from '../matching/understood.ts';
import type { Frequency } from '../schedule.ts';

/** The columns of a list of people to invite, named like the options of the `subscribe` verb. */
export const bulkColumns = [
  'email',
  'trial',
  'condition',
  'frequency',
  'hour',
  'timezone',
  'language',
] as const;
/** The name of a column. */
export type BulkColumn = (typeof bulkColumns)[number];

/** An action on many people at once. */
export type BulkAct = 'add' | 'stop';

/**
 * The answers to a line. `ask` and `slip` (the address may be mistyped) are invited, `stop` is stopped; lines
 * with any other answer are left alone.
 */
export const bulkAnswers = [
  'ask',
  'slip',
  'stop',
  'follows',
  'twice',
  'too-many',
  'suppressed',
  'nobody',
  'email',
  'nothing',
  'both',
  'no-number',
  'other-number',
  'unknown-number',
  'several-trials',
  'unknown-trial',
  'condition',
  'choose',
  'attribute',
  'too-short',
  'away',
  'weekly-only',
  'frequency',
  'hour',
  'timezone',
  'language',
  'other-settings',
  'cells',
] as const;
/** An answer to a line. */
export type BulkAnswer = (typeof bulkAnswers)[number];

/** The answers that lead to an action. */
export const doneAnswers: readonly BulkAnswer[] = ['ask', 'slip', 'stop'];

/**
 * A line of a list with its answer. `other` is the line that it repeats; `text` is the subject of the answer,
 * never an address.
 */
export type BulkLine = {
  line: number;
  email: string;
  trial: string;
  condition: string;
  answer: BulkAnswer;
  other?: number;
  text?: string;
};

/**
 * People who are invited together. Subscriptions are listed once, and each choice refers to them by index.
 */
export type AddPart = {
  understood: ResolvedCondition[];
  people: {
    email: string;
    /** The person who had this address when the list was checked; null if nobody. */
    id: number | null;
    language: string | null;
    hour: number | null;
    timezone: string | null;
    choices: { of: number; frequency: Frequency | null }[];
  }[];
};

/** People whose subscriptions are stopped together. */
export type StopPart = { people: { id: number; subscriptions: number[] }[] };

/** The preview of a list: how words were understood, and lines that need attention. */
export type BulkShown = {
  meanings: { words: string; said: string; lines: number }[];
  problems: Omit<BulkLine, 'email'>[];
};

/** Identifies the part that a request works on. */
export type BulkRequest = { bulkId: number; part: number };
