import type { Digest, TrialCard } from '../core/digests/digest.ts';
import { linkNumber } from '../core/digests/stored-digest.ts';
import { registryName } from '../core/registries.ts';
import { digestWords, linkToLess, plainSubject, type SharedWords } from '../core/wording/digest.ts';
import { dropMarks, showMarks } from '../core/wording/registry-text.ts';
import { aboutSources, sourcesOfDigest } from '../core/wording/sources.ts';
import type { Wording } from '../core/wording/wording.ts';
import type { SharedBlock } from './shared-blocks.ts';
import { discreetUrl, type MailTemplates, personalUrl, type ViewTools } from './view-tools.ts';
import { wrapText } from './wrap.ts';

/** The input of a digest's templates. */
export type DigestData = {
  digest: Digest;
  tokens: { digest: string; unsubscribe: string; manage?: string };
  /** The subject may name the most important trial, because the reader chose so. */
  isPlain?: boolean;
  /** The reader's private notes by subscription, if they chose to have them in their mails (P12). */
  notes?: ReadonlyMap<number, string>;
  /** Returns the official page of a trial. */
  recordUrl: (card: TrialCard) => string;
};

/** The share of `htmlLimitBytes` for the trials of a digest; the rest is for the frame around them. */
const trialsLimitBytes = 66_000;

/** Makes the values that the templates of a digest show. */
export function digestView(
  data: DigestData,
  { wording, base, publicUrl, shared, isDiscreet, templates }: ViewTools,
): object {
  const { digest, tokens } = data;
  const said: SharedWords[] = [];
  const words = digestWords(wording, digest, (...asked) => {
    const one = shared.say(...asked);
    said.push(one);
    return one;
  });
  const subject = data.isPlain ? plainSubject(wording, digest) : words.subject;
  const notes = notesByTrial(digest, data.notes ?? new Map());
  const blocks: string[] = [];
  let bytes = 0;
  const unsubscribeUrl = personalUrl(base, 'unsubscribe', tokens.unsubscribe);
  const trials = words.trials.map((trial, n) => {
    const told = digest.trials[n];
    const pageUrl =
      isDiscreet && told ? discreetUrl(base, tokens.digest, linkNumber(told, n)) : publicUrl(trial.page);
    const words = said[n] ?? trial;
    const urlOf = (page: string) => (isDiscreet ? null : publicUrl(page));
    const makeBlock = () => renderAlike(wording, words, { pageUrl, urlOf }, templates);
    return {
      ...trial,
      // A block with the reader's own link must not be shared.
      alike: isDiscreet ? makeBlock() : shared.render(words, makeBlock),
      notes: notes[n] ?? [],
      say: wording.say,
      pageUrl,
      compareUrl: isDiscreet ? null : trial.compare && publicUrl(trial.compare),
      lessUrl: linkToLess(unsubscribeUrl, trial),
      recordUrl: told && !trial.isGone && !isDiscreet ? data.recordUrl(told.card) : null,
      recordName: wording.say('digest.record', { registry: registryName(trial.registry) }),
    };
  });
  for (const trial of trials) {
    const block = showMarks(templates.html.render('partials/digest-trial', trial));
    bytes += Buffer.byteLength(block);
    // The most important trial is always shown, and it fits: every text in it is limited in length.
    if (blocks.length > 0 && bytes > trialsLimitBytes) break;
    blocks.push(block);
  }
  const unshown = trials.length - blocks.length;
  return {
    ...words,
    subject,
    trials: trials.slice(0, blocks.length),
    blocks,
    more: unshown > 0 ? wording.say('digest.more', { count: unshown }) : null,
    digestUrl: personalUrl(base, 'digests', tokens.digest),
    unsubscribeUrl,
    manageUrl: tokens.manage === undefined ? null : personalUrl(base, 'manage', tokens.manage),
    about: aboutSources(wording, sourcesOfDigest(digest)),
  };
}

/** Renders the part of a trial's block that is the same for all readers. */
function renderAlike(
  wording: Wording,
  words: SharedWords,
  { pageUrl, urlOf }: { pageUrl: string; urlOf: (page: string) => string | null },
  templates: MailTemplates,
): SharedBlock {
  const elsewhere = words.elsewhere.map((one) => ({ ...one, url: urlOf(one.page) }));
  const view = { ...words, elsewhere, say: wording.say, pageUrl };
  return {
    html: showMarks(templates.html.render('partials/digest-trial-alike', view)),
    text: wrapText(dropMarks(templates.text.render('partials/digest-trial-alike-text', view))),
  };
}

/** Assigns each note to the first trial of its subscription. */
function notesByTrial(digest: Digest, notes: ReadonlyMap<number, string>): string[][] {
  const said = new Set<number>();
  return digest.trials.map(({ reasons }) =>
    reasons.flatMap(({ subscriptionId }) => {
      const note = notes.get(subscriptionId);
      if (note === undefined || said.has(subscriptionId)) return [];
      said.add(subscriptionId);
      return [note];
    }),
  );
}
