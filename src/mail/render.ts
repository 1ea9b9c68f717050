import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import type { Digest, TrialCard } from '../core/digests/digest.ts';
import { registryName } from '../core/registries.ts';
import type { Instant } from '../core/trial.ts';
import {
  digestWords,
  linkToLess,
  plainSubject,
  type SharedWords,
  sourceSentence,
} from '../core/wording/digest.ts';
import { dropMarks, hasMarks, registryLanguage, showMarks } from '../core/wording/registry-text.ts';
import type { Wording } from '../core/wording/wording.ts';
import { speakIn } from '../languages.ts';
import { createMarkingWording } from './catalogue.ts';
import type { RenderedMail } from './message.ts';
import { type NoteData, noteView } from './note-view.ts';
import { nothingShared, type SharedBlock, type SharedBlocks } from './shared-blocks.ts';
import { wrapText } from './wrap.ts';

/** Who sends, and how. `operator` stands in the footer of each mail. */
export type MailContext = {
  language: string;
  /** Links to public pages name the mail's language unless it is this one; en when not given. */
  defaultLanguage?: string;
  baseUrl: string;
  operator: { name: string; address: string | null; privacyContact: string | null };
  /** Says in every mail that its changes are made up. */
  demo?: boolean;
  /** The reader wants subjects that say nothing but that there is an update. */
  isDiscreet?: boolean;
  /** Remembers what this mail has in common with others of the same `baseUrl`; without it all is rendered anew. */
  shared?: SharedBlocks;
};

/** What each mail is made of. Tokens become the paths `/digests/…`, `/unsubscribe/…`, `/manage/…`, `/confirm/…`. */
export type MailData = {
  digest: {
    digest: Digest;
    tokens: { digest: string; unsubscribe: string; manage?: string };
    /** The subject may name the weightiest trial: the reader asked for that. */
    isPlain?: boolean;
    /** The reader's own notes by subscription, where they chose to have them in their mails (P12). */
    notes?: ReadonlyMap<number, string>;
    /** The official page of a trial. */
    recordUrl: (card: TrialCard) => string;
  };
  confirmation: { token: string };
  /** A link to one's own subscriptions. */
  manage: { token: string };
  /** A link to the admins' pages. */
  admin: { token: string };
  /** To the new address: a link to confirm it. To the old one: a notice, with a link to stop the change. */
  address: { token: string; side: 'new' | 'old' };
  alert: { title: string; lines: string[]; at: Instant; timezone: string };
  note: NoteData;
};
export type MailName = keyof MailData;

/** Above this, mailbox providers cut a mail off (D5). */
export const htmlLimitBytes = 80_000;
/** What the trials of a digest may take of it: the rest is the frame around them. */
const trialsLimitBytes = 66_000;

/** Mails that somebody has just asked for, and those to admins: they keep their subjects, which name nothing. */
const askedFor: ReadonlySet<string> = new Set(['confirmation', 'manage', 'address', 'alert', 'admin']);

const views = fileURLToPath(new URL('../../templates/', import.meta.url));
const html = new Eta({ views, cache: true });
// Text is not escaped: an `&amp;` in it would be read as such.
const text = new Eta({ views, cache: true, autoEscape: false });

/**
 * A mail from its folder in `templates/email`. Deterministic. Throws when anything is missing: a mail is whole or
 * there is none (D10).
 */
export function renderMail<Name extends MailName>(
  name: Name,
  data: MailData[Name],
  context: MailContext,
): RenderedMail {
  const wording = createMarkingWording(context.language);
  const base = context.baseUrl.replace(/\/+$/, '');
  const frame = {
    say: wording.say,
    language: context.language,
    demo: context.demo ? wording.say('digest.demo') : null,
    operatorName: context.operator.name,
    operatorLines: operatorLines(wording, context),
  };
  const publicUrl: PublicUrl = (path) =>
    speakIn(base + path, context.language, context.defaultLanguage ?? 'en');
  const { shared = nothingShared } = context;
  const built: { about?: string[] } = viewBuilders[name](data, wording, base, publicUrl, shared);
  const view = { ...frame, ...built, about: [...foreignNote(wording, built), ...(built.about ?? [])] };
  const subject =
    context.isDiscreet && !askedFor.has(name)
      ? wording.say('subject.discreet-subject')
      : dropMarks(text.render(`email/${name}/subject`, view))
          .replace(/\s+/g, ' ')
          .trim();
  const mail = {
    subject: context.demo ? wording.say('digest.subject-demo', { subject }) : subject,
    text: wrapText(dropMarks(text.render(`email/${name}/text`, view))),
    html: showMarks(html.render(`email/${name}/html`, view)),
  };
  if (mail.subject === '' || mail.text.trim() === '') throw new Error(`the ${name} mail came out empty`);
  const bytes = Buffer.byteLength(mail.html);
  if (bytes >= htmlLimitBytes)
    throw new Error(`the ${name} mail came out at ${bytes} bytes, above the limit`);
  return mail;
}

/** The address of a public page, in the mail's language. */
type PublicUrl = (path: string) => string;

const viewBuilders: {
  [Name in MailName]: (
    data: MailData[Name],
    wording: Wording,
    base: string,
    publicUrl: PublicUrl,
    shared: SharedBlocks,
  ) => object;
} = {
  digest: digestView,
  confirmation: ({ token }, _wording, base) => ({ confirmUrl: personalUrl(base, 'confirm', token) }),
  manage: ({ token }, _wording, base) => ({ manageUrl: personalUrl(base, 'manage', token) }),
  admin: ({ token }, _wording, base) => ({ enterUrl: personalUrl(base, 'admin/enter', token) }),
  address: ({ token, side }, _wording, base) => ({
    side,
    addressUrl: personalUrl(base, side === 'new' ? 'manage/address' : 'manage/keep-address', token),
  }),
  alert: ({ title, lines, at, timezone }, wording, base) => ({
    title,
    lines,
    when: wording.say('alert.when', { moment: wording.moment(at, timezone) }),
    adminUrl: `${base}/admin`,
  }),
  note: (data, wording, base, publicUrl) =>
    noteView(data, wording, {
      unsubscribe: personalUrl(base, 'unsubscribe', data.tokens.unsubscribe),
      manage: personalUrl(base, 'manage', data.tokens.manage),
      public: publicUrl,
    }),
};

function digestView(
  data: MailData['digest'],
  wording: Wording,
  base: string,
  publicUrl: PublicUrl,
  shared: SharedBlocks,
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
    const block = showMarks(html.render('partials/digest-trial', trial));
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
    html: showMarks(html.render('partials/digest-trial-alike', view)),
    text: wrapText(dropMarks(text.render('partials/digest-trial-alike-text', view))),
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

/** Says that the registry's texts are in another language, where there are any. */
function foreignNote(wording: Wording, view: object): string[] {
  const isForeign = wording.language !== registryLanguage && hasMarks(JSON.stringify(view));
  return isForeign ? [wording.say('language.registry')] : [];
}

function operatorLines(wording: Wording, { operator }: MailContext): string[] {
  return [
    wording.say('about.operator', { name: operator.name }),
    ...(operator.address ? [wording.say('about.address', { address: operator.address })] : []),
    ...(operator.privacyContact ? [wording.say('about.privacy', { contact: operator.privacyContact })] : []),
  ];
}

function personalUrl(base: string, room: string, token: string): string {
  return `${base}/${room}/${encodeURIComponent(token)}`;
}
