import { anyOf } from '../../core/refusals/phrases/phrase.ts';
import { plainWords } from '../../core/refusals/plain-words.ts';
import type { Parsed } from './parse.ts';
import { type Fields, firstValue } from './report-fields.ts';

/**
 * The writer of a message without a status part: a mail server that failed, one that is still trying, or
 * another sender (a person, an out-of-office reply, a challenge, a read receipt), whose message has no
 * effect.
 */
export type NoticeWriter = 'failed' | 'delayed' | 'other';

const isDaemon = anyOf([
  '(mailer|mail)( |-|_|)daemon',
  'post( |-|_|)master',
  'mail (delivery|administrator|system)*',
  '(mmdf|mdaemon|smtp gateway|bounce|bounces)',
]);
const saysFailure = anyOf([
  "(could|can|was|were|has|have|is|are|did|will)( |)(not|n't) [yet ][be |been ](deliver*|reach*)",
  '(cannot|can not|unable to|not able to|could not|failed to|failure) … (deliver*|send|reach)',
  '(undeliver|non-deliver|nondeliver|bounce)*',
  '(delivery|failure) … (fail*|error*|notice)',
  'automatically rejected',
  '(permanent|fatal|permanently) … (error|errors|failed|failure)',
  'failed permanently',
  'delivery status notification',
  'returned [to sender|mail|message]',
  '(returned|returning) (to sender|mail|message)*',
  'error (delivering|message below)',
  '(user|mailbox|account|recipient) [is ](unknown|not found)',
  "(nicht zugestellt|unzustellbar|n'a pas pu|ne peut pas|no se ha podido|no ha podido|non consegnat|nie dostarczon)*",
]);
const saysStillTrying = anyOf([
  'delayed',
  'warning (message only|only)',
  'still (being tried|trying|undelivered|in the queue)',
  '(will|has|to) [continue |keep |be ](to |)[be ](try|trying|retried|tried|retry)',
  'attempts … (will|to) … (continue|be made)',
  'not (need|have|necessary) to (resend|re-send|do anything)',
  'no action is required',
  'temporary failure report',
  'not yet been delivered',
]);
const saysGivenUp = anyOf([
  '(given|giving|gave) up',
  '(permanent|permanently|fatal|final) … (error|errors|failed|failure)',
  'has failed',
  'not … (try|be retried|be tried|retry) again',
  'no (more|further) (attempts|tries)',
]);
const isPersonalSubject = anyOf([
  'out of [the ]office',
  '(auto|automatic|automated|automatische|automatisch)( |-|)(reply|response|antwort|answer)*',
  '(vacation|holiday|abwesen|absence|fuera de|risposta automatica|reponse automatique|respuesta automatica)*',
  '(read|return) receipt',
  '(read|not read|unread|gelesen|lu|leido|letto):',
]);

const asksToProve = anyOf([
  'not pre-approved',
  'waitlisted',
  'challenge(-| )response',
  '(prove|confirm|verify) … (human|not a (spammer|robot|machine))',
  '(confirm|verify) … (to have|so that|before) … (message|mail|e-mail|email) … (deliver*|released)',
]);

/** Whether the text asks the sender for proof before the mail is shown. Such a mail was not refused. */
export function isChallenge(text: string): boolean {
  return asksToProve(plainWords(text));
}

/** Finds the writer of a message without a status part by its header and words. */
export function findWriter({ header, parts }: Parsed, text: string): NoticeWriter {
  if (isPersonal(header)) return 'other';
  const value = (name: string) => plainWords((firstValue(header, name) ?? '').replace(/[<>@]/g, ' '));
  const words = plainWords(text);
  const isFailure = header.has('x-failed-recipients') || saysFailure(value('subject')) || saysFailure(words);
  const isFromServer =
    header.has('x-failed-recipients') ||
    isDaemon(value('from')) ||
    comesFromNobody(header) ||
    saysFailure(value('subject')) ||
    parts.some(({ type }) => type === 'message/rfc822');
  if (!isFromServer) return 'other';
  if (saysDelayed(text) || (saysStillTrying(value('subject')) && !saysGivenUp(words))) return 'delayed';
  return isFailure || parts.length > 0 || /(?:^|[\s:])[45]\d\d[ -]\d\.\d|^[ \t]*[45]\d\d[ -]/m.test(text)
    ? 'failed'
    : 'other';
}

/** Whether a notice says that delivery is still being attempted. */
export function saysDelayed(text: string): boolean {
  const words = plainWords(text);
  return saysStillTrying(words) && !saysGivenUp(words);
}

/** RFC 5321, 4.5.5: notices from mail servers have an empty return path. */
const comesFromNobody = (header: Fields) =>
  ['return-path', 'from'].some((name) => /<\s*>\s*$/.test(firstValue(header, name) ?? ''));

/** RFC 5429: the mailbox's own filter refuses a mail that the server accepted. */
const isRefusal = (header: Fields) =>
  /^auto-replied\s*\(rejected\)/i.test(firstValue(header, 'auto-submitted') ?? '');

/** Automatic replies and receipts (RFC 3834, RFC 8098, and older header fields). */
function isPersonal(header: Fields): boolean {
  const value = (name: string) => firstValue(header, name) ?? '';
  const marks = ['x-autoreply', 'x-autorespond', 'x-autoresponder', 'x-vacation', 'x-autorespond-to'];
  return (
    // Dovecot sends refusals in this form too.
    (/disposition-notification/i.test(value('content-type')) && !isRefusal(header)) ||
    isPersonalSubject(plainWords(value('subject'))) ||
    marks.some((name) => header.has(name)) ||
    /auto[-_]?reply/i.test(value('precedence')) ||
    // Exim marks its notices like this too, but they come from a daemon.
    (/^auto-replied/i.test(value('auto-submitted')) &&
      !isRefusal(header) &&
      !header.has('x-failed-recipients') &&
      !isDaemon(plainWords(value('from').replace(/[<>@]/g, ' '))))
  );
}
