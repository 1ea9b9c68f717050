import type { HistoryVersion } from '../core/diff/history.ts';
import type { Contact, Day, Instant, Trial } from '../core/trial.ts';
import type { HttpOptions } from './http.ts';

/**
 * A record that was read and understood. `raw` is the registry's own answer for the requested fields, and `text` its JSON
 * in UTF-8 if it came as such. `answerHash` is a hash of that, given only where the same text always makes the same trial,
 * whatever the day and other records.
 */
export type ReadRecord = {
  ok: true;
  trial: Trial;
  contacts: Contact[];
  readonly raw: unknown;
  text?: Buffer;
  answerHash?: Buffer;
};

/** A record that cannot be trusted (C8, C9). It is quarantined as a whole; other records are not affected. */
export type BadRecord = { ok: false; id: string | null; reason: string; raw: unknown };

/** A record as its registry's code reads it. */
export type RegistryRecord = ReadRecord | BadRecord;

/**
 * One page of answers. `total` is the registry's exact count, on the first page only. With `isPart`, more records of the
 * same page follow, and `nextToken` is that page's own.
 */
export type RegistryPage = {
  records: RegistryRecord[];
  total: number | null;
  nextToken: string | null;
  isPart?: true;
};

/** A list of records to read from a registry. */
export type RegistryQuery =
  | { kind: 'updated-since'; since: Instant }
  | { kind: 'ids'; ids: string[] }
  | { kind: 'condition'; words: string; updatedSince?: Day }
  | { kind: 'all' };

/**
 * A row of a registry's list of all trials. Its hash changes whenever the record may have changed; `updatedOn`
 * is the day of the record's last publication, null if the row does not say.
 */
export type RegistryRow = { id: string; hash: string; row: unknown; updatedOn: Day | null };

/** A registry's list of all trials. `shortfall` says why rows may be missing; null if none is. */
export type RegistryRows = { rows: RegistryRow[]; shortfall: string | null };

/** How far a registry's own history is read: versions before a day, with so many requests at most. */
export type HistoryLimits = { before: Day; requests: number; signal?: AbortSignal };

/**
 * A registry's own history of a record, oldest first, and how many requests it took. `later`: it takes more requests than
 * were allowed. `unknown`: the answer had another form than the known one, and nothing was taken from it.
 */
export type RegistryHistory = { requests: number } & (
  | { kind: 'read'; versions: HistoryVersion[] }
  | { kind: 'later' }
  | { kind: 'unknown'; reason: string }
);

/** A trial registry. Methods throw RegistryUnavailable if it cannot be read. An absent trial is null. */
export type Registry = {
  id: string;
  name: string;
  /**
   * The version of this reading code. It grows whenever the code would read a different Trial from the same
   * answer (C15).
   */
  projection: number;
  /** The requested fields, stored beside each raw answer. */
  fields: string[];
  /** Finds the canonical id if `text` contains an id of this registry anywhere (M4), else null. */
  findId(text: string): string | null;
  /** The URL of a trial's official page. */
  recordUrl(id: string): string;
  /**
   * When the registry's data was last refreshed: its timestamp as given, and its day. Null if the registry
   * does not say: it is then read each time.
   */
  dataVersion(): Promise<{ timestamp: string; day: Day } | null>;
  /**
   * For a registry without a version: how often its updates are read, in milliseconds, and how many days before
   * the last reading they are read again, because records appear some days after their last edit.
   */
  updates?: { everyMs: number; overlapDays: number };
  /**
   * Yields the pages of a query in the registry's order. Each is fetched after the previous one was consumed.
   * `from` resumes at a token.
   */
  pages(query: RegistryQuery, from?: string | null): AsyncIterable<RegistryPage>;
  /**
   * Reads the list of all trials, for a registry that cannot tell what was updated: rows that differ from
   * those of the last time say which records to read. Without it, `pages` of updated records are read.
   */
  rows?(): Promise<RegistryRows>;
  /** Reads one trial and follows aliases; null if the registry itself answers "not found". */
  trial(id: string): Promise<RegistryRecord | null>;
  /** Reads the registry's own history of a trial, for a registry that keeps one. Never a source of changes. */
  history?(id: string, limits: HistoryLimits): Promise<RegistryHistory>;
  /**
   * Whether an alias is a former number of its trial even if the registry still lists it. Without it no alias
   * is sure.
   */
  isFormerNumber?(alias: string): boolean;
  /** Reads a raw answer. `fields` are those requested when it was fetched; null means a full record. */
  readRecord(raw: unknown, fields: string[] | null): RegistryRecord;
  /**
   * The trial as its own dates tell on a day, for a registry whose status follows from dates. Pure; changes
   * only the status and what goes with it. Without it a trial stays as it was read.
   */
  statusOn?(trial: Trial, day: Day): Trial;
  /** The next day after `day` on which `statusOn` tells another status; null if never. Goes with it. */
  nextTurn?(trial: Trial, day: Day): Day | null;
  /**
   * Whether the registry itself changed the status by the calendar on a day, without an update by the sponsor:
   * no sign of a mistake (C12). Without it no change is of that kind.
   */
  isByCalendar?(before: Trial, after: Trial, on: Day): boolean;
};

/** The options for opening a registry. */
export type AdapterOptions = Omit<HttpOptions, 'name' | 'baseUrl'> & {
  /** The URL of its API, such as https://clinicaltrials.gov/api/v2. */
  url: string;
};

/**
 * The code of one registry, which `registry.ts` lists. `readRecord` reads a raw answer offline. `findIds`
 * returns the canonical ids of all trials of this registry that a text names (M4).
 */
export type Adapter = {
  open(options: AdapterOptions): Registry;
  readRecord: Registry['readRecord'];
  statusOn?: NonNullable<Registry['statusOn']>;
  /**
   * Reads the text of a file into what `readRecord` takes, for a registry whose records are XML; JSON if it is
   * not given. Throws if the text has another form.
   */
  parse?(text: string): unknown;
  /** The raw records in a page of the registry's answers; null for anything else, as a single record. */
  recordsIn?(answer: unknown): unknown[] | null;
  findIds(text: string): string[];
};
