import type { Digest, TrialCard } from '../core/digests/digest.ts';
import { registryName } from '../core/registries.ts';
import {
  digestWords,
  linkToLess,
  plainSubject,
  type SharedWords,
  sourceSentence,
} from '../core/wording/digest.ts';
import { dropMarks, showMarks } from '../core/wording/registry-text.ts';
import type { Wording } from '../core/wording/wording.ts';
import type { SharedBlock } from './shared-blocks.ts';
import { htmlTemplates, type PublicUrl, personalUrl, textTemplates, type ViewTools } from './view-tools.ts';
import { wrapText } from './wrap.ts';

/** What a digest is made of. */
export type DigestData = {
  digest: Digest;
  tokens: { digest: string; unsubscribe: string; manage?: string };
  /** The subject may name the weightiest trial: the reader asked for that. */
  isPlain?: boolean;
  /** The reader's own notes by subscription, where they chose to have them in their mails (P12). */
  notes?: ReadonlyMap<number, string>;
  /** The official page of a trial. */
  recordUrl: (card: TrialCard) => string;
};

/** What the trials of a digest may take of it: the rest is the frame around them. */
const trialsLimitBytes = 66_000;

/** What the templates of a digest show. */
export function digestView(data: DigestData, { wording, base, publicUrl, shared }: ViewTools): object {
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
    const card = digest.trials[n]?.card;
    return {
      ...trial,
      alike: shared.render(said[n] ?? trial, () => renderAlike(wording, said[n] ?? trial, publicUrl)),
      notes: notes[n] ?? [],
      say: wording.say,
      pageUrl: publicUrl(trial.page),
      compareUrl: trial.compare && publicUrl(trial.compare),
      lessUrl: linkToLess(unsubscribeUrl, trial),
      recordUrl: card && !trial.isGone ? data.recordUrl(card) : null,
      recordName: wording.say('digest.record', { registry: registryName(trial.registry) }),
    };
  });
  for (const trial of trials) {
    const block = showMarks(htmlTemplates.render('partials/digest-trial', trial));
    bytes += Buffer.byteLength(block);
    // The weightiest one is always shown, and fits: every text in it is cut to size.
    if (blocks.length > 0 && bytes > trialsLimitBytes) break;
    blocks.push(block);
  }
  const unshown = trials.length - blocks.length;
  const registries = [...new Set(digest.trials.map(({ card }) => card.registry))];
  return {
    ...words,
    subject,
    trials: trials.slice(0, blocks.length),
    blocks,
    more: unshown > 0 ? wording.say('digest.more', { count: unshown }) : null,
    digestUrl: personalUrl(base, 'digests', tokens.digest),
    unsubscribeUrl,
    manageUrl: tokens.manage === undefined ? null : personalUrl(base, 'manage', tokens.manage),
    about: [
      ...registries.map((registry) => sourceSentence(wording, { registry, ...digest })),
      wording.say('about.evaluation'),
      wording.say('about.advice'),
    ],
  };
}

/** The part of a trial's block that everybody gets alike. */
function renderAlike(wording: Wording, words: SharedWords, publicUrl: PublicUrl): SharedBlock {
  const view = { ...words, say: wording.say, pageUrl: publicUrl(words.page) };
  return {
    html: showMarks(htmlTemplates.render('partials/digest-trial-alike', view)),
    text: wrapText(dropMarks(textTemplates.render('partials/digest-trial-alike-text', view))),
  };
}

/** Each note stands at the first trial that came by its subscription. */
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
