/** The mail servers of Debian 12 that the suite uses, with their packages. */
export const mailServerPackages = {
  postfix: ['postfix'],
  exim: ['exim4-daemon-light'],
  opensmtpd: ['opensmtpd'],
  sendmail: ['sendmail-bin'],
  courier: ['courier-mta'],
  'courier-imap': ['courier-imap'],
  cyrus: ['cyrus-imapd', 'sasl2-bin'],
  imap4d: ['mailutils-imap4d'],
} as const;

/** The name of a mail server of the suite. */
export type MailServerName = keyof typeof mailServerPackages;
