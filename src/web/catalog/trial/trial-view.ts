import { cardOf } from '../../../core/digests/card.ts';
import { warningsFor } from '../../../core/digests/warnings.ts';
import type { StoredListing } from '../../../core/links/listings.ts';
import { judgeConcepts } from '../../../core/matching/concepts-weak.ts';
import { registryName } from '../../../core/registries.ts';
import { wordOfStatus } from '../../../core/status-groups.ts';
import { foldName } from '../../../core/text/folding.ts';
import type { Concept, Trial } from '../../../core/trial.ts';
import { mayHaveStopped, statusBucket } from '../../../core/weight.ts';
import { listingName } from '../../../core/wording/countries.ts';
import { warningSentence } from '../../../core/wording/digest/trial-words.ts';
import { markOf } from '../../../core/wording/shape/marks.ts';
import { type Reading, readTrial } from '../../../core/wording/trial-summary.ts';
import {
  isCut,
  quoteProse,
  quoteRegistry,
  quoteText,
  reasonLength,
  statusName,
} from '../../../core/wording/values.ts';
import type { Wording } from '../../../core/wording/wording.ts';
import type { TrialPage } from '../../../db/catalog/trial-pages.ts';
import type { PageRequest } from '../../http/page-response.ts';
import type { WebDeps } from '../../http/web-deps.ts';
import type { KnownConditions } from '../../shared/known-conditions.ts';
import { eligibilityFacts, quickFacts } from './facts.ts';
import { type DesignView, viewDesign } from './trial-design.ts';
import { viewLinked } from './trial-linked.ts';
import { viewPart } from './trial-part.ts';

const listLength = 60;
const itemLength = 200;

/** A trial's title on one line, cut if it is too long. */
export function trialTitle(wording: Wording, trial: Trial): string {
  return quoteRegistry(wording, trial.title) || wording.say('card.no-title');
}

/** Everything on a trial's page except sites, changes and sources, in words. */
export function viewTrial(
  { wording, now }: PageRequest,
  deps: WebDeps,
  stored: TrialPage,
  { known, links }: { known: KnownConditions; links: StoredListing[] },
) {
  const { trial, removedAt } = stored;
  const timezone = deps.config.defaultTimezone;
  const isGone = removedAt !== null;
  const isWithheld = trial.status === 'WITHHELD';
  const hasContacts = stored.contactCount > 0 && !isGone && !isWithheld;
  const registry = registryName(stored.registry);
  const results = viewResults(wording, trial, registry);
  const linked = viewLinked(wording, trial, links);
  const reading: Reading = readTrial(wording, trial, now);
  return {
    id: stored.id,
    registry,
    title: trialTitle(wording, trial),
    acronym: trial.acronym ? quoteRegistry(wording, trial.acronym, 60) : null,
    officialTitle: trial.officialTitle ? quoteRegistry(wording, trial.officialTitle, 1_000) : null,
    banners: banners(wording, stored, registry),
    warnings: isGone
      ? []
      : warningsFor(cardOf(trial), now).map((warning) => warningSentence(wording, warning)),
    status: viewStatus(wording, trial, isGone),
    quickFacts: quickFacts(wording, trial),
    reading,
    summary: quoteProse(wording, trial.summary),
    description: quoteProse(wording, trial.description),
    part: viewPart(wording, trial.status, { isGone, hasContacts }),
    hasContacts,
    eligibility: {
      facts: eligibilityFacts(wording, trial),
      population: quoteProse(wording, trial.studyPopulation),
      criteria: quoteProse(wording, trial.criteria),
    },
    conditions: viewConditions(wording, trial, known),
    results,
    linked,
    // While a trial runs, that there are none is one of its dates.
    hasResults:
      (results !== null &&
        (hasSome(trial) || ['stopped', 'finished'].includes(statusBucket(trial.status)))) ||
      linked.notices.length + linked.papers.length + linked.retractions.length > 0,
    design: viewDesign(wording, trial) satisfies DesignView,
    recordUrl: deps.actions.recordUrl(stored.registry, stored.id),
    calendarHref: `/trials/${encodeURIComponent(stored.id)}/calendar.ics`,
    changesHref: `/trials/${stored.id}/changes`,
    compareHref: stored.version > 1 ? `/trials/${stored.id}/compare` : null,
    changeCount: stored.changeCount,
    watchedSince: wording.dayOf(stored.watchedSince, timezone),
    isGone,
    isWithheld,
  };
}

/** The warnings at the top of the page (C11). */
function banners(wording: Wording, stored: TrialPage, registry: string): string[] {
  const said: string[] = [];
  if (stored.removedAt !== null) said.push(wording.say('registration.removed', { registry }));
  if (stored.trial.status === 'WITHHELD') said.push(wording.say('trial.withheld', { registry }));
  if (stored.heldCount > 0) said.push(wording.say('trial.held', { count: stored.heldCount }));
  return said;
}

function viewStatus(wording: Wording, trial: Trial, isGone: boolean) {
  const { status, lastKnownStatus, whyStopped, verifiedOn } = trial;
  const word = wordOfStatus(trial);
  const lines: string[] = [];
  if (status === 'UNKNOWN' && lastKnownStatus)
    lines.push(wording.say('trial.status.before', { status: statusName(wording, lastKnownStatus) }));
  lines.push(...groundOf(wording, trial));
  if (verifiedOn) lines.push(wording.say('card.confirmed', { date: wording.date(verifiedOn) }));
  return {
    name: listingName(wording, { status, listedAs: word }),
    label: wording.say(isGone ? 'trial.status.was' : 'trial.status.is'),
    mark: isGone ? 'unknown' : markOf(status),
    meaning:
      word !== null && statusBucket(status) === 'stopped'
        ? wording.say('trial.meaning-by-word')
        : wording.say(`trial.meaning.${status}`, {
            since: verifiedOn === null ? 'none' : wording.date(verifiedOn),
          }),
    reason:
      whyStopped && mayHaveStopped(status)
        ? {
            label: wording.say(
              isCut(whyStopped, reasonLength) ? 'trial.status.reason-cut' : 'trial.status.reason',
            ),
            text: quoteRegistry(wording, whyStopped, reasonLength),
          }
        : null,
    lines,
  };
}

/** What the status rests on, and the registry's own word for it, where it is not the registry's statement. */
function groundOf(wording: Wording, { statusBasis, registryStatus }: Trial): string[] {
  const ground = statusBasis === 'stated' ? [] : [wording.say(`trial.basis.${statusBasis}`)];
  if (registryStatus === null) return ground;
  return [...ground, wording.say('trial.own-status', { words: quoteRegistry(wording, registryStatus, 80) })];
}

/** A heading under its everyday name, with the term if it differs and a link if it has a page. */
type ConceptView = { name: string; term: string | null; href: string | null };

/** Trusted headings, weak ones (M1b), and the registrant's own words. */
function viewConditions(wording: Wording, trial: Trial, known: KnownConditions) {
  const { strong, weak } = judgeConcepts(trial);
  const headings = (concepts: Concept[]) =>
    concepts.slice(0, listLength).map(({ id, term }): ConceptView => {
      const condition = known.byId.get(id);
      const heading = quoteText(term, itemLength);
      const name = condition?.name ?? heading;
      return {
        name: wording.registryText(name),
        term: foldName(name) === foldName(heading) ? null : wording.registryText(heading),
        href: condition ? `/conditions/${condition.slug}` : null,
      };
    });
  const words = (texts: string[]) =>
    texts.slice(0, listLength).map((text) => quoteRegistry(wording, text, itemLength));
  return {
    strong: headings(strong),
    weak: headings(weak).map((one) => ({ ...one, href: null })),
    own: words(trial.conditions),
    keywords: words(trial.keywords),
  };
}

function hasSome({ resultsState, resultsPostedOn, resultsSubmittedOn }: Trial): boolean {
  return (resultsState ?? resultsPostedOn ?? resultsSubmittedOn ?? null) !== null;
}

function viewResults(wording: Wording, trial: Trial, registry: string): string | null {
  const { resultsPostedOn, resultsState, resultsSubmittedOn } = trial;
  if (resultsState) return wording.say('trial.results.state', { registry, state: resultsState });
  if (resultsPostedOn)
    return wording.say('trial.results.posted', { registry, date: wording.date(resultsPostedOn) });
  if (resultsSubmittedOn)
    return wording.say('trial.results.submitted', { registry, date: wording.date(resultsSubmittedOn) });
  return trial.unread.includes('resultsPostedOn') ? null : wording.say('trial.results.none', { registry });
}
