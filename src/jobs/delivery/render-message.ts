import type { Digest } from '../../core/digests/digest.ts';
import { isLinkKind, mailKindFacts } from '../../core/digests/mail-kinds.ts';
import type { Note } from '../../core/digests/notes.ts';
import { senderAddress } from '../../core/text/mail-address.ts';
import type { ListReport } from '../../core/wording/report/report-words.ts';
import type { Claim } from '../../db/delivery/claims.ts';
import { listsById } from '../../db/lists/list-reasons.ts';
import { usableLanguage } from '../../languages.ts';
import { createWording } from '../../mail/catalogue.ts';
import { customOf } from '../../mail/custom/custom.ts';
import { writeDigest } from '../../mail/digest-forms.ts';
import type { DigestData } from '../../mail/digest-view.ts';
import { buildMessage, type EncodedMail, listIdFor, type RenderedMail } from '../../mail/message.ts';
import { type MailContext, renderMail } from '../../mail/render.ts';
import { recompose } from '../../use-cases/digests/recompose.ts';
import type { Context } from '../context.ts';
import { reportCustomFailures } from '../report-custom-failures.ts';
import { makeMessageId } from './message-id.ts';

/** A complete message to a bare address. */
export type Message = { to: string; bytes: Buffer; messageId: string };

/**
 * Composes a digest again from the news that its reader still wants and that nothing newer has replaced; null
 * if none is left.
 */
export async function composeAgain(context: Context, claim: Claim): Promise<Digest | null> {
  const { digestId, content, newerDigests } = claim;
  if (digestId === null || content === null) return null;
  return context.db.transaction().execute((tx) => recompose(tx, { digestId, content, newerDigests }));
}

/** Makes the message of a delivery: the same bytes for each attempt. Throws if any part is missing. */
export async function makeMessage(
  context: Context,
  claim: Claim,
  content: Digest | null,
  to: string,
  { note = null, report = null }: { note?: Note | null; report?: ListReport | null } = {},
): Promise<Message> {
  const { config } = context;
  const host = new URL(config.baseUrl).hostname;
  const messageId = makeMessageId(context.keys, { ...claim, to }, host);
  const links = digestLinks(context, claim);
  const mail = note
    ? renderNote(context, claim, note, links)
    : report
      ? renderReport(context, claim, report, links)
      : render(context, claim, content, links);
  await reportCustomFailures(context, customOf(config).takeFailures());
  const bytes = await buildMessage({
    ...mail,
    to,
    from: senderFor(config, claim),
    messageId,
    date: claim.messageDate,
    dkim: config.dkim,
    ...(claim.kind === 'digest' || note || report
      ? {
          listId: listIdFor(host),
          listUnsubscribe: { url: `${config.baseUrl}/unsubscribe/${links.unsubscribe}` },
        }
      : {}),
  });
  return { to, bytes, messageId };
}

/** The sender. For discreet mails its name reveals nothing; the address stays the same. */
function senderFor(config: Context['config'], { subject, language }: Claim): string {
  if (subject !== 'discreet' || language === null) return config.mailFrom;
  return `${createWording(usableLanguage(language, config.defaultLanguage), customOf(config)).say('subject.discreet-sender')} <${senderAddress(config.mailFrom)}>`;
}

/** The tokens of a digest's personal links. */
export type DigestTokens = { digest: string; unsubscribe: string; manage: string; readonly followed: string };

/** Links are derived, not stored: they get an answer even if the person no longer exists (E3). */
export function digestLinks(
  context: Context,
  claim: Pick<Claim, 'digestId' | 'subscriberId' | 'linkGeneration'>,
): DigestTokens {
  const token = (purpose: string, id: number | null) => {
    const subject = `${id ?? 0}.${claim.linkGeneration ?? 1}`;
    return `${subject}.${context.keys.sign(purpose, subject)}`;
  };
  return {
    digest: token('digest', claim.digestId),
    unsubscribe: token('unsubscribe', claim.subscriberId),
    manage: token('manage', claim.subscriberId),
    // Only notes have it.
    get followed() {
      return token('followed', claim.subscriberId);
    },
  };
}

function frameFor(
  { config, demo, sharedBlocks }: Context,
  claim: Pick<Claim, 'language' | 'subject'>,
): MailContext {
  return {
    language: usableLanguage(claim.language, config.defaultLanguage),
    defaultLanguage: config.defaultLanguage,
    ...(sharedBlocks ? { shared: sharedBlocks } : {}),
    custom: customOf(config),
    baseUrl: config.baseUrl,
    operator: config.operator,
    demo,
    isDiscreet: claim.subject === 'discreet',
  };
}

function recordUrlIn({ config, registries }: Context) {
  return ({ registry, id }: { registry: string; id: string }) =>
    registries.get(registry)?.recordUrl(id) ?? config.baseUrl;
}

function renderNote(context: Context, claim: Claim, note: Note, tokens: DigestTokens): RenderedMail {
  return renderMail('note', { note, tokens, recordUrl: recordUrlIn(context) }, frameFor(context, claim));
}

function renderReport(
  context: Context,
  claim: Claim,
  report: ListReport,
  tokens: DigestTokens,
): RenderedMail {
  const recordUrl = (registry: string, id: string) => recordUrlIn(context)({ registry, id });
  return renderMail('report', { report, tokens, recordUrl }, frameFor(context, claim));
}

/** Renders a digest for its reader, with the tokens of its links, and the reader's notes and lists by subscription. */
export function renderDigest(
  context: Context,
  reader: Pick<Claim, 'language' | 'subject'>,
  content: Digest,
  own: Pick<DigestData, 'notes' | 'lists'> & { tokens: DigestTokens },
): RenderedMail {
  const data = digestData(context, reader, content, own);
  return renderMail('digest', data, frameFor(context, reader));
}

function digestData(
  context: Context,
  { subject }: Pick<Claim, 'subject'>,
  digest: Digest,
  own: Pick<DigestData, 'tokens' | 'notes' | 'lists'>,
): DigestData {
  return { digest, ...own, recordUrl: recordUrlIn(context), isPlain: subject === 'plain' };
}

function render(
  context: Context,
  claim: Claim,
  content: Digest | null,
  tokens: DigestTokens,
): RenderedMail | EncodedMail {
  const { config } = context;
  const frame = frameFor(context, claim);
  if (claim.kind === 'digest') {
    if (content === null) throw new Error('a digest without content');
    const open = (note: string) => context.keys.decrypt(Buffer.from(note, 'base64'));
    const notes = new Map(Object.entries(claim.notes ?? {}).map(([id, note]) => [Number(id), open(note)]));
    const own = { tokens, notes, lists: listsById(claim.lists) };
    return (
      writeDigest(digestData(context, claim, content, own), frame) ??
      renderDigest(context, claim, content, own)
    );
  }
  const params = JSON.parse(claim.params ? context.keys.decrypt(claim.params) : '{}');
  if (isLinkKind(claim.kind)) {
    const { language = frame.language } = mailKindFacts(claim.kind);
    const { token, side } = params;
    return renderMail('link', { kind: claim.kind, token: String(token), side }, { ...frame, language });
  }
  const wording = createWording(frame.language, frame.custom);
  const title = wording.say(`alert.title.${String(params.name).split(':')[0]}`);
  const alert = { title, lines: [String(params.message)] };
  return renderMail('alert', { ...alert, at: claim.messageDate, timezone: config.defaultTimezone }, frame);
}
