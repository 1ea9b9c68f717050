import { type Phrase, phrasesOf } from './phrase.ts';
import { many, postfix } from './sources.ts';

/** The server refuses the mail itself, for any recipient. */
export const messagePhrases: readonly Phrase[] = [
  ...phrasesOf('too-large', many, [
    '(message|mail|e-mail|email|body|data) … (too (large|big)|size (exceed*|above|over|limit*|larger))',
    '(message|mail|e-mail|email) … (exceed*|larger than|over|above) … (size|limit|maximum|bytes|kb|mb)',
    'size limit … (exceeded|message)',
    'exceed* … (maximum|fixed|message) … size',
    '(recipsizelimit|sendsizelimit|message size|message length) … (exceed*|limit|too|above|large)*',
    'maximum message size',
    'message is too long',
    'messages larger than',
  ]),
  ...phrasesOf('content', many, [
    '(virus|viruses|malware|trojan|worm) … (detected|found|rejected|blocked|infected)',
    '(contains|contained|infected|detected) … (virus|malware|trojan|worm)',
    'not accepting mail with',
    '(attachment|file type|executable|banned file|macro)* … (not (allowed|accept*|permitted)|prohibited|blocked|banned|forbidden|removed|reject*)',
  ]),
  ...phrasesOf('malformed', postfix, [
    '(header|headers) … (too (large|long|many)|invalid|missing|malformed|syntax|required|not (valid|compliant)|multiple|duplicate)',
    '(improper use of 8-bit|8-bit data|bare lf|bare newline|line too long|line length|line limit exceeded|missing [or invalid ][message-id|from|date|to])',
    '(rfc|rfc 5322|rfc 2822|rfc5322|rfc2822|rfc822) compl*',
    '(violates|violation of|not compliant with|does not comply with) rfc*',
    '(malformed|badly formed) (message|mail|mime|header)*',
  ]),
];
