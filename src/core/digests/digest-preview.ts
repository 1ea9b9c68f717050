import type { Instant } from '../trial.ts';

/** A mail as its reader would get it: every link of theirs and every private note is blotted out. */
export type PreviewedMail = { subject: string; text: string; html: string };

/** The next digest of somebody, or why there is none. */
export type DigestPreview =
  /** It was promised already and waits to be sent. */
  | { kind: 'promised'; digestId: number; dueAt: Instant; plannedAt: Instant; mail: PreviewedMail }
  /** It would be promised at that instant, with what is released now. */
  | { kind: 'next'; at: Instant; mail: PreviewedMail }
  /** They are looked at next at that instant (null: never as things stand), and nothing is owed. */
  | { kind: 'nothing'; because: 'nobody' | 'unwatched' | 'nothing-owed'; at: Instant | null };

/** What of a digest differs: it would not be made at all, its subject, its text, or its HTML alone. */
export const differences = ['gone', 'subject', 'text', 'html'] as const;
export type Difference = (typeof differences)[number];

/** What became of digests that were compared: how many differ in what, and some of each as unified differences. */
export type DigestComparison = {
  digests: number;
  differing: number;
  /** There were more digests than were looked at. */
  isCut: boolean;
  kinds: Record<Difference, { count: number; samples: { digestId: number; diff: string }[] }>;
};
