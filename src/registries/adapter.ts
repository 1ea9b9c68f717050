import type { Contact, Day, Trial } from '../core/trial.ts';
import type { HttpOptions } from './http.ts';

/** A record that was read and understood. `raw` is the registry's own answer, for the fields asked for. */
export type ReadRecord = { ok: true; trial: Trial; contacts: Contact[]; raw: unknown };

/** A record that could not be trusted (C8, C9): set aside whole, the others go on. */
export type BadRecord = { ok: false; id: string | null; reason: string; raw: unknown };

export type RegistryRecord = ReadRecord | BadRecord;

/** One page of answers. `total` is the registry's exact count, on the first page only. */
export type RegistryPage = { records: RegistryRecord[]; total: number | null; nextToken: string | null };

export type RegistryQuery =
  | { kind: 'updated-since'; day: Day }
  | { kind: 'ids'; ids: string[] }
  | { kind: 'condition'; words: string; updatedSince?: Day }
  | { kind: 'all' };

/** A trial registry. Methods throw RegistryUnavailable when it could not be read; an absent trial is null. */
export type Registry = {
  id: string;
  name: string;
  /** Which reading of records this code does; grows whenever it would read another Trial from the same answer (C15). */
  projection: number;
  /** The pieces asked for, stored beside each raw answer. */
  fields: string[];
  /** The canonical id when `text` names a trial of this registry anywhere in it (M4), else null. */
  findId(text: string): string | null;
  /** The official page of a trial. */
  recordUrl(id: string): string;
  /** When the registry's data was last refreshed: its timestamp as given, and the day of it. */
  dataVersion(): Promise<{ timestamp: string; day: Day }>;
  /** Pages of a query in the registry's order, each fetched when the one before was taken; `from` resumes at a token. */
  pages(query: RegistryQuery, from?: string | null): AsyncIterable<RegistryPage>;
  /** One trial, aliases followed; null when the registry itself answers "not found". */
  trial(id: string): Promise<RegistryRecord | null>;
  /** Reads a raw answer. `fields` are those asked for when it was fetched; null means a full record. */
  readRecord(raw: unknown, fields: string[] | null): RegistryRecord;
};

/** What opening a registry needs. */
export type AdapterOptions = Omit<HttpOptions, 'name' | 'baseUrl'> & {
  /** The URL of its API, such as https://clinicaltrials.gov/api/v2. */
  url: string;
};

/**
 * The code of one registry, which `registry.ts` lists. `readRecord` reads a raw answer offline; `findIds` are the canonical
 * ids of all trials of this registry that a text names anywhere in it (M4).
 */
export type Adapter = {
  open(options: AdapterOptions): Registry;
  readRecord: Registry['readRecord'];
  findIds(text: string): string[];
};
