import type { DataTime } from '../../age.ts';
import type { Digest } from '../../digests/digest.ts';
import type { ReportTexts } from '../../lists/list-report.ts';
import type { ListTexts } from '../../lists/shared-list.ts';
import { registryName } from '../../registries.ts';
import type { Day } from '../../trial.ts';
import { digestWords, type TrialWords } from '../digest/digest.ts';
import { attributions, sourcesOfDigest } from '../sources.ts';
import { quoteText } from '../values.ts';
import type { Wording } from '../wording.ts';
import { lineWith, link, type ReportLine, type ReportRun, strong } from './report-lines.ts';

/** Everything that a report of a list says, without words. */
export type ListReport = ReportTexts & {
  list: ListTexts;
  /** Both days are included. */
  period: { from: Day; to: Day };
  digest: Digest | null;
  checking: boolean;
  reasons: Record<string, string>;
  changedAgain: readonly string[];
};

/** Where the links of a report lead. */
export type ReportLinks = {
  /** A public page, by its path, and the official page of a trial; null if no link may name a trial. */
  trials: { page: (path: string) => string; record: (registry: string, id: string) => string } | null;
  /** The page of the list; null if it is private, and in an email. */
  list: string | null;
};

/**
 * A report of a list in reading order: what its owner says, marked as theirs; every trial with old and new, dates and
 * sources; and what the report is not.
 */
export function reportLines(wording: Wording, report: ListReport, links: ReportLinks): ReportLine[] {
  const { list, digest, period, checking } = report;
  const { say } = wording;
  const name = quoteText(list.name);
  const organization = quoteText(list.organization);
  const days = { from: wording.date(period.from), to: wording.date(period.to) };
  const own = report.introduction.split(/\n+/).filter((one) => one !== '');
  return [
    lineWith('title', say('list-report.title', { name })),
    lineWith(
      'quiet',
      organization === ''
        ? say('list-report.days', days)
        : say('list-report.days-by', { ...days, organization }),
    ),
    ...(own.length === 0
      ? []
      : [
          lineWith(
            'quiet',
            organization === '' ? say('list-report.own') : say('list-report.own-by', { organization }),
          ),
          ...own.map((one) => lineWith('own', one)),
        ]),
    ...(digest === null
      ? [lineWith('plain', say('list-report.none'))]
      : changedLines(wording, report, digest, links)),
    ...(checking ? [lineWith('plain', say('list-report.checking'))] : []),
    ...(report.contact === ''
      ? []
      : [lineWith('plain', say('list-report.contact', { contact: report.contact }))]),
    ...(links.list === null ? [] : [lineWith('plain', link(say('list-report.list'), links.list))]),
    lineWith(
      'quiet',
      organization === '' ? say('list-report.choice') : say('list-report.choice-by', { organization }),
    ),
    lineWith('quiet', wording.say('about.advice')),
  ];
}

function changedLines(
  wording: Wording,
  report: ListReport,
  digest: Digest,
  links: ReportLinks,
): ReportLine[] {
  const words = digestWords(wording, digest);
  const isNumbered = words.index.length > 0;
  const sources = sourcesOfDigest(digest);
  return [
    lineWith('plain', wording.say('list-report.count', { count: digest.trials.length })),
    ...words.index.map((one) => lineWith('plain', one)),
    ...(words.advice === null ? [] : [lineWith('plain', words.advice)]),
    ...words.trials.flatMap((trial, at) => [
      ...(words.headings[at] ? [lineWith('kind', words.headings[at])] : []),
      ...trialLines(wording, report, { trial, at, number: isNumbered ? `${at + 1}. ` : '' }, links),
    ]),
    ...sources.map((source) => lineWith('quiet', sourceLine(wording, source, source.timezone))),
    ...attributions(
      wording,
      sources.map(({ registry }) => registry),
    ).map((one) => lineWith('quiet', one)),
  ];
}

function sourceLine(
  wording: Wording,
  { registry, dataDay, readAt }: Pick<DataTime, 'dataDay' | 'readAt'> & { registry: string },
  timezone: string,
): string {
  return wording.say('list-report.source', {
    registry: registryName(registry),
    day: wording.date(dataDay),
    moment: wording.moment(readAt, timezone),
  });
}

function trialLines(
  wording: Wording,
  { digest, reasons, changedAgain, period }: ListReport,
  { trial, at, number }: { trial: TrialWords; at: number; number: string },
  links: ReportLinks,
): ReportLine[] {
  const told = digest?.trials[at];
  const reason = told?.reasons.map(({ subscriptionId }) => reasons[String(subscriptionId)]).find(Boolean);
  const updatedOn = told?.card.verifiedOn === null ? null : (told?.card.lastUpdatePostedOn ?? null);
  const { say } = wording;
  return [
    lineWith('trial', `${number}${trial.title}`),
    lineWith('quiet', [trial.idLine, trial.confirmed].filter((one) => one !== null).join('. ')),
    ...(updatedOn === null
      ? []
      : [lineWith('quiet', wording.say('card.edited', { date: wording.date(updatedOn) }))]),
    ...changeLines(trial.changes),
    ...trial.elsewhere.flatMap((one) => [
      lineWith('plain', [one.line, one.agrees].filter((part) => part !== null).join(' ')),
      ...changeLines(one.changes),
    ]),
    ...(trial.facts === null ? [] : [lineWith('plain', trial.facts)]),
    ...trial.warnings.map((one) => lineWith('quiet', one)),
    ...(changedAgain.includes(`${trial.registry} ${trial.id}`)
      ? [lineWith('plain', say('list-report.changed-again', { to: wording.date(period.to) }))]
      : []),
    ...(reason ? [lineWith('plain', say('list-report.reason', { reason: quoteText(reason, 300) }))] : []),
    ...linkLines(wording, trial, links),
  ];
}

function linkLines(wording: Wording, trial: TrialWords, { trials }: ReportLinks): ReportLine[] {
  if (trials === null) return [];
  const { registry } = trial;
  const record = wording.say('digest.record', { registry: registryName(registry) });
  return [
    lineWith('plain', link(wording.say('digest.details'), trials.page(trial.page))),
    ...(trial.isGone ? [] : [lineWith('plain', link(record, trials.record(registry, trial.id)))]),
  ];
}

function changeLines(changes: TrialWords['changes']): ReportLine[] {
  return changes.flatMap(({ shape, sentence, quote }) => {
    const runs: ReportRun[] = shape === null ? [] : [strong(`${shape.label}:`), { text: ' ' }];
    return [
      lineWith('change', ...runs, { text: sentence }),
      ...(quote === null ? [] : [lineWith('quote', quote)]),
    ];
  });
}
