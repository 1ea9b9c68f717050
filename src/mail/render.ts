import { type LinkKind, mailKindFacts, mailKindNames } from '../core/digests/mail-kinds.ts';
import type { Instant } from '../core/trial.ts';
import { dropMarks, hasMarks, isRegistryLanguage, showMarks } from '../core/wording/registry-text.ts';
import type { Wording } from '../core/wording/wording.ts';
import { messageOf } from '../errors.ts';
import { speakIn } from '../languages.ts';
import { createMarkingWording } from './catalogue.ts';
import type { Custom } from './custom/custom.ts';
import { type DigestData, digestView } from './digest-view.ts';
import type { RenderedMail } from './message.ts';
import { type NoteData, noteView } from './note-view.ts';
import { type ReportData, reportMailView } from './report/report-mail.ts';
import { nothingShared, type SharedBlocks } from './shared-blocks.ts';
import {
  builtInTemplates,
  type MailTemplates,
  type PublicUrl,
  personalUrl,
  type ViewTools,
} from './view-tools.ts';
import { wrapText } from './wrap.ts';

/** The sender's settings for every mail. `operator` stands in the footer. */
export type MailContext = {
  language: string;
  /** Links to public pages name the mail's language unless it is this one; `en` by default. */
  defaultLanguage?: string;
  baseUrl: string;
  operator: { name: string; address: string | null; privacyContact: string | null };
  /** Each mail says that its changes are made up. */
  demo?: boolean;
  /** The reader chose subjects that only say that there is an update, and links that name no trial. */
  isDiscreet?: boolean;
  /**
   * Caches parts that this mail shares with others of the same `baseUrl`. Without it, everything is rendered
   * anew.
   */
  shared?: SharedBlocks;
  /** The operator's own texts and templates; without it, the built-in ones are used. */
  custom?: Custom;
};

/**
 * The input of each mail. Tokens become the paths `/digests/…`, `/unsubscribe/…`, `/manage/…`, `/confirm/…`,
 * `/d/…`.
 */
export type MailData = {
  digest: DigestData;
  link: { kind: LinkKind; token: string; side?: 'new' | 'old' };
  alert: { title: string; lines: string[]; at: Instant; timezone: string };
  note: NoteData;
  report: ReportData;
};
/** A folder in `templates/email`. */
export type MailName = keyof MailData;

/** Mailbox providers cut off mails above about this size (D5). */
export const htmlLimitBytes = 80_000;
/** Templates whose subject follows the reader's choice. */
const withSubjectStyle: ReadonlySet<string> = new Set(
  mailKindNames
    .map(mailKindFacts)
    .flatMap(({ template, hasSubjectStyle }) => (hasSubjectStyle ? template : [])),
);

/**
 * Renders a mail from its folder in `templates/email`. Deterministic. Throws if anything is missing: a mail
 * is never incomplete (D10). If the operator's own templates fail or lose a link or a line of the foot, the
 * built-in ones are used, and the fault is reported (O9).
 */
export function renderMail<Name extends MailName>(
  name: Name,
  data: MailData[Name],
  context: MailContext,
): RenderedMail {
  const { custom } = context;
  if (custom === undefined || !hasOwnMails(custom)) return renderWith(name, data, context, builtInTemplates);
  const { shared: _, ...alone } = context;
  const builtIn = renderWith(name, data, alone, builtInTemplates);
  try {
    const own = renderWith(name, data, alone, custom.engines);
    const lost = findLost(builtIn, own);
    if (lost === null) return own;
    custom.report(`templates/email/${name}`, null, `lacks what the built-in mail has: ${lost}`);
  } catch (error) {
    custom.report(`templates/email/${name}`, null, `cannot be rendered (${messageOf(error)})`);
  }
  return builtIn;
}

/** Whether the operator has own templates of mails. */
export function hasOwnMails(custom: Custom | undefined): boolean {
  return [...(custom?.templates.keys() ?? [])].some((path) => /^(email|partials)\//.test(path));
}

/** A paragraph of the built-in text or a link of it that an own mail lacks; null if it has all. Personal links are not repeated. */
function findLost(builtIn: RenderedMail, own: RenderedMail): string | null {
  const words = (text: string) => text.replace(/\s+/g, ' ').trim();
  const [text, html] = [words(own.text), own.html.replaceAll('&amp;', '&')];
  const links = builtIn.text.match(/https?:\/\/\S+/g) ?? [];
  if (links.some((link) => !text.includes(link) || !html.includes(link))) return 'a link';
  const facts = builtIn.text.split(/\n\s*\n/).map(words);
  return facts.find((one) => !/https?:/.test(one) && !text.includes(one))?.slice(0, 80) ?? null;
}

function renderWith<Name extends MailName>(
  name: Name,
  data: MailData[Name],
  context: MailContext,
  templates: MailTemplates,
): RenderedMail {
  const tools = openTools(context, templates);
  const { wording, isDiscreet, frame } = tools;
  const built: { about?: string[] } = viewBuilders[name](data, tools);
  const isForeign = !isRegistryLanguage(wording.language) && hasMarks(JSON.stringify(built));
  const view = { ...frame, ...built, about: aboutWith(wording, isForeign, built.about) };
  const subject =
    isDiscreet && withSubjectStyle.has(name)
      ? wording.say('subject.discreet-subject')
      : renderSubject(name, view, templates);
  const mail = {
    subject: subjectFor(wording, context, subject),
    text: wrapText(dropMarks(templates.text.render(`email/${name}/text`, view))),
    html: showMarks(templates.html.render(`email/${name}/html`, view)),
  };
  if (mail.subject === '' || mail.text.trim() === '') throw new Error(`the ${name} mail is empty`);
  const bytes = Buffer.byteLength(mail.html);
  if (bytes >= htmlLimitBytes) throw new Error(`the ${name} mail has ${bytes} bytes, above the limit`);
  return mail;
}

/** Opens the tools for making the views of a mail. */
export function openTools(context: MailContext, templates: MailTemplates): ViewTools {
  const wording = createMarkingWording(context.language, context.custom);
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
  const { shared = nothingShared, isDiscreet = false } = context;
  return { wording, base, publicUrl, shared, isDiscreet, frame, templates };
}

/** Renders the subject of a mail. */
export function renderSubject(name: MailName, view: object, templates: MailTemplates): string {
  return dropMarks(templates.text.render(`email/${name}/subject`, view))
    .replace(/\s+/g, ' ')
    .trim();
}

/** The subject as it is mailed: in a demonstration it says so. */
export function subjectFor(wording: Wording, { demo }: MailContext, subject: string): string {
  return demo ? wording.say('digest.subject-demo', { subject }) : subject;
}

/** The lines about a mail's sources. They begin with a note if the registry's texts are in another language. */
export function aboutWith(wording: Wording, isForeign: boolean, about: readonly string[] = []): string[] {
  return [...(isForeign ? [wording.say('language.registry')] : []), ...about];
}

const viewBuilders: { [Name in MailName]: (data: MailData[Name], tools: ViewTools) => object } = {
  digest: digestView,
  link: linkView,
  alert: ({ title, lines, at, timezone }, { wording, base }) => ({
    title,
    lines,
    when: wording.say('alert.when', { moment: wording.moment(at, timezone) }),
    adminUrl: `${base}/admin`,
  }),
  note: noteView,
  report: reportMailView,
};

function linkView({ kind, token, side }: MailData['link'], { wording, base, frame }: ViewTools): object {
  const { link, linkForOldAddress } = mailKindFacts(kind);
  const used = side === 'old' ? linkForOldAddress : link;
  if (!used) throw new Error(`the mail ${kind} has no link`);
  const { path, messages } = used;
  const say = (part: string) => wording.say(`${messages}.${part}`, { name: frame.operatorName });
  return {
    subject: say('subject'),
    heading: say('heading'),
    first: say('first'),
    what: wording.has(`${messages}.what`) ? say('what') : null,
    button: say('button'),
    ignore: say('ignore'),
    url: personalUrl(base, path, token),
  };
}

function operatorLines(wording: Wording, { operator }: MailContext): string[] {
  return [
    wording.say('about.operator', { name: operator.name }),
    ...(operator.address ? [wording.say('about.address', { address: operator.address })] : []),
    ...(operator.privacyContact ? [wording.say('about.privacy', { contact: operator.privacyContact })] : []),
  ];
}
