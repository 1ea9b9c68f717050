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
 * Whose fault a refusal is: `recipient` the address, `message` its content or size, `sender` our address, `policy`
 * our standing (x.7.x, never the recipient's fault), `relay` the server we hand mail to (nothing was said of this mail).
 */
export type RefusalClass = 'recipient' | 'message' | 'sender' | 'policy' | 'relay';

/** A refusal, or a conversation that ended before the message could be accepted. */
export type SmtpRefusal = {
  phase: 'retry' | 'failed';
  reply: string;
  stage: SmtpStage;
  class: RefusalClass;
  enhanced: string | null;
};

/** What one SMTP conversation came to; the phases are the ledger's. */
export type SmtpOutcome =
  | { phase: 'sent'; reply: string }
  | SmtpRefusal
  | { phase: 'ambiguous'; reason: string }
  | { phase: 'refused-by-ledger' };

/** The enhanced status code of a reply (RFC 3463), `5.1.1`, or null. */
export function enhancedCodeOf(reply: string): string | null {
  return /^[245]\d\d[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(reply)?.[1] ?? null;
}

/** The stages at which nothing was said of any mail yet. */
export const beforeMail: ReadonlySet<SmtpStage> = new Set(['connect', 'greeting', 'ehlo', 'tls', 'auth']);

/** Whose fault a refusal at that stage is, by its enhanced code where it has one (RFC 3463), else by the stage. */
export function classifyRefusal(reply: string, stage: SmtpStage): RefusalClass {
  if (beforeMail.has(stage)) return 'relay';
  const enhanced = enhancedCodeOf(reply);
  const [, subject, detail] = (enhanced ?? '').split('.').map(Number);
  if (subject === 7) return 'policy';
  if (subject === 1) return detail === 7 || detail === 8 ? 'sender' : 'recipient';
  if (subject === 2) return detail === 3 ? 'message' : 'recipient';
  if (subject === 3 || subject === 6) return detail === 4 || subject === 6 ? 'message' : 'relay';
  if (subject === 4 || subject === 5) return 'relay';
  if (stage === 'rcpt') return 'recipient';
  // RFC 5321 4.2.3: 450, 451 and 452 at MAIL are the server's own troubles.
  if (stage === 'mail') return reply.startsWith('4') ? 'relay' : 'sender';
  return 'message';
}

/**
 * What a refusal means for the ledger. A 4xx may be tried again, whenever it comes. So may a 503 (the session was in
 * the wrong state) and any 5xx before MAIL: a wrong password or a closed relay says nothing about this mail.
 */
export function judgeReply(reply: string, stage: SmtpStage): SmtpOutcome {
  const refusal = { reply, stage, class: classifyRefusal(reply, stage), enhanced: enhancedCodeOf(reply) };
  const code = Number(/^\d{3}/.exec(reply)?.[0] ?? 0);
  const permanent = code >= 500 && code < 600 && code !== 503 && !beforeMail.has(stage);
  return permanent ? { phase: 'failed', ...refusal } : { phase: 'retry', ...refusal };
}
