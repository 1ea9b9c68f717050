import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBounce } from '../../../src/mail/bounces/bounce.ts';

const ours = '<0123456789abcdef0123456789abcdef01234567@bell.example.org>';
const returned = `Return-Path: <bounces@bell.example.org>
Received: from bell.example.org by relay.example.net; Thu, 12 Nov 2026 09:00:00 +0000
From: Bell <bell@bell.example.org>
To: ann@example.net
Subject: 1 trial you follow changed
Message-ID: ${ours}
Content-Type: text/plain

It was refused as spam, blocked, 550 5.7.1.
`;

const fromDaemon = `Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@relay.example.net>
To: bounces@bell.example.org
Subject: failure notice
Date: Thu, 12 Nov 2026 09:00:05 +0000
Message-ID: <1@relay.example.net>
`;

type Part = [type: string, text: string];
const parts = (type: string, list: Part[], header = fromDaemon) =>
  `${header}MIME-Version: 1.0\nContent-Type: ${type}; boundary="b"\n\n${list
    .map(([partType, text]) => `--b\nContent-Type: ${partType}\n\n${text}\n`)
    .join('')}--b--\n`;
const report = 'multipart/report; report-type=delivery-status';
const status = (fields: string) =>
  `Reporting-MTA: dns; relay.example.net\n\nFinal-Recipient: rfc822; ann@example.net\n${fields}`;
const dead = 'Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 user unknown';

const qmail = `${fromDaemon}
Hi. This is the qmail-send program at relay.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ann@example.net>:
192.0.2.7 does not like recipient.
Remote host said: 550 5.1.1 <ann@example.net>: no mailbox here by that name
Giving up on 192.0.2.7.

--- Below this line is a copy of the message.

${returned}`;

/** Every form in which a server tells of a dead mailbox. */
const forms: [name: string, raw: string][] = [
  [
    'a delivery status',
    parts(report, [
      ['text/plain', 'It failed.'],
      ['message/delivery-status', status(dead)],
      ['message/rfc822', returned],
    ]),
  ],
  [
    'a delivery status inside multipart/mixed',
    parts('multipart/mixed', [
      ['text/plain', 'Hi!'],
      ['message/delivery-status', status(dead)],
      ['text/rfc822-headers', returned],
    ]),
  ],
  [
    'no status part at all',
    parts(report, [
      ['text/plain', '<ann@example.net>: 550 5.1.1 user unknown'],
      ['message/rfc822', returned],
    ]),
  ],
  [
    'no Diagnostic-Code, the answer in the words',
    parts(report, [
      ['text/plain', 'ann@example.net: 550 no such user'],
      ['message/delivery-status', status('Action: failed\nStatus: 5.0.0')],
      ['text/rfc822-headers', returned],
    ]),
  ],
  [
    'no words at all',
    parts(report, [
      ['message/delivery-status', status('Action: failed\nStatus: 5.1.1')],
      ['message/rfc822', returned],
    ]),
  ],
  [
    'the answer in X-Supplementary-Info',
    parts(report, [
      [
        'message/delivery-status',
        status(
          'Action: failed\nStatus: 5.0.0\nX-Supplementary-Info: <mx.example.net #5.1.1 smtp; 550 5.1.1 user unknown>',
        ),
      ],
      ['message/rfc822', returned],
    ]),
  ],
  [
    'a comment behind the action',
    parts(report, [
      ['message/delivery-status', status('Action: failed (no such user)\nStatus: 5.0.0')],
      ['message/rfc822', returned],
    ]),
  ],
  [
    'headers only',
    parts(report, [
      ['message/delivery-status', status(dead)],
      ['text/rfc822-headers', `Message-ID: ${ours}\n`],
    ]),
  ],
  [
    'a status among the words',
    `${fromDaemon}\nTechnical report:\n\nReporting-MTA: dns; x\n\n${dead}\nFinal-Recipient: rfc822; ann@example.net\n\n${returned}`,
  ],
  [
    'a report that a gateway packed into its own',
    parts('multipart/mixed', [
      ['text/plain', 'Forwarded.'],
      [
        'message/rfc822',
        parts(report, [
          ['message/delivery-status', status(dead)],
          ['message/rfc822', returned],
        ])
          .replaceAll('"b"', '"c"')
          .replaceAll('--b', '--c'),
      ],
    ]),
  ],
  ['qmail', qmail],
  [
    'Exim before 4.90',
    `${fromDaemon.replace('failure notice', 'Mail delivery failed')}X-Failed-Recipients: ann@example.net\nAuto-Submitted: auto-replied\n\nThis message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  ann@example.net\n    SMTP error from remote mail server after RCPT TO:<ann@example.net>:\n    host mx.example.net [192.0.2.7]: 550 No such user here\n\n------ This is a copy of the message, including all the headers. ------\n\n${returned}`,
  ],
  [
    'DragonFly Mail Agent',
    `From: MAILER-DAEMON <>\nTo: bounces@bell.example.org\nSubject: Mail delivery failed\n\nThis is the DragonFly Mail Agent v0.13 at relay.example.net.\n\nThere was an error delivering your mail to <ann@example.net>.\n\nmx.example.net [192.0.2.7] did not like our RCPT TO:\n550 5.1.1 no such user\n\nMessage headers follow.\n\n${returned}`,
  ],
  [
    'Sendmail, quoting the conversation',
    `${fromDaemon}\n   ----- The following addresses had permanent fatal errors -----\n<ann@example.net>\n    (reason: 550 No such user here)\n\n   ----- Transcript of session follows -----\n... while talking to mx.example.net.:\n>>> DATA\n<<< 550 No such user here\n554 5.0.0 Service unavailable\n<<< 554 5.5.1 no valid recipients\n\n${returned}`,
  ],
  [
    'a damaged report',
    parts(report, [
      ['message/delivery-status', status(dead)],
      ['message/rfc822', returned],
    ]).replace('boundary="b"', 'boundary="lost"'),
  ],
];

describe('B4: every form in which a failure is told', () => {
  it.each(forms)('%s', async (_name, raw) => {
    expect(await readBounce(raw)).toMatchObject({ kind: 'hard', limit: 'at-once', messageIds: [ours] });
  });

  it('reads the same with any line ends, behind a mailbox’s first line, and with empty lines before', async () => {
    for (const [name, raw] of forms) {
      const all = [
        raw.replaceAll('\n', '\r\n'),
        raw.replaceAll('\n', '\r'),
        `From MAILER-DAEMON Thu Nov 12 09:00:05 2026\n${raw}`,
        `>From MAILER-DAEMON Thu Nov 12 09:00:05 2026\r\n${raw.replaceAll('\n', '\r\n')}`,
        `\n  \n\n${raw}`,
      ];
      for (const changed of all)
        expect([name, await readBounce(changed)]).toMatchObject([name, { kind: 'hard', messageIds: [ours] }]);
    }
  });

  it('reads 8-bit words in any charset', async () => {
    const words = (charset: string, text: Buffer) =>
      Buffer.concat([
        Buffer.from(
          `${fromDaemon}Content-Type: text/plain; charset=${charset}\nContent-Transfer-Encoding: 8bit\n\n`,
        ),
        text,
        Buffer.from(`\n\n${returned}`),
      ]);
    const mails = [
      words('utf-8', Buffer.from('550 el buzón no existe')),
      words('iso-8859-1', Buffer.from('550 el buzón no existe', 'latin1')),
      words('no-such-charset', Buffer.from('550 user unknown: el buzón no existe')),
      words('utf-8', Buffer.from('550 Benutzer unbekannt: Empfänger', 'latin1')),
    ];
    for (const mail of mails)
      expect(await readBounce(mail)).toMatchObject({ kind: 'hard', messageIds: [ours] });
  });

  it('the words of the returned mail are nobody’s answer', async () => {
    const bare = qmail
      .replace(/^Remote host said.*$/m, 'Remote host said: 550 refused')
      .replace(/^192.*recipient\.$/m, '');
    expect(await readBounce(bare)).toMatchObject({ kind: 'soft', limit: 'three' });
  });

  it('a mail given up after days of trying is a failure, though the report says delayed', async () => {
    const raw = (text: string) =>
      parts(report, [
        ['text/plain', text],
        ['message/delivery-status', status('Action: delayed\nStatus: 4.4.7')],
        ['message/rfc822', returned],
      ]);
    expect(await readBounce(raw('It failed.'))).toMatchObject({ kind: 'soft', limit: 'row' });
    const opensmtpd = 'A message is delayed: Envelope expired\n\nThis is only a temporary failure report.';
    expect(await readBounce(raw(opensmtpd))).toMatchObject({ kind: 'delayed', limit: 'row' });
  });

  it('a mailbox that refuses by a disposition notification has refused', async () => {
    const dovecot = parts(
      'multipart/report; report-type=disposition-notification',
      [
        ['text/plain', 'Your message to <ann@example.net> was automatically rejected:\nQuota exceeded'],
        [
          'message/disposition-notification',
          `Original-Message-ID: ${ours}\nDisposition: automatic-action/MDN-sent-automatically; deleted`,
        ],
      ],
      fromDaemon.replace('failure notice', 'Automatically rejected mail') +
        'Auto-Submitted: auto-replied (rejected)\n',
    );
    expect(await readBounce(dovecot)).toMatchObject({ kind: 'soft', limit: 'row', messageIds: [ours] });
  });

  it('an address that leads to several mailboxes is judged by each', async () => {
    const two = (second: string) =>
      parts(report, [
        ['message/delivery-status', `${status(dead)}\n\nFinal-Recipient: rfc822; bob@example.net\n${second}`],
        ['message/rfc822', returned],
      ]);
    expect(await readBounce(two(dead))).toMatchObject({ kind: 'hard' });
    expect(await readBounce(two('Action: delivered\nStatus: 2.0.0'))).toMatchObject({
      kind: 'soft',
      limit: 'row',
    });
  });

  it('Outlook.com’s complaints hold the mail alone', async () => {
    const raw = parts(
      'multipart/mixed',
      [['message/rfc822', `X-HmXmrOriginalRecipient: ann@outlook.com\n${returned}`]],
      'From: staff@hotmail.com\nSubject: complaint about message from 192.0.2.1\n',
    );
    expect(await readBounce(raw)).toMatchObject({ kind: 'complaint', messageIds: [ours] });
  });
});

const ann = `From: Ann <ann@example.net>\nTo: bounces@bell.example.org\nIn-Reply-To: ${ours}\n`;
const quote = '\n\n> 550 5.1.1 user unknown, mailbox full\n';

describe('B5: what counts for nothing', () => {
  it.each<[name: string, raw: string]>([
    [
      'an out-of-office reply',
      `${ann}Auto-Submitted: auto-replied\nSubject: Out of office\n\nBack in May. My mailbox does not exist until then.${quote}`,
    ],
    [
      'a vacation message from nobody',
      `Return-Path: <>\n${ann}X-Autoreply: yes\nSubject: Re: 1 trial\n\nI am away. Undeliverable until May.${quote}`,
    ],
    [
      'an old one marked by its precedence',
      `${ann}Precedence: auto_reply\nSubject: Delivery failed? No, I am away\n${quote}`,
    ],
    ['one in German', `${ann}Subject: Abwesenheitsnotiz: 1 trial you follow\n\nIch bin nicht da.${quote}`],
    [
      'a challenge',
      `${ann}Subject: Re: 1 trial (action required)\n\nPlease confirm that you are human before your message is delivered.${quote}`,
    ],
    [
      'a challenge that looks like a report',
      parts(report, [
        ['text/plain', 'Your message has been waitlisted.'],
        [
          'message/delivery-status',
          status('Action: failed\nStatus: 4.7.0\nDiagnostic-Code: x-y; Sender not pre-approved'),
        ],
        ['message/rfc822', returned],
      ]),
    ],
    [
      'a read receipt',
      parts(
        'multipart/report; report-type=disposition-notification',
        [
          ['text/plain', 'It was read.'],
          [
            'message/disposition-notification',
            `Original-Message-ID: ${ours}\nDisposition: manual-action/MDN-sent-manually; displayed`,
          ],
        ],
        `${ann}Subject: Read: 1 trial\n`,
      ),
    ],
    [
      'one that was deleted unread',
      parts(
        'multipart/report; report-type=disposition-notification',
        [
          ['text/plain', 'It was deleted without being read: could not be delivered.'],
          ['message/disposition-notification', 'Disposition: manual-action/MDN-sent-manually; deleted'],
        ],
        `${ann}Subject: Not read: 1 trial\n`,
      ),
    ],
    [
      'an answer of a person',
      `${ann}Subject: Re: 1 trial\n\nThe address of the hospital is invalid.${quote}`,
    ],
    ['nothing at all', ''],
    ['zeros', '\0\0\0'],
  ])('%s', async (_name, raw) => {
    expect(await readBounce(raw)).toMatchObject({ kind: 'none', limit: null });
  });

  it.each<[name: string, raw: string]>([
    [
      'a status',
      parts(report, [
        ['text/plain', 'Wait.'],
        [
          'message/delivery-status',
          status('Action: delayed\nStatus: 4.4.1\nDiagnostic-Code: smtp; 450 4.1.1 user unknown'),
        ],
        ['message/rfc822', returned],
      ]),
    ],
    [
      'Exim’s words',
      `${fromDaemon.replace('failure notice', 'Warning: message delayed 24 hours')}\nThis message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours on the queue.\n\n  ann@example.net\n    host mx.example.net: 450 user unknown\n\nNo action is required on your part. Delivery attempts will continue for\nsome time. Eventually the mail delivery software will give up.\n\n${returned}`,
    ],
    [
      'Sendmail’s words',
      `${fromDaemon.replace('failure notice', 'Warning: could not send message for past 4 hours')}\n    **********************************************\n    **      THIS IS A WARNING MESSAGE ONLY      **\n    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **\n    **********************************************\n<ann@example.net>... Deferred: Connection refused\n\n${returned}`,
    ],
  ])('a delay told by %s is still being tried', async (_name, raw) => {
    expect(await readBounce(raw)).toMatchObject({ kind: 'delayed', limit: null });
  });
});

describe('bad input is bounded', () => {
  const repeated = (text: string, length: number) => text.repeat(Math.ceil(length / text.length));
  const plain = `${fromDaemon}\n`;

  it.each<[name: string, raw: string]>([
    ['10 MB of words', plain + repeated('user unknown mailbox ', 10_000_000)],
    ['10 MB of empty lines', plain + repeated('\n', 10_000_000)],
    ['5 MB of answers', plain + repeated('550-x\n', 5_000_000)],
    ['5 MB of quotes', plain + repeated('<<< 550 x\n', 5_000_000)],
    [
      '5 MB of recipients',
      parts(report, [['message/delivery-status', repeated(`${status(dead)}\n\n`, 5_000_000)]]),
    ],
    ['5 MB of reports in reports', repeated(`Content-Type: message/rfc822\n\n${fromDaemon}`, 5_000_000)],
    ['5 MB of parts in parts', repeated('Content-Type: multipart/mixed; boundary=b\n\n--b\n', 5_000_000)],
    ['a header of 5 MB', `Subject: ${repeated('out of the ', 5_000_000)}\n${plain}`],
    [
      '5 MB of HTML that never ends',
      `${fromDaemon}Content-Type: text/html\n\n${repeated('<style', 5_000_000)}`,
    ],
    [
      'a comment of 5 MB',
      parts(report, [['message/delivery-status', status(`Action: failed ${repeated('(', 5_000_000)}`)]]),
    ],
  ])('%s', async (_name, raw) => {
    const { said, reason, messageIds } = await readBounce(raw);
    expect(said.length).toBeLessThanOrEqual(1_000);
    expect(reason.length).toBeLessThan(300);
    expect(messageIds.length).toBeLessThanOrEqual(10);
  });

  it('whatever is changed in a report, it is read without a fault', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...forms.map(([, raw]) => raw)),
        fc.nat(2_000),
        fc.uint8Array({ maxLength: 60 }),
        async (raw, at, noise) => {
          const bytes = Buffer.from(raw);
          const { said } = await readBounce(
            Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at + noise.length)]),
          );
          expect(said).not.toMatch(/\p{Cc}/u);
        },
      ),
    );
  });
});
