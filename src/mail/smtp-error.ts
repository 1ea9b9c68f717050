import type { SMTPError } from 'nodemailer/lib/smtp-connection';
import { judgeReply, type SmtpOutcome, type SmtpStage } from './smtp-reply.ts';

/**
 * Judges an error that ended the conversation at a stage. Only a loss after the final dot leaves the outcome
 * in doubt.
 */
export function judgeError(error: SMTPError, stage: SmtpStage): SmtpOutcome {
  const reply = error.response;
  if (reply && /^[45]\d\d/.test(reply))
    return judgeReply(reply, stage === 'reply' || stage === 'body' ? stage : stageOf(error));
  if (stage === 'reply') {
    const lost =
      error.code === 'ETIMEDOUT' ? 'no answer after the message' : 'connection lost after the message';
    return { phase: 'ambiguous', reason: `${lost} (${error.message})` };
  }
  if (error.command === 'API' && error.code === 'EENVELOPE')
    return { ...localRefusal('rcpt', error), class: 'recipient' };
  if (error.code === 'EMESSAGE') return { ...localRefusal('mail', error), class: 'message' };
  const lostAt = stage === 'connect' ? stageOf(error) : stage;
  return { phase: 'retry', reply: error.message, stage: lostAt, class: 'relay', verdict: null };
}

/**
 * A refusal without the server's answer: an invalid address, or a message above the size limit that the
 * server announced.
 */
function localRefusal(stage: SmtpStage, error: Error) {
  return { phase: 'failed', reply: error.message, stage, verdict: null } as const;
}

/** Finds the stage of an error by the command that failed. */
function stageOf(error: SMTPError): SmtpStage {
  const command = error.command ?? '';
  const cause = `${error.code} ${error.originalCode ?? ''}`;
  if (command === 'STARTTLS' || /TLS|SSL|CERT/.test(cause)) return 'tls';
  if (command === 'EHLO' || command === 'HELO') return 'ehlo';
  if (command.startsWith('AUTH')) return 'auth';
  if (command === 'MAIL FROM') return 'mail';
  if (command === 'RCPT TO') return 'rcpt';
  if (command === 'DATA') return 'data';
  return error.code === 'EPROTOCOL' || error.response ? 'greeting' : 'connect';
}
