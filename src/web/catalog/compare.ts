import { facetOf } from '../../core/change.ts';
import { compareTrialsInSteps } from '../../core/diff/diff.ts';
import type { Trial } from '../../core/trial.ts';
import { weighChange } from '../../core/weight.ts';
import { wordsFor } from '../../core/wording/change-sentences.ts';
import type { Wording } from '../../core/wording/wording.ts';
import { listTrialVersions, loadTrialVersions } from '../../db/catalog/trial-pages.ts';
import { doInTurns } from '../../event-loop.ts';
import { field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import { parseId } from '../http/params.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { compareRows } from './compare/compare-rows.ts';
import { findTrial } from './trial/trial-find.ts';
import { viewSource } from './trial/trial-source.ts';
import { trialTitle } from './trial/trial-view.ts';

const versionsShown = 200;
const differencesShown = 200;

/** Compares two versions of a trial, by default the last two. */
export async function showComparison(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const found = await findTrial(request, deps, '/compare');
  if ('answer' in found) return found.answer;
  const { stored } = found;
  const { wording } = request;
  const timezone = deps.config.defaultTimezone;
  const asked = [field(request.query, 'from'), field(request.query, 'to')];
  const isAsked = asked.some((text) => text !== '');
  const [from = 0, to = 0] = isAsked
    ? asked.map((text) => parseId(text.replace(/\D+$/, '')) ?? 0).sort((a, b) => a - b)
    : [stored.version - 1, stored.version];
  const isKnown = from >= 1 && to <= stored.version;
  const versions = isKnown ? await loadTrialVersions(deps.db, stored.trialId, [from, to]) : [];
  const older = versions.find(({ version }) => version === from)?.trial;
  const newer = versions.find(({ version }) => version === to)?.trial;
  const choices = await listTrialVersions(deps.db, stored.trialId, versionsShown);
  return {
    page: 'compare',
    title: wording.say('trial.compare.title', { id: stored.id }),
    view: {
      id: stored.id,
      name: trialTitle(wording, stored.trial),
      choices: choices.map(({ version, readAt }) => ({
        version,
        text: wording.say('trial.compare.version', { version, moment: wording.moment(readAt, timezone) }),
      })),
      isCapped: stored.version > versionsShown,
      from,
      to,
      isWrong: isAsked && !(older && newer),
      differences: older && newer ? await viewDifferences(wording, older, newer) : null,
      source: viewSource(wording, stored, timezone),
    },
    status: isAsked && !(older && newer) ? 404 : 200,
    cacheSeconds: 300,
  };
}

/** The differences: reported changes side by side, then details in words, then the facets that differ only in spelling. */
async function viewDifferences(wording: Wording, from: Trial, to: Trial) {
  const { edits, changes } = await doInTurns(compareTrialsInSteps(asOneTrial(from, to), to));
  const folded = edits
    .flatMap((edit) => (edit.fate === 'folded' && edit.change ? [edit.change] : []))
    .toSorted((a, b) => weighChange(b) - weighChange(a));
  const silent = edits.filter(({ fate }) => fate === 'silent');
  const shown = changes.slice(0, differencesShown);
  // Sentences without values can be the same for several fields.
  const details = [
    ...new Set(folded.slice(0, differencesShown).map((change) => wordsFor(wording, change, to).sentence)),
  ];
  return {
    told: compareRows(wording, shown, to),
    more: changes.length - shown.length,
    folded: details,
    silent: [...new Set(silent.map(({ field: name }) => wording.say(`trial.facet.${facetOf(name)}`)))],
  };
}

/** Hashes of contacts depend on the trial's number, so contacts are not compared across numbers. */
function asOneTrial(from: Trial, to: Trial): Trial {
  return from.id === to.id ? from : { ...from, id: to.id, unread: [...from.unread, 'contacts'] };
}
