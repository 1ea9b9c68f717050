import { describe, expect, it } from 'vitest';
import { judgeReply, type SmtpStage } from '../../../src/mail/smtp-reply.ts';

describe('the meaning of a server’s refusal', () => {
  it('E6: x.7.x is policy, never the recipient’s fault', () => {
    for (const stage of ['mail', 'rcpt', 'data', 'reply'] as const) {
      expect(judgeReply('550 5.7.1 blocked', stage).class).toBe('policy');
      expect(judgeReply('451 4.7.650 slow down', stage).class).toBe('policy');
    }
  });

  it('tells the address, our address, the message and the relay apart', () => {
    const cases: [string, SmtpStage, string][] = [
      ['550 5.1.1 no such user', 'rcpt', 'recipient'],
      ['550 5.1.1 no such user', 'reply', 'recipient'],
      ['550 5.1.8 bad sender', 'mail', 'sender'],
      ['550 5.1.1 unknown', 'mail', 'sender'],
      ['552 5.2.2 mailbox full', 'rcpt', 'recipient'],
      ['552 5.2.3 too long', 'reply', 'message'],
      ['552 5.3.4 too big', 'mail', 'message'],
      ['554 5.6.0 bad content', 'reply', 'message'],
      ['451 4.4.1 host away', 'rcpt', 'relay'],
      ['452 4.3.1 no space', 'mail', 'relay'],
      ['550 no', 'rcpt', 'recipient'],
      ['550 no', 'mail', 'sender'],
      ['554 no', 'reply', 'recipient'],
      ['535 5.7.8 wrong password', 'auth', 'relay'],
      ['554 no service', 'greeting', 'relay'],
    ];
    for (const [reply, stage, wanted] of cases)
      expect([reply, judgeReply(reply, stage).class]).toEqual([reply, wanted]);
  });

  it('says nothing of an address before MAIL', () => {
    expect(judgeReply('550 5.1.1 no such user', 'greeting').verdict).toBeNull();
    expect(judgeReply('550 5.1.1 no such user', 'rcpt').verdict?.limit).toBe('at-once');
  });

  it('B3: a bare refusal after the message may be about the message', () => {
    expect(judgeReply('550 no', 'rcpt').verdict?.limit).toBe('three');
    expect(judgeReply('550 no', 'reply').verdict?.limit).toBe('row');
  });

  it('R3: any 4xx may be tried again, and so may a 503 and any reply before the mail is named', () => {
    expect(judgeReply('421 4.3.2 closing', 'reply').phase).toBe('retry');
    expect(judgeReply('503 bad sequence', 'data').phase).toBe('retry');
    expect(judgeReply('535 5.7.8 wrong password', 'auth').phase).toBe('retry');
    expect(judgeReply('554 5.6.0 bad content', 'reply').phase).toBe('failed');
  });
});
