import type { Digest, ListReason, TrialCard } from '../core/digests/digest.ts';
import { linkNumber } from '../core/digests/stored-digest.ts';
import { registryName } from '../core/registries.ts';
import {
  type DigestWords,
  digestWords,
  linkToLess,
  linkToMisfit,
  plainSubject,
  roomyUpTo,
  type TrialWords,
} from '../core/wording/digest/digest.ts';
import type { SharedWords } from '../core/wording/digest/trial-words.ts';
import { dropMarks, showMarks } from '../core/wording/registry-text.ts';
import type { ChangeShape } from '../core/wording/shape/shape.ts';
import { chipText, partSigns, partText, shapeText } from '../core/wording/shape/shape-text.ts';
import { aboutSources, sourcesOfDigest } from '../core/wording/sources.ts';
import type { Wording } from '../core/wording/wording.ts';
import type { SharedBlock } from './shared-blocks.ts';
import {
  discreetUrl,
  type MailTemplates,
  newChipStyle,
  oldChipStyle,
  personalUrl,
  type ViewTools,
} from './view-tools.ts';
import { wrapText } from './wrap.ts';

/** The input of a digest's templates. */
export type DigestData = {
  digest: Digest;
  tokens: { digest: string; unsubscribe: string; manage?: string };
  /** The subject may name the most important trial, because the reader chose so. */
  isPlain?: boolean;
  /** The reader's private notes by subscription, if they chose to have them in their mails (P12). */
  notes?: ReadonlyMap<number, string>;
  /** The followed lists that brought what is told, by subscription. */
  lists?: ReadonlyMap<number, ListReason>;
  /** Returns the official page of a trial. */
  recordUrl: (card: TrialCard) => string;
};

/** What the partials of a change need: signs instead of drawn marks, and styles in the element. */
const changeTools = {
  partSigns,
  chipText,
  partText,
  newChipStyle,
  oldChipStyle,
  /** The first line of a shape: later parts have lines of their own. */
  lineOf: (shape: ChangeShape) => shapeText({ ...shape, parts: shape.parts.slice(0, 1) }),
};

/** The share of `htmlLimitBytes` for the trials of a digest; the rest is for the frame around them. */
export const trialsLimitBytes = 66_000;

/** A digest in words, with the words of each trial that are the same for all readers, and its personal links. */
export type SaidDigest = DigestWords & {
  /** How many trials have news: names none, whatever the subject does. */
  heading: string;
  shared: SharedWords[];
  urls: { digestUrl: string; unsubscribeUrl: string; manageUrl: string | null };
};

/** Puts a digest into words. */
export function sayDigest({ digest, tokens, isPlain, lists }: DigestData, tools: ViewTools): SaidDigest {
  const { wording, base } = tools;
  const shared: SharedWords[] = [];
  const sayShared = (...asked: Parameters<typeof tools.shared.say>) => {
    const one = tools.shared.say(...asked);
    shared.push(one);
    return one;
  };
  const words = digestWords(wording, digest, sayShared, lists);
  return {
    ...words,
    heading: words.subject,
    subject: isPlain ? plainSubject(wording, digest) : words.subject,
    shared,
    urls: {
      digestUrl: personalUrl(base, 'digests', tokens.digest),
      unsubscribeUrl: personalUrl(base, 'unsubscribe', tokens.unsubscribe),
      manageUrl: tokens.manage === undefined ? null : personalUrl(base, 'manage', tokens.manage),
    },
  };
}

/** Makes the values that the templates of a digest show. */
export function digestView(data: DigestData, tools: ViewTools): object {
  const { digest } = data;
  const { shared, urls, ...words } = sayDigest(data, tools);
  const notes = notesByTrial(digest, data.notes ?? new Map());
  const blocks: SharedBlock[] = [];
  let bytes = 0;
  const style = styleOf(words);
  const trials = words.trials.map((trial, n) =>
    trialView(data, tools, {
      ...{ words: trial, shared: shared[n] ?? trial, at: n, ...style, heading: words.headings[n] ?? null },
      number: numberOf(style, n),
      head: numberOf(style, n) + trial.title,
      ...{ notes: notes[n] ?? [], lessUrl: linkToLess(urls.unsubscribeUrl, trial) },
      misfitUrl: linkToMisfit(tools.base, data.tokens.digest, trial),
    }),
  );
  for (const trial of trials) {
    const block = renderBlock(trial, tools);
    bytes += Buffer.byteLength(block.html);
    // The most important trial is always shown, and it fits: every text in it is limited in length.
    if (blocks.length > 0 && bytes > trialsLimitBytes) break;
    blocks.push(block);
  }
  return {
    ...words,
    ...urls,
    trials: trials.slice(0, blocks.length),
    blocks: blocks.map(({ html }) => html),
    textBlocks: blocks.map(({ text }) => text),
    more: moreLine(tools.wording, trials.length - blocks.length),
    about: aboutSources(tools.wording, sourcesOfDigest(digest)),
  };
}

function moreLine({ say }: Wording, unshown: number): string | null {
  return unshown > 0 ? say('digest.more', { count: unshown }) : null;
}

/** How the trials of a digest are shown: with numbers if there is an index, in short if there are many. */
export type TrialStyle = { isNumbered: boolean; isShort: boolean };

/** The style for a digest's words. */
export function styleOf({ index, trials }: Pick<DigestWords, 'index' | 'trials'>): TrialStyle {
  return { isNumbered: index.length > 0, isShort: trials.length > roomyUpTo };
}

/** What stands before the title of a trial: “3. ”, or nothing. */
export function numberOf({ isNumbered }: TrialStyle, at: number): string {
  return isNumbered ? `${at + 1}. ` : '';
}

/**
 * A trial of a digest: its words, those shared by all readers, its place, the heading that begins with it, private
 * notes, and the links to less and to why it came.
 */
export type TrialPart = TrialStyle & {
  words: TrialWords;
  shared: SharedWords;
  at: number;
  /** “3. ” before the title in HTML; with the title, in text. */
  number: string;
  head: string;
  heading: string | null;
  notes: string[];
  lessUrl: string;
  misfitUrl: string | null;
};

/** Makes the values that the templates of a trial show. */
export function trialView(
  { digest, tokens, recordUrl }: Pick<DigestData, 'digest' | 'tokens' | 'recordUrl'>,
  { wording, base, publicUrl, shared, isDiscreet, templates }: ViewTools,
  { words, shared: common, at, notes, lessUrl, misfitUrl, ...style }: TrialPart,
): object {
  const told = digest.trials[at];
  const pageUrl =
    isDiscreet && told ? discreetUrl(base, tokens.digest, linkNumber(told, at)) : publicUrl(words.page);
  const urlOf = (page: string) => (isDiscreet ? null : publicUrl(page));
  const makeBlock = () => renderAlike(wording, common, { pageUrl, urlOf }, templates);
  return {
    ...words,
    ...style,
    // With an index, reasons stand together below.
    why: style.isNumbered ? [] : words.why,
    // A block with the reader's own link must not be shared.
    alike: isDiscreet ? makeBlock() : shared.render(common, makeBlock),
    notes,
    say: wording.say,
    pageUrl,
    compareUrl: isDiscreet ? null : words.compare && publicUrl(words.compare),
    lessUrl,
    misfitUrl,
    recordUrl: told && !words.isGone && !isDiscreet ? recordUrl(told.card) : null,
    recordName: wording.say('digest.record', { registry: registryName(words.registry) }),
  };
}

/** Renders a trial from its view. The text is not folded yet. */
export function renderBlock(view: object, { templates }: Pick<ViewTools, 'templates'>): SharedBlock {
  return {
    html: showMarks(templates.html.render('partials/digest-trial', view)),
    text: templates.text.render('partials/digest-trial-text', view),
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
  const view = { ...words, elsewhere, say: wording.say, pageUrl, ...changeTools };
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
