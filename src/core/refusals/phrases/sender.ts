import { type Phrase, phrasesOf } from './phrase.ts';
import {
  apple,
  gmx,
  google,
  many,
  microsoft,
  orange,
  postfix,
  qmail,
  sendmail,
  tOnline,
  yahoo,
} from './sources.ts';

/** We send too fast. */
export const ratePhrases: readonly Phrase[] = [
  ...phrasesOf('too-fast', google, [
    '(daily|hourly|sending|smtp relay|outbound|message rate|mail rate) … (limit|quota|rate)* … exceed*',
    '(exceed*|over|reached) … (sending|message rate|connection rate|hourly|daily|connection|rate) (limit|quota|rate)*',
    '(reached|exceed*) your … (quota|limit)',
    'sent to too many recipients',
    'unusual rate of',
    'too many (messages|mails|e-mails|emails|recipients|connections|concurrent connections|sessions) [from|for|in|per|received|sent|this|to|by]',
    '(rate|connection rate|frequency) [limit*|control] (exceeded|limited|reached|too high)',
    '(rate|frequency)[- ]limit*',
    'throttled',
  ]),
  ...phrasesOf('too-fast', yahoo, [
    '(messages|all messages) from ~ [will be ](temporarily|permanently) deferred',
  ]),
];

/** The sender's identity: address, authentication, DNS, relaying. */
export const identityPhrases: readonly Phrase[] = [
  ...phrasesOf('sender-refused', sendmail, [
    'domain of sender',
    "sender … (reject*|refused|denied|not (exist|found|valid|verified|accept*)|does not|doesn't|invalid|unknown|unresolvable|blocked)",
    'sender (verif*|callout|address verif*) … (fail*|error|reject*)',
    "(cannot|can't|could not|unable to|failed to) (verify|resolve) [the |your ](sender|mail from)",
    "(mail from|mailfrom|return path|return-path|envelope from|envelope sender|from address|reply address) … (reject*|refused|denied|not (exist|found|valid|verified|accept*|allowed)|does not|doesn't|invalid|unknown|unresolvable)",
    'from: domain is invalid',
    'purported responsible address',
    'my name was rejected',
    'mismatches client ip',
    'invalid ip for sending mail of domain',
    'not [authorized|authorised|permitted|allowed] to send … (from|as) [this |the ](sender|domain|@|~)',
  ]),
  ...phrasesOf('unauthenticated', google, [
    '(dmarc|dkim|domainkeys|spf|sender id|senderid)[-]*',
    '(unauthenticated|unauthorized sender)',
    'authentication … (required|checks|information|fail*)',
    '(must|need to|please|turn on) … authenticat*',
    'not … authenticated',
    '(authrequired|sendernotauthenticated*|senderauthentication*)',
    'must issue a starttls',
    '(starttls|tls|encryption) … (required|needed|mandatory)',
  ]),
  ...phrasesOf('unauthenticated', postfix, [
    '(reverse dns|reverse hostname|reverse lookup|reverse name|rdns|ptr|fcrdns|forward dns|inverse dns)',
    'ip name (lookup|possibly forged)',
    'may be forged',
    "(cannot|can't|could not|unable to) (find|resolve|verify|look up) your",
    'helo … (reject*|invalid|refused|not|must|mismatch*|denied|fail*|incorrect)',
    'may not be mail exchanger',
    'dns record',
  ]),
  ...phrasesOf('not-relayed', qmail, [
    'relay* … (denied|prohibited|refused|forbidden|rejected|not (permitted|allowed|authorized|authorised))',
    "(not|unable|cannot|won't|refuse|denied|no|don't) [be |allowed |permitted |authorized |to ]relay*",
    'not a [mail |open ]relay',
    'open relay',
    'rcpthosts',
  ]),
];

/** The sender's reputation. */
export const standingPhrases: readonly Phrase[] = [
  ...phrasesOf('listed', postfix, [
    '(blocklist|blacklist|black list|block list|black-list|block-list|denylist|deny list|blackhole|black hole)*',
    '(dnsbl|rbl|surbl|uribl)*',
    '(blocked|listed|rejected|found|denied|refused) (by|using|in|at|on|via|with) [the |our ]~',
    '~ listed (by|in|on)',
    'client host … (rejected|blocked|denied|refused)',
    'host [is ](rejected|blocked|denied|refused|banned)',
    'not accepting connections',
  ]),
  ...phrasesOf('listed', google, [
    'reputation',
    'senderbase',
    'sbrs',
    'user complaints',
    'complaints [from|about]',
  ]),
  ...phrasesOf('listed', microsoft, [
    'banned … ip',
    'blocked ip',
    'ip … (blocked|banned|block listed|refused|rejected)',
    'banned sending',
  ]),
  ...phrasesOf('listed', gmx, [
    'no smtp service',
    'nemesis esmtp service not available',
    'remote sending only allowed',
  ]),
  ...phrasesOf('listed', orange, ['adresse ip source bloquee', 'service refuse', 'service refused']),
  ...phrasesOf('listed', many, [
    'from (your|this) (network|host|ip|server|isp|address|domain|system|subnet|provider|country|mail server)',
    '(mail|messages|connections|traffic|e-mail|email) … not … accepted from',
    'not accept* [any ](mail|messages|e-mail|email|connections|traffic) from',
    '(connection|session|mail|message|e-mail|email)s [was |were |is |are |has been |have been ](refused|rejected|denied|blocked|dropped) … (from|for policy|due to policy)',
    '(your|this|the|client|sending|source|remote|connecting|originating) … (blocked|banned|barred|not welcome)',
    '(been|was|is|are|message|mail|e-mail|email|temporarily|permanently|connection|~) blocked',
    'blocked - see',
    '(refused|rejected|denied|blocked) for policy',
    'not (allowed|permitted) to connect',
    'host network not allowed',
  ]),
  ...phrasesOf('listed', tOnline, ['ask your postmaster for help']),
  ...phrasesOf('spam', google, [
    '(spam|anti-spam|antispam|junk|unsolicited|bulk mail|ube|uce|phishing|mcspamsignature)*',
    '(likely|looks) suspicious',
    'message filtered',
  ]),
  ...phrasesOf('spam', apple, [
    '(message|mail|e-mail|email) content … (rejected|denied|refused|blocked|not accept*)',
    'content [was ]rejected',
    'rejected (due to|for|because of|by) … content',
    'objectionable content',
    'content (filter|scanner)',
    '(scored|classified|identified) as',
  ]),
];

/** Rules of the receiving side. Servers also name them beside a fault of the mailbox. */
export const rulePhrases: readonly Phrase[] = phrasesOf('not-allowed', many, [
  '(policy|policies)',
  'administrat* … (prohibit*|denied|rejected|refused|blocked)',
  '(prohibited|blocked|rejected) by … (administrator|recipient|user|owner)',
  'not (authorized|authorised|permitted|allowed) to (send|post|deliver|e-mail|email)',
  'permission … (post|send)',
  'delivery not authorized',
  'recipient preferences',
  '(whitelist|white list|allowlist)*',
  'only accepts (mail|messages|e-mail|email) from',
  'restricted',
  'resolver.rst.*',
  'not a [list ]member',
  'access [is |was ](denied|refused|rejected)',
  '(mail|message|e-mail|email|content) (rejected|refused|rejete)',
]);
