import { describe, expect, it } from 'vitest';
import { classifyRefusal, enhancedCodeOf, judgeReply } from '../../../src/mail/smtp-reply.ts';

describe('what a server’s refusal means', () => {
  it('finds the enhanced status code where there is one', () => {
    expect(enhancedCodeOf('550 5.1.1 no such user')).toBe('5.1.1');
    expect(enhancedCodeOf('550-5.7.26 unauthenticated\n550 5.7.26 mail')).toBe('5.7.26');
    expect(enhancedCodeOf('550 user 5.1.1 unknown')).toBeNull();
    expect(enhancedCodeOf('550 1.2.3.4 is blocked')).toBeNull();
  });

  it('E6: x.7.x is policy, never the recipient’s fault', () => {
    for (const stage of ['mail', 'rcpt', 'data', 'reply'] as const) {
      expect(classifyRefusal('550 5.7.1 blocked', stage)).toBe('policy');
      expect(classifyRefusal('451 4.7.650 slow down', stage)).toBe('policy');
    }
  });

  it('tells the address, our address, the message and the relay apart', () => {
    const cases: [string, Parameters<typeof classifyRefusal>[1], string][] = [
      ['550 5.1.1 no such user', 'rcpt', 'recipient'],
      ['550 5.1.1 no such user', 'reply', 'recipient'],
      ['550 5.1.8 bad sender', 'mail', 'sender'],
      ['552 5.2.2 mailbox full', 'rcpt', 'recipient'],
      ['552 5.2.3 too long', 'reply', 'message'],
      ['552 5.3.4 too big', 'mail', 'message'],
      ['554 5.6.0 bad content', 'reply', 'message'],
      ['451 4.4.1 host away', 'rcpt', 'relay'],
      ['550 no', 'rcpt', 'recipient'],
      ['550 no', 'mail', 'sender'],
      ['554 no', 'reply', 'message'],
      ['535 5.7.8 wrong password', 'auth', 'relay'],
      ['554 no service', 'greeting', 'relay'],
    ];
    for (const [reply, stage, wanted] of cases)
      expect([reply, classifyRefusal(reply, stage)]).toEqual([reply, wanted]);
  });

  it('R3: any 4xx may be tried again, and so may a 503 and what is said before the mail is named', () => {
    expect(judgeReply('421 4.3.2 closing', 'reply').phase).toBe('retry');
    expect(judgeReply('503 bad sequence', 'data').phase).toBe('retry');
    expect(judgeReply('535 5.7.8 wrong password', 'auth').phase).toBe('retry');
    expect(judgeReply('554 5.6.0 bad content', 'reply').phase).toBe('failed');
  });
});
