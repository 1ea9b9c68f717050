import { type Phrase, phrasesOf } from './phrase.ts';
import { domino, exchange, google, many, orange, postfix, qmail, rfc5321, yahoo } from './sources.ts';

/** A living mailbox with a problem, in unmistakable words. */
export const troublePhrases: readonly Phrase[] = [
  ...phrasesOf('mailbox-busy', google, [
    '(user|recipient|person|mailbox|account) … (receiving|getting|gets|receives) … (rate|quickly|fast)',
    'recipient thread limit exceeded',
  ]),
  ...phrasesOf('greylisted', postfix, ['(grey|gray)[-| ]list*']),
];

/** A full mailbox. */
export const fullPhrases: readonly Phrase[] = phrasesOf('mailbox-full', many, [
  '(mailbox|inbox|mail box|mailfolder|mail folder|maildir|mail spool|mail file) … (full|quota|exceed*|size limit)',
  '(mailbox|account|user|recipient|inbox) … (over|exceed*|out of|no) … (quota|storage|space|capacity|allocation)',
  '(over|exceed*) [their|his|her|its|the|allowed|disk|mail|mailbox|storage|user] quota',
  '[disk |storage |user |mail |mailbox |space |soft |hard ]quota … exceed*',
  '(reached|exceeded|overdrawn) … quota',
  '(quota|storage allocation) … (exceeded|violation|overrun|reached)',
  'over( |-)quota',
  '(insufficient|not enough|no|out of|exceed*) [its |the |mail |disk |mailbox |allowed |system ](storage|space|allocation|disk)',
  "(not|n't) … enough (space|storage|room)",
  'space not enough',
  'full mailbox',
  '(@|is) full',
  'too many (messages|mails) (on the server|in [the ](mailbox|inbox))',
]);

/** A mailbox that could be reopened. */
export const suspendedPhrases: readonly Phrase[] = phrasesOf('suspended', orange, [
  '(mailbox|account|user|recipient) [@ ][is |has been |was ][currently ][temporar* ](suspended|locked|frozen|blocked|expired|on hold)',
  '(suspended|locked|frozen|blocked|expired) (mailbox|account|user|recipient)',
]);

/** A mailbox that does not exist. */
export const gonePhrases: readonly Phrase[] = [
  ...phrasesOf('mailbox-closed', google, [
    '(mailbox|account|user|recipient|address|addressee) [@ ][[that ]you tried to reach ][is |has been |was ][currently |permanently ](disabled|deactivated|inactive|closed|terminated|discontinued|deleted|removed|cancel*|abandoned|not active)',
    '(disabled|deactivated|inactive|closed|terminated|deleted|cancel*|retired) (mailbox|account|user|recipient|[e-mail |email ]address)',
    'not an active (mailbox|account|user|address)',
    '(mailbox|account|user|recipient|address|person|employee|he|she|@) … no longer',
    'left the (company|organi*)',
  ]),
  ...phrasesOf('no-mailbox', postfix, [
    'no such (user|mailbox|recipient|address|person|account|local user|mail drop|mail box|addressee|name|alias|customer|virtual user|email|e-mail|here)',
    "(user|mailbox|recipient|rcpt|account|address|addressee|customer|local part|userid|alias|person) … (unknown|not found|not known|non-existent|nonexistent|not exist*|n't exist*|does not exist*|do not exist|not recognized|undefined)",
    '(unknown|invalid|nonexistent|non-existent|unrecognized|bad|undefined|illegal|incorrect|non-existing|non existing) [or … ](user|recipient|mailbox|address|account|local part|local-part|local user|rcpt|destination address|alias|addressee|userid|user name|e-mail address|email address|virtual user|customer|final delivery userid|destination mailbox)*',
    '@ [is |was ](unknown|not found|not known|does not exist|nonexistent|not recognized)',
    'address (is invalid|invalid|not valid|is not valid)',
  ]),
  ...phrasesOf('no-mailbox', qmail, [
    '(no|not a|not an|not our) [known |valid |such |local |existing |active ](mailbox|mail box|user|account|address)',
    'no (one|user|mailbox) by that name',
  ]),
  ...phrasesOf('no-mailbox', yahoo, [
    "(does not|doesn't|do not|don't) (have|handle|know|exist|recognize) … (account|mailbox|here|user|person|@)",
  ]),
  ...phrasesOf('no-mailbox', exchange, [
    'recip*notfound',
    "(address|recipient) [was |is ][not |could not be |couldn't be |cannot be ]found",
    "(could not|couldn't|cannot|can't|unable to) (find|locate) … (user|mailbox|recipient|address|account)",
  ]),
  ...phrasesOf('no-mailbox', domino, [
    '(user|recipient|address|account) … not (listed in|a valid|valid|on this|local|present)',
  ]),
  ...phrasesOf('no-mailbox', many, [
    'not a valid (recipient|e-mail address|email address)',
    'final email delivery point',
    'no valid recipients for',
  ]),
  ...phrasesOf('moved', rfc5321, [
    '(user|mailbox|account|recipient) [has |is ]moved',
    'user not local',
    'not our (user|customer)',
    'please try @',
  ]),
];
