import { judgeRefusal, type RefusalEvidence, type RefusalVerdict } from '../core/refusals/judge.ts';

/** Where in an SMTP conversation something happened. `reply` is the server's answer to the whole message. */
export type SmtpStage =
  | 'connect'
  | 'greeting'
  | 'ehlo'
  | 'tls'
  | 'auth'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'body'
  | 'reply';

/**
 * The cause of a refusal. `recipient`: the address; `message`: content or size; `sender`: our address; `policy`: our
 * reputation; `relay`: the server that takes our mail, which did not judge this mail.
 */
export type RefusalClass = 'recipient' | 'message' | 'sender' | 'policy' | 'relay';

/** A refusal, or a conversation that ended before the message could be accepted. */
export type SmtpRefusal = {
  phase: 'retry' | 'failed';
  reply: string;
  stage: SmtpStage;
  class: RefusalClass;
  /** The meaning for this mail; null if the server did not judge it. */
  verdict: RefusalVerdict | null;
};

/** The outcome of one SMTP conversation; the phases are the ledger's. */
export type SmtpOutcome =
  | { phase: 'sent'; reply: string }
  | SmtpRefusal
  | { phase: 'ambiguous'; reason: string }
  | { phase: 'refused-by-ledger' };

/** The stages before MAIL. */
export const beforeMail: ReadonlySet<SmtpStage> = new Set(['connect', 'greeting', 'ehlo', 'tls', 'auth']);

/**
 * Judges a refusal for the ledger. A 4xx may be tried again at any stage. So may a 503 (the session was in
 * the wrong state) and any 5xx before MAIL: a wrong password or a closed relay says nothing about this mail.
 */
export function judgeReply(reply: string, stage: SmtpStage): SmtpRefusal {
  if (beforeMail.has(stage)) return { phase: 'retry', reply, stage, class: 'relay', verdict: null };
  const verdict = judgeRefusal({ stage: stagesOf[stage] ?? null, texts: [reply], statuses: [] });
  const code = Number(/^\d{3}/.exec(reply)?.[0] ?? 0);
  const isPermanent = code >= 500 && code < 600 && code !== 503;
  return { phase: isPermanent ? 'failed' : 'retry', reply, stage, class: classOf(verdict, stage), verdict };
}

/** DATA is absent: its refusal may concern the recipient or the session. */
const stagesOf: Partial<Record<SmtpStage, RefusalEvidence['stage']>> = {
  mail: 'mail',
  rcpt: 'rcpt',
  body: 'data',
  reply: 'data',
};

function classOf({ kind, meaning }: RefusalVerdict, stage: SmtpStage): RefusalClass {
  if (kind === 'message') return 'message';
  if (kind === 'policy') return meaning === 'sender-refused' ? 'sender' : 'policy';
  // RFC 5321, 4.2.3: a temporary refusal at MAIL is the server's own problem.
  const isServers = meaning === 'server-trouble' || meaning === 'unreachable' || stage === 'mail';
  return kind === 'soft' && isServers ? 'relay' : 'recipient';
}
