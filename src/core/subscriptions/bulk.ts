import type { ResolvedCondition } from '../matching/understood.ts';
import type { Frequency } from '../schedule.ts';

/** The columns of a list of people to ask, named as the options of the `subscribe` verb. */
export const bulkColumns = [
  'email',
  'trial',
  'condition',
  'frequency',
  'hour',
  'timezone',
  'language',
] as const;
export type BulkColumn = (typeof bulkColumns)[number];

/** What may be done to many people at once. */
export type BulkAct = 'add' | 'stop';

/** What is said of a line: `ask` and `slip` (the address looks mistyped) are asked, `stop` is stopped, all others are left alone. */
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
export type BulkAnswer = (typeof bulkAnswers)[number];

/** Lines with these answers are what is done. */
export const doneAnswers: readonly BulkAnswer[] = ['ask', 'slip', 'stop'];

/** A line of a list with its answer. `other` is the line it repeats; `text` is what the answer is about, never an address. */
export type BulkLine = {
  line: number;
  email: string;
  trial: string;
  condition: string;
  answer: BulkAnswer;
  other?: number;
  text?: string;
};

/** People who are asked in one go: what they would follow stands once, and each choice names its place there. */
export type AddPart = {
  understood: ResolvedCondition[];
  people: {
    email: string;
    /** Who had this address when the list was looked through; null when nobody. */
    id: number | null;
    language: string | null;
    hour: number | null;
    timezone: string | null;
    choices: { of: number; frequency: Frequency | null }[];
  }[];
};

/** People whose subscriptions are stopped in one go. */
export type StopPart = { people: { id: number; subscriptions: number[] }[] };

/** What is shown of a list before it is done: how words were understood, and lines that need a look. */
export type BulkShown = {
  meanings: { words: string; said: string; lines: number }[];
  problems: Omit<BulkLine, 'email'>[];
};

/** What a request to work on a part names. */
export type BulkRequest = { bulkId: number; part: number };
