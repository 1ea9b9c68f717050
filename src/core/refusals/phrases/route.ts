import { type Phrase, phrasesOf } from './phrase.ts';
import { exim, many, postfix, rfc5321, sendmail } from './sources.ts';

/** Unmistakable words whose parts mean something else in other contexts. */
export const fixedPhrases: readonly Phrase[] = [
  ...phrasesOf('no-mail-domain', exim, ['mx or srv record indicated no smtp service']),
  ...phrasesOf('no-domain', exim, [
    'account or domain may not exist',
    'unroutable (address|mail domain)',
    'unrouteable (address|mail domain)',
    'no address associated with',
  ]),
  ...phrasesOf('no-mailbox', many, ['user unknown in … (domain|host|table)']),
];

/** The address's domain does not exist or takes no mail. */
export const domainPhrases: readonly Phrase[] = [
  ...phrasesOf('no-mail-domain', many, [
    '(null mx|nullmx|null-mx)',
    "(host|domain|server|site|system|~) … (does not|doesn't|do not|will not|won't|takes no|accepts no|never) [accept|receive|take|want] [any ](mail|e-mail|email|messages)",
    '(host|domain|server|site|system|~) (takes|accepts|receives) no [more ](mail|e-mail|email|messages)',
    'does not accept (mail|e-mail|email|messages)',
    "(doesn't|does not) receive (mail|e-mail|email)",
  ]),
  ...phrasesOf('no-domain', postfix, [
    "(host|domain|domain name|hostname) [name ][@ |~ |is |was |could ](not found|unknown|not known|does not exist|doesn't exist|nonexistent|invalid|not be found)",
    '(unknown|invalid|nonexistent|no such|bad|non-existent) (host|domain|destination)*',
    'domain … not reachable',
    '~ does not exist',
    'illegal host',
    'name service error',
    'name or service not known',
    '(no|without) … (mx|mx record|mx host|a record|mail exchanger|mail host)* [record*|found|host*]',
    "couldn't find any host",
    'dns (error|lookup failure|lookup failed)',
    'nxdomain',
    "domain isn't in my list",
    '(all relevant mx records|mx record)* … (point|found)',
  ]),
];

/** A server that asks for another try, which it would not do for a deleted mailbox. */
export const laterPhrases: readonly Phrase[] = phrasesOf('server-trouble', many, [
  '(try|come back|retry) [again ]later',
  '(try again|please retry|not now)',
  '(too busy|high load|load average)',
]);

/** A server that was not reached or has an outage. */
export const serverPhrases: readonly Phrase[] = [
  ...phrasesOf('expired', exim, [
    'retry time[out] … exceeded',
    '(envelope|message|mail|delivery time|queue*|message has) … (expired|too old|too long)',
    'in the queue too long',
    'could not be delivered for [the last ]*',
    'retrying for',
  ]),
  ...phrasesOf('unreachable', sendmail, [
    '(connection|connect|conversation|session|operation|network|host|server) … (refused|timed out|timeout|reset|lost|unreachable|closed|dropped|fail*|broken)',
    '(timed out|timeout)',
    "(no route|no answer|not responding|not reachable|unreachable|cannot connect|could not connect|unable to connect|couldn't establish|wasn't able to establish)",
    '(temporary|temporarily) … (lookup|name server|dns|resolve)',
    'deferred',
    'host* down',
  ]),
  ...phrasesOf('server-trouble', many, [
    '(temporary|temporarily|local|internal|system|server|resources|database|ldap|configuration) … (error|failure|problem|unavailable|trouble|overload*|busy|fault)',
    '(service|server|system) [currently |temporarily |is |not ]*(unavailable|available|busy|shutting down|too busy|overload*)',
    '(disk|system|storage|file system|spool) [is ]full',
    'loops back to myself',
    'too many hops',
    'hop count exceeded',
    '(mail|routing|message|forwarding) loop*',
    'mail system … (problem|fail*)',
    'command (died|time limit|output)',
  ]),
];

/** Words that say little more than a bare code. */
export const vaguePhrases: readonly Phrase[] = phrasesOf('refused', rfc5321, [
  'mailbox unavailable',
  '(recipient|recipient address|address|@)* [was |is ]rejected',
]);
