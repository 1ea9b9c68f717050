import { judgeRefusal, type RefusalEvidence } from '../../core/refusals/judge.ts';
import { type Reported, reportOf } from './kinds.ts';
import { findAnswer, findServerWords } from './notice.ts';
import { type Fields, firstValue } from './report-fields.ts';
import { saysDelayed } from './writer.ts';

/**
 * Judges the recipients of a delivery status (RFC 3464) together with its notice, or the notice alone if
 * there is no status. Each of our mails has one recipient, so several recipients are forwarding targets of
 * its address.
 */
export function judgeRecipients(blocks: Fields[], words: string): Reported {
  const recipients = blocks
    .filter((fields) => fields.has('action') || fields.has('status'))
    .slice(0, mostRecipients);
  if (recipients.length < 2) return judgeRecipient(recipients[0] ?? new Map(), words);
  // The notice speaks about all of them, so it cannot tell them apart.
  const reports = recipients.map((fields) => judgeRecipient(fields, ''));
  const worst = order.flatMap((kind) => reports.filter((report) => report.kind === kind))[0];
  if (!worst) return reportOf('information', 'Nothing went wrong.');
  // If another target was or may be reached, the address itself is alive.
  const isAlive = worst.kind === 'hard' && reports.some(({ kind }) => kind !== 'hard');
  return isAlive
    ? { ...worst, kind: 'soft', limit: 'row', reason: `One of several mailboxes. ${worst.reason}` }
    : worst;
}

/** Each of our mails has one recipient, so a longer list is forged. */
const mostRecipients = 50;
const order = ['policy', 'hard', 'soft', 'message', 'delayed', 'information'] as const;

function judgeRecipient(fields: Fields, words: string): Reported {
  const status = /[245]\.\d{1,3}\.\d{1,3}/.exec(firstValue(fields, 'status') ?? '')?.[0] ?? null;
  const action = readAction(firstValue(fields, 'action'), status);
  const diagnoses = [
    ...(fields.get('diagnostic-code') ?? []),
    ...(fields.get('x-supplementary-info') ?? []),
  ].map((text) => text.replace(/^[\w-]+\s*;\s*/, ''));
  const serverWords = findServerWords(words);
  const said = [...diagnoses, findAnswer(serverWords), status ?? ''].find((text) => text !== '') ?? '';
  if (action === 'information') return reportOf('information', 'Nothing went wrong.', said);
  if (action === 'delayed') {
    const isOver = status === '4.4.7' || status?.startsWith('5');
    if (!isOver) return reportOf('delayed', 'The mail is still being tried.', said);
    // OpenSMTPD before 7.9 reports an expired mail as delayed, in its words too.
    if (saysDelayed(words)) {
      const reason = `The report calls the mail delayed, but its status ${status} says that it was given up.`;
      return { kind: 'delayed', limit: 'row', reason, said };
    }
  }
  const texts = [...diagnoses, serverWords, ...commentsOf(fields)];
  const refusal: RefusalEvidence = {
    stage: findStage([...diagnoses, words]),
    texts,
    statuses: status ? [status] : [],
  };
  const { kind, limit, reason } = judgeRefusal(refusal);
  return { kind, limit, reason, said };
}

/** RFC 3464, 2.3.3 has five actions; some servers add a comment or use their own words. */
function readAction(action: string | undefined, status: string | null): 'failed' | 'delayed' | 'information' {
  const word = /^[a-z]+/.exec(action?.trim().toLowerCase() ?? '')?.[0] ?? '';
  if (word === 'delayed') return 'delayed';
  if (['delivered', 'relayed', 'expanded'].includes(word)) return 'information';
  return status?.startsWith('2') ? 'information' : 'failed';
}

/** Comments in parentheses after an action or a status. */
function commentsOf(fields: Fields): string[] {
  return ['status', 'action'].flatMap(
    (name) => /\(([^()]*)\)/.exec(firstValue(fields, name) ?? '')?.[1] ?? [],
  );
}

/** Finds the stage of the conversation that a relay mentions. */
function findStage(texts: string[]): RefusalEvidence['stage'] {
  const told = texts.join('\n');
  // Sendmail quotes DATA for an answer to RCPT if it sent both at once.
  if (/(?:in reply to|after) (?:end of data|data)\b/i.test(told)) return 'data';
  if (/(?:in reply to|after|did not like our) rcpt to\b|>>> RCPT TO/i.test(told)) return 'rcpt';
  return /(?:in reply to|after|did not like our) mail from\b|>>> MAIL FROM/i.test(told) ? 'mail' : null;
}
