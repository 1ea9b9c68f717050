import type {
  DataSharing,
  LinkedAccess,
  Paper,
  Retraction,
  StudyDocument,
  ViolationNotice,
} from '../../core/trial.ts';
import type { RawStudy } from './schema.ts';
import type { RawDocument, RawReference, RawSharing, RawViolation } from './study-parts.ts';

/** Sorts items by their content: the registry's order has no meaning. */
function inOrder<T>(items: T[]): T[] {
  return items
    .map((item) => ({ item, key: JSON.stringify(item) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ item }) => item);
}

type AccessInfo = NonNullable<NonNullable<RawStudy['protocolSection']['statusModule']>['expandedAccessInfo']>;

/** The record of a trial's expanded access, if its number is given. */
export function readLinkedAccess(info: AccessInfo | undefined): LinkedAccess | null {
  return info?.nctId === undefined ? null : { id: info.nctId, status: info.statusForNctId ?? null };
}

/**
 * Papers with results, as the sponsor lists them. PubMed's automatic links (DERIVED) are left out: they come
 * and go.
 */
export function readPapers(references: RawReference[]): Paper[] {
  const papers = references
    .filter(({ type }) => type === 'RESULT')
    .map(({ pmid, citation }) => ({ pmid: pmid || null, citation: citation ?? '' }));
  return inOrder(papers.filter(({ pmid, citation }) => pmid !== null || citation !== ''));
}

/** Papers of any type that were retracted. */
export function readRetractions(references: RawReference[]): Retraction[] {
  const retracted = references.flatMap(({ pmid, citation, retractions = [] }) => {
    if (retractions.length === 0) return [];
    const notices = retractions.map((one) => one.source || one.pmid || '').filter((notice) => notice !== '');
    return { pmid: pmid || null, citation: citation ?? '', notices: inOrder(notices) };
  });
  return inOrder(retracted);
}

/** The steps taken by the U.S. FDA. Each has the day it was issued, or else the nearest given day. */
export function readViolations(events: RawViolation[]): ViolationNotice[] {
  return inOrder(
    events.map(({ type, description, issuedDate, postedDate, releaseDate, creationDate }) => ({
      type: type ?? null,
      description: description ?? '',
      on: issuedDate ?? postedDate ?? releaseDate ?? creationDate ?? null,
    })),
  );
}

/** Documents by name and their own date. Ignores the upload date and the file name. */
export function readDocuments(documents: RawDocument[]): StudyDocument[] {
  const named = documents.map(({ label, date }) => ({ name: label ?? '', date: date ?? null }));
  return inOrder(named.filter(({ name }) => name !== ''));
}

/** The statement on sharing data; null if the record has none. */
export function readSharing(statement: RawSharing | undefined): DataSharing | null {
  if (statement === undefined) return null;
  const { ipdSharing, description, infoTypes, timeFrame, accessCriteria, url } = statement;
  return {
    plan: ipdSharing ?? null,
    description: description ?? '',
    kinds: inOrder(infoTypes ?? []),
    timeFrame: timeFrame ?? '',
    access: accessCriteria ?? '',
    url: url ?? '',
  };
}
