import { linkToLess, linkToMisfit, type TrialWords } from '../core/wording/digest/digest.ts';
import { dropMarks, hasMarks, isRegistryLanguage, showMarks } from '../core/wording/registry-text.ts';
import { aboutSources, sourcesOfDigest } from '../core/wording/sources.ts';
import {
  type DigestData,
  numberOf,
  renderBlock,
  sayDigest,
  styleOf,
  type TrialPart,
  trialsLimitBytes,
  trialView,
} from './digest-view.ts';
import { blocksGap, type GappedPart, gap, makeGapped, type Values } from './gapped.ts';
import type { EncodedMail } from './message.ts';
import {
  aboutWith,
  hasOwnMails,
  htmlLimitBytes,
  type MailContext,
  openTools,
  renderSubject,
  subjectFor,
} from './render.ts';
import { builtInTemplates, type ViewTools } from './view-tools.ts';
import { wrapText } from './wrap.ts';

/**
 * Renders a digest as `renderMail` does, to the same bytes, but from forms: what others share is rendered and encoded
 * once, and only the reader's own lines are new. Null if this one has to be rendered whole: it is discreet or very
 * long, has private notes, or the operator has own templates.
 */
export function writeDigest(data: DigestData, context: MailContext): EncodedMail | null {
  if (context.isDiscreet || data.notes?.size || hasOwnMails(context.custom)) return null;
  const tools = openTools(context, builtInTemplates);
  const said = sayDigest(data, tools);
  const { urls, shared } = said;
  const style = styleOf(said);
  let [html, text, bytes] = ['', '', 0];
  for (const [at, words] of said.trials.entries()) {
    const heading = said.headings[at] ?? null;
    const form = trialForm(data, tools, { words, shared: shared[at] ?? words, at, heading, ...style });
    const links = {
      less: linkToLess(urls.unsubscribeUrl, words),
      misfit: linkToMisfit(tools.base, data.tokens.digest, words) ?? '',
    };
    const values = trialValues(words, links, numberOf(style, at));
    html += form.html.fill(values.html);
    text += form.text.fill(values.text, '', foldLine);
    bytes += form.html.bytesWith(values.html);
  }
  if (bytes > trialsLimitBytes) return null;
  const isForeign = !isRegistryLanguage(tools.wording.language) && hasMarks(JSON.stringify(said));
  const about = aboutWith(
    tools.wording,
    isForeign,
    aboutSources(tools.wording, sourcesOfDigest(data.digest)),
  );
  const { heading, first, data: dataLine, checking, waited, advice, index, reasons } = said;
  const view = { ...tools.frame, heading, data: dataLine, checking, waited, advice, about, more: null };
  const counts = { isManaged: urls.manageUrl !== null, index: index.length, reasons: reasons.length };
  const frame = frameForm({ ...view, first: style.isNumbered ? '' : first }, tools, counts);
  const links = {
    ...urls,
    manageUrl: urls.manageUrl ?? '',
    ...named('index', index),
    ...named('reason', reasons),
  };
  const escaped = escapeAll(links);
  const subject = subjectFor(
    tools.wording,
    context,
    renderSubject('digest', { ...view, first, subject: said.subject }, builtInTemplates),
  );
  // The whole way says what is wrong.
  if (subject === '' || bytes + frame.html.bytesWith(escaped) >= htmlLimitBytes) return null;
  return {
    subject,
    encoded: { html: frame.html.fill(escaped, html), text: frame.text.fill(dropAll(links), text, foldLine) },
  };
}

function trialForm(
  data: DigestData,
  tools: ViewTools,
  trial: Omit<TrialPart, 'number' | 'head' | 'notes' | 'lessUrl' | 'misfitUrl'>,
): GappedPart {
  const { words, at, heading, isNumbered, isShort } = trial;
  const card = data.digest.trials[at]?.card;
  const key = JSON.stringify([
    words.why.length,
    words.finished,
    words.misfit === null,
    heading,
    isNumbered,
    isShort,
    card && !words.isGone && data.recordUrl(card),
  ]);
  return tools.shared.form(trial.shared, key, () => {
    const withGaps = { ...words, why: words.why.map((_, n) => gap(`why${n}`)) };
    const part = {
      ...trial,
      words: withGaps,
      number: gap('number'),
      head: gap('head'),
      notes: [],
      lessUrl: gap('less'),
      misfitUrl: words.misfit === null ? null : gap('misfit'),
    };
    const block = renderBlock(trialView(data, tools, part), tools);
    return { html: makeGapped(block.html), text: makeGapped(`${wrapText(dropMarks(block.text))}\n`) };
  });
}

function trialValues(
  { why, title }: TrialWords,
  links: { less: string; misfit: string },
  number: string,
): { html: Values; text: Values } {
  const html: { [name: string]: string } = { ...mapValues(links, inHtml), number };
  const text: { [name: string]: string } = { ...links, head: dropMarks(number + title) };
  for (const [n, reason] of why.entries()) {
    html[`why${n}`] = showMarks(inHtml(reason));
    text[`why${n}`] = dropMarks(reason);
  }
  return { html, text };
}

function frameForm(view: object, { shared, templates }: ViewTools, counts: FrameCounts): GappedPart {
  const { isManaged, index, reasons } = counts;
  return shared.frame(JSON.stringify([view, counts]), () => {
    const withGaps = {
      ...view,
      digestUrl: gap('digestUrl'),
      unsubscribeUrl: gap('unsubscribeUrl'),
      manageUrl: isManaged ? gap('manageUrl') : null,
      index: gaps('index', index),
      reasons: gaps('reason', reasons),
      blocks: [blocksGap],
      textBlocks: [blocksGap],
    };
    return {
      html: makeGapped(showMarks(templates.html.render('email/digest/html', withGaps))),
      text: makeGapped(wrapText(dropMarks(templates.text.render('email/digest/text', withGaps)))),
    };
  });
}

/** What of a frame differs from reader to reader in number. */
type FrameCounts = { isManaged: boolean; index: number; reasons: number };

function gaps(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => gap(`${name}${n}`));
}

function named(name: string, lines: readonly string[]): Values {
  return Object.fromEntries(lines.map((line, n) => [`${name}${n}`, line]));
}

function escapeAll(values: Values): Values {
  return mapValues(values, (value) => showMarks(inHtml(value)));
}

function dropAll(values: Values): Values {
  return mapValues(values, dropMarks);
}

function mapValues(values: Values, change: (value: string) => string): Values {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}

/** As the templates escape. */
const inHtml = (text: string) => builtInTemplates.html.config.escapeFunction(text);

/** Folds a line as `wrapText` does. Most need nothing. */
function foldLine(line: string): string {
  return /^(?:https?:\/\/\S+|.{0,77}\S)$/.test(line) ? line : wrapText(line);
}
