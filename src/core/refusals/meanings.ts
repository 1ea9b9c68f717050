/** `hard`: the mailbox is gone; `soft`: it took no mail; `policy`: we are refused; `message`: this mail is refused. */
export type RefusalKind = 'hard' | 'soft' | 'policy' | 'message';

/**
 * When mail to the address stops: `at-once`; after `three` refused mails in a row if a living mailbox is unlikely but
 * possible; after a `row` of refused mails over some weeks if the mailbox lives. Null: never.
 */
export type RefusalLimit = 'at-once' | 'three' | 'row' | null;

type Row = { kind: RefusalKind; limit: RefusalLimit; says: string };

const hard = (says: string): Row => ({ kind: 'hard', limit: 'at-once', says });
const doubtful = (says: string): Row => ({ kind: 'soft', limit: 'three', says });
const soft = (says: string): Row => ({ kind: 'soft', limit: 'row', says });
const policy = (says: string): Row => ({ kind: 'policy', limit: null, says });
const message = (says: string): Row => ({ kind: 'message', limit: null, says });

/** All meanings of a refusal with their consequences. The sentences are shown to admins. */
export const meanings = {
  'no-mailbox': hard('There is no such mailbox'),
  'mailbox-closed': hard('The mailbox is closed'),
  'no-mail-domain': hard('The domain takes no email'),
  'no-domain': doubtful('The domain of the address was not found'),
  moved: doubtful('The mailbox has moved'),
  suspended: doubtful('The mailbox is suspended'),
  refused: doubtful('The address was refused without a reason'),
  'mailbox-full': soft('The mailbox is full'),
  'mailbox-busy': soft('The mailbox gets too much email at once'),
  greylisted: soft('The email was deferred by greylisting'),
  unreachable: soft('The mail server of the address could not be reached'),
  expired: soft('The email was given up after many attempts'),
  'server-trouble': soft('The mail server of the address has a problem'),
  failed: soft('The email was refused without a reason'),
  listed: policy('We are on a block list or have a bad reputation'),
  spam: policy('The email was taken for spam'),
  unauthenticated: policy('The proof of where the email comes from is missing or wrong'),
  'too-fast': policy('We send too much email at once'),
  'sender-refused': policy('Our own address was refused'),
  'not-relayed': policy('The server does not pass on email for us'),
  'not-allowed': policy('A rule of the receiving side forbids the email'),
  'too-large': message('The email is too large'),
  malformed: message('The form of the email was refused'),
  content: message('The content of the email was refused'),
} satisfies Record<string, Row>;

/** The name of a meaning. */
export type RefusalMeaning = keyof typeof meanings;
