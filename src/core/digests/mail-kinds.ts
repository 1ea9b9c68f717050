/** A mail with one button: the path that its link begins with, and the beginning of its messages' keys. */
export type LinkMail = {
  path: string;
  /** `subject`, `heading`, `first`, `button` and `ignore` follow, and `what` where there is more to say. */
  messages: string;
};

type MailKindFacts = {
  /** The folder of its templates in `templates/email`. */
  template: 'digest' | 'note' | 'link' | 'alert';
  /** The reader chooses how much its subject says. All others keep their subjects, which name nothing. */
  hasSubjectStyle?: true;
  link?: LinkMail;
  /** In place of `link`, for the address that is given up. */
  linkForOldAddress?: LinkMail;
  /** The only language it is written in. */
  language?: string;
};

/**
 * Every kind of mail. A new one needs an entry here and in the check of `deliveries.kind`, its messages, and a job that plans
 * it; one with more than a button needs a template and its data in `mail/render.ts`.
 */
export const mailKinds = {
  digest: { template: 'digest', hasSubjectStyle: true },
  welcome: { template: 'note', hasSubjectStyle: true },
  quiet: { template: 'note', hasSubjectStyle: true },
  yearly: { template: 'note', hasSubjectStyle: true },
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

export type MailKind = keyof typeof mailKinds;
/** The kinds with one button. */
export type LinkKind = {
  [Kind in MailKind]: (typeof mailKinds)[Kind]['template'] extends 'link' ? Kind : never;
}[MailKind];
/** The kinds that come beside digests without being asked for. */
export type NoteKind = {
  [Kind in MailKind]: (typeof mailKinds)[Kind]['template'] extends 'note' ? Kind : never;
}[MailKind];

export const mailKindNames = Object.keys(mailKinds) as MailKind[];

/** What is known of a kind. */
export function mailKindFacts(kind: MailKind): MailKindFacts {
  return mailKinds[kind];
}

export function isLinkKind(kind: MailKind): kind is LinkKind {
  return mailKinds[kind].template === 'link';
}

/** Whether a mail comes beside digests without being asked for. */
export function isNoteKind(kind: MailKind): kind is NoteKind {
  return mailKinds[kind].template === 'note';
}
