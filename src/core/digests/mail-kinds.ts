/** A mail with one button: the beginning of its link's path, and the prefix of its messages' keys. */
export type LinkMail = {
  path: string;
  /**
   * The keys end in `subject`, `heading`, `first`, `button` and `ignore`, and `what` if there is more to say.
   */
  messages: string;
};

type MailKindFacts = {
  /** The folder of its templates in `templates/email`. */
  template: 'digest' | 'note' | 'report' | 'link' | 'alert';
  /** The reader chooses how much its subject says. Other mails have fixed subjects, which name nothing. */
  hasSubjectStyle?: true;
  link?: LinkMail;
  /** Replaces `link` in the mail to the former address. */
  linkForOldAddress?: LinkMail;
  /** The only language in which it is written. */
  language?: string;
};

/**
 * Every kind of mail. A new kind needs an entry here and in the check of `deliveries.kind`, messages, and a
 * job that plans it. A mail with more than a button also needs a template, and its data in `mail/render.ts`.
 */
export const mailKinds = {
  digest: { template: 'digest', hasSubjectStyle: true },
  welcome: { template: 'note', hasSubjectStyle: true },
  'no-news': { template: 'note', hasSubjectStyle: true },
  yearly: { template: 'note', hasSubjectStyle: true },
  list: { template: 'note', hasSubjectStyle: true },
  report: { template: 'report', hasSubjectStyle: true },
  confirmation: { template: 'link', link: { path: 'confirm', messages: 'confirmation' } },
  manage: { template: 'link', link: { path: 'manage', messages: 'manage-mail' } },
  address: {
    template: 'link',
    link: { path: 'manage/address', messages: 'address-mail.new' },
    linkForOldAddress: { path: 'manage/keep-address', messages: 'address-mail.old' },
  },
  admin: { template: 'link', link: { path: 'admin/enter', messages: 'admin.mail' }, language: 'en' },
  alert: { template: 'alert' },
} as const satisfies Record<string, MailKindFacts>;

/** The name of a kind of mail. */
export type MailKind = keyof typeof mailKinds;
/** The kinds with one button. */
export type LinkKind = {
  [Kind in MailKind]: (typeof mailKinds)[Kind]['template'] extends 'link' ? Kind : never;
}[MailKind];
/** The kinds that are sent beside digests without a request. */
export type NoteKind = {
  [Kind in MailKind]: (typeof mailKinds)[Kind]['template'] extends 'note' ? Kind : never;
}[MailKind];

/** The names of all kinds. */
export const mailKindNames = Object.keys(mailKinds) as MailKind[];

/** The facts about a kind. */
export function mailKindFacts(kind: MailKind): MailKindFacts {
  return mailKinds[kind];
}

/** Whether a kind of mail has one button. */
export function isLinkKind(kind: MailKind): kind is LinkKind {
  return mailKinds[kind].template === 'link';
}

/** Whether a kind of mail is sent beside digests without a request. */
export function isNoteKind(kind: MailKind): kind is NoteKind {
  return mailKinds[kind].template === 'note';
}
