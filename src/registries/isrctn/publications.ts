import type { Paper, ResultsState } from '../../core/trial.ts';
import type { RawTrial } from './raw-trial.ts';

/** Each entry begins with its year and kind; the registry loses line breaks on some days. */
const nextEntry = /(?=(?:19|20)\d\d [A-Z][a-z]+(?: [a-z]+)* in )/;
const entry = /^((?:19|20)\d\d) ([A-Z][a-z]+(?: [a-z]+)*) in (\S+)/;
const pubmed = /^https?:\/\/(?:www\.ncbi\.nlm\.nih\.gov\/pubmed|pubmed\.ncbi\.nlm\.nih\.gov)\/(\d{1,9})\b/i;

type Entry = { year: string; kind: string; url: string };

/** The entries of a list of publications, such as "2018 Results article in https://… (added 01/02/2019)". */
function readEntries(details: string): Entry[] {
  return details.split(nextEntry).flatMap((part) => {
    const [, year, kind, url] = entry.exec(part.trim()) ?? [];
    return year && kind && url
      ? [{ year, kind, url: url.replace(/^http:/, 'https:').replace(/\/$/, '') }]
      : [];
  });
}

const hasResults = ({ kind }: Entry) => /\bresults?\b/i.test(kind);

/** The publications with results, sorted; the registry's order has no meaning. */
export function readPublications(details: string): Paper[] {
  const papers = readEntries(details)
    .filter(hasResults)
    .map(({ year, kind, url }) => ({
      pmid: pubmed.exec(url)?.[1] ?? null,
      citation: `${kind}, ${year}: ${url}`,
    }));
  return papers.sort((a, b) => (a.citation < b.citation ? -1 : a.citation > b.citation ? 1 : 0));
}

/** Whether results are posted: as the registry's stage says, or because a report or a paper with results is listed. */
export function readResultsState(results: NonNullable<RawTrial['results']>): ResultsState {
  const { publicationStage, publicationDetails, basicReport, plainEnglishReport } = results;
  const kinds = readEntries(publicationDetails).filter(hasResults);
  if (/^results$/i.test(publicationStage) || basicReport !== '' || plainEnglishReport !== '') return 'posted';
  if (kinds.some(({ kind }) => !/^(interim|preprint)/i.test(kind))) return 'posted';
  return kinds.length > 0 ? 'partial' : 'none';
}
