/** Sources of servers' phrases. A bare name means the server's own source code or manual. */
export const apple = 'iCloud, support.apple.com';
export const domino = 'HCL Domino';
export const exchange = 'Exchange Server';
export const exim = 'Exim';
export const gmx = 'GMX, postmaster.gmx.net/en/error-messages';
export const google = 'Gmail, support.google.com/a/answer/3726730';
export const many = 'several servers';
export const microsoft = 'Exchange Online, learn.microsoft.com/exchange/mail-flow-best-practices';
export const orange = 'Orange and La Poste, postmaster.orange.fr';
export const postfix = 'Postfix';
export const qmail = 'qmail';
export const rfc5321 = 'RFC 5321, 4.2.3';
export const sendmail = 'Sendmail';
export const tOnline = 'T-Online, postmaster.t-online.de';
export const yahoo = 'Yahoo, senders.yahooinc.com/smtp-error-codes';
