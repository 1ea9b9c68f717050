import type { DigestFacts, MailFacts, Step, Verdict, WhyFacts } from './facts.ts';

const bounceKeys: Record<string, string> = {
  hard: 'admin.why.bounced.hard',
  soft: 'admin.why.bounced.soft',
  policy: 'admin.why.bounced.policy',
  message: 'admin.why.bounced.message',
  complaint: 'admin.why.bounced.complaint',
};

/** Explains a promised digest up to the mail server's answer, including returned mail. */
export function explainMail(
  { now, person, pause }: Pick<WhyFacts, 'now' | 'person' | 'pause'>,
  digest: DigestFacts,
): { steps: Step[]; verdict: Verdict } {
  const { id, mail, dueAt, plannedAt } = digest;
  const promised: Step = { verdict: 'yes', key: 'admin.why.promised', values: { id, dueAt, plannedAt } };
  if (mail === null) {
    const gone: Step = { verdict: 'no', key: 'admin.why.mail.gone', values: {} };
    return { steps: [promised, gone], verdict: { kind: 'undelivered', digestId: id } };
  }
  const waits = mail.phase === 'planned' || mail.phase === 'retry';
  const held: Step[] = [];
  if (waits && person.suppressed)
    held.push({ verdict: 'no', key: 'admin.why.suppressed', values: { ...person.suppressed } });
  else if (waits && pause)
    held.push({
      verdict: 'wait',
      key: pauseKeys[pause.reason],
      values: { untilAt: pause.until, reply: pause.reply },
    });
  else if (waits && mail.pacedUntil !== null && mail.pacedUntil > now)
    held.push({ verdict: 'wait', key: 'admin.why.mail.paced', values: { untilAt: mail.pacedUntil } });
  return {
    steps: [promised, ...phaseSteps(mail, id), ...held, ...bounceSteps(mail)],
    verdict: { kind: kindOf(mail, held), digestId: id },
  };
}

const pauseKeys = { policy: 'admin.why.mail.pause.policy', relay: 'admin.why.mail.pause.relay' };

function kindOf(mail: MailFacts, held: Step[]): 'sent' | 'promised' | 'in-doubt' | 'undelivered' {
  if (mail.phase === 'sent') return 'sent';
  if (mail.phase === 'ambiguous') return 'in-doubt';
  const isOver = mail.phase === 'failed' || mail.phase === 'cancelled' || mail.phase === 'suppressed';
  if (!isOver && !held.some(({ verdict }) => verdict === 'no')) return 'promised';
  // An attempt with unknown outcome may have arrived, whatever the result of the next one.
  return mail.wasAmbiguous ? 'in-doubt' : 'undelivered';
}

function phaseSteps(mail: MailFacts, digestId: number): Step[] {
  const { phase, dueAt, attempts, finishedAt, messageId } = mail;
  const reply = mail.reply ?? '';
  const step = (verdict: Step['verdict'], key: string, values: Step['values'] = {}): Step => ({
    verdict,
    key,
    values,
  });
  const unsure = mail.wasAmbiguous ? [step('plain', 'admin.why.mail.doubted-before')] : [];
  const ended = { reply, finishedAt: finishedAt ?? '' };
  const named = messageId === null ? [] : [step('plain', 'admin.why.mail.message-id', { messageId })];
  const doubted = mail.wasAmbiguous ? [step('plain', 'admin.why.mail.doubted')] : [];
  switch (phase) {
    case 'planned':
      return [step('wait', 'admin.why.mail.planned', { dueAt })];
    case 'claimed':
    case 'body':
      return [step('wait', 'admin.why.mail.underway'), ...named];
    case 'retry':
      return [step('wait', 'admin.why.mail.retry', { dueAt, attempts, reply }), ...doubted];
    case 'sent':
      return [step('yes', 'admin.why.mail.sent', { ...ended, id: digestId }), ...named, ...doubted];
    case 'ambiguous':
      return [
        step('wait', mail.settled ? 'admin.why.mail.doubt-stays' : 'admin.why.mail.doubt', { reply }),
        ...named,
      ];
    case 'failed':
      return [step('no', 'admin.why.mail.failed', { ...ended, attempts }), ...unsure];
    case 'cancelled':
      return [step('no', 'admin.why.mail.cancelled', ended), ...unsure];
    case 'suppressed':
      return [step('no', 'admin.why.mail.suppressed', ended), ...unsure];
  }
}

function bounceSteps({ bounces }: MailFacts): Step[] {
  return bounces.map(({ kind, at }) => ({
    verdict: kind === 'complaint' ? ('plain' as const) : ('no' as const),
    key: bounceKeys[kind] ?? 'admin.why.bounced.soft',
    values: { bouncedAt: at },
  }));
}
