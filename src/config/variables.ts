import { resolve } from 'node:path';
import { z } from 'zod';
import { registries, registryIds } from '../core/registries.ts';
import { languagesWithRegions } from '../languages.ts';
import {
  addresses,
  baseUrl,
  database,
  dkimSelector,
  domainName,
  historyList,
  host,
  integer,
  language,
  mailbox,
  mailServer,
  nonEmpty,
  pageHosts,
  registryList,
  rsaKey,
  secretKey,
  sender,
  timezone,
  url,
} from './schemas.ts';

/**
 * An environment variable. `npm run generate` writes its line in docs/operating.md and in the compose files.
 */
export type Variable = {
  /** Checks and converts the text. An optional variable that is unset has no value. */
  value: z.ZodType<unknown, string | undefined>;
  /** The effect of leaving it unset, for docs/operating.md. */
  unset: string;
  /** A secret is never repeated, and may come from a file that `NAME_FILE` names. */
  isSecret?: true;
  /**
   * How the compose files treat it: `required` insists on a value; `omitted` leaves it out or sets a fixed
   * one. By default they pass it on.
   */
  inCompose?: 'required' | 'omitted';
};

/** Every variable except those of the registries, in the order of docs/operating.md. */
export const variables = {
  DATABASE_URL: {
    value: database.optional(),
    unset:
      'the embedded PostgreSQL 18 under `DATA_DIR`; set: PostgreSQL 15 or newer, by its own port, its socket (`postgres:///trialbell?host=/run/postgresql`) or a pooler in session mode; of several servers (`postgres://user:secret@db1,db2/trialbell`) the primary is taken. `?schema=trialbell` keeps the tables in a schema of their own, beside other programs',
    isSecret: true,
    inCompose: 'omitted',
  },
  DATABASE_CONNECTIONS: {
    value: integer(6, 10_000, '15').prefault('15'),
    unset: '15: the most connections that a process keeps to the database, its queue included',
  },
  REDIS_URL: {
    value: url(['redis:', 'rediss:'], 'redis://localhost:6379').optional(),
    unset: 'the queue runs on PostgreSQL; set: on Redis or Valkey with `noeviction`',
    isSecret: true,
    inCompose: 'omitted',
  },
  SMTP_URL: {
    value: mailServer.optional(),
    unset: 'emails are written as `.eml` to `DATA_DIR/outbox` and shown at `/outbox`',
    isSecret: true,
    inCompose: 'required',
  },
  MAIL_FROM: {
    value: sender.optional(),
    unset: 'a local value; needed before email leaves this machine',
    inCompose: 'required',
  },
  BASE_URL: {
    value: baseUrl.optional(),
    unset: 'a local value; needed before email leaves this machine. With a path, everything is under it',
    inCompose: 'required',
  },
  HOST: {
    value: host.prefault('127.0.0.1'),
    unset:
      'the pages listen on this machine alone (127.0.0.1); set: the address they listen on, `::` for all, as in a container',
    inCompose: 'omitted',
  },
  PORT: { value: integer(0, 65_535, '3000').prefault('3000'), unset: '3000', inCompose: 'omitted' },
  DATA_DIR: {
    value: nonEmpty.prefault('.trialbell').transform((path) => resolve(path)),
    unset: '`.trialbell`',
    inCompose: 'omitted',
  },
  CUSTOM_DIR: {
    value: nonEmpty.transform((path) => resolve(path)).optional(),
    unset:
      "`DATA_DIR/custom`: an operator's own texts, templates, logo and colours, see [customising](customising.md); nothing there, nothing used",
    inCompose: 'omitted',
  },
  SECRET_KEY: {
    value: secretKey.optional(),
    unset:
      'made once and kept in `DATA_DIR/secret-key`; needed with `DATABASE_URL`. Part of the backup: without it no stored address can be read',
    isSecret: true,
    inCompose: 'omitted',
  },
  NEW_SECRET_KEY: {
    value: secretKey.optional(),
    unset: '`rekey` makes one where the key is kept in `DATA_DIR`, and needs one otherwise',
    isSecret: true,
    inCompose: 'omitted',
  },
  ADMIN_EMAILS: {
    value: addresses.prefault(''),
    unset:
      'nobody is an admin and nobody gets alarms; set, separated by commas: these addresses get the alarms and can sign in at `/admin` by an emailed link',
  },
  VIEWER_EMAILS: {
    value: addresses.prefault(''),
    unset: 'nobody else sees `/admin`; set: these addresses can view its pages but change nothing',
  },
  OPERATOR_NAME: {
    value: nonEmpty.optional(),
    unset: 'who runs this, in every email; needed before email leaves this machine',
    inCompose: 'required',
  },
  OPERATOR_ADDRESS: {
    value: nonEmpty.optional(),
    unset: 'likewise: a postal address',
    inCompose: 'required',
  },
  PRIVACY_CONTACT: {
    value: nonEmpty.optional(),
    unset: "likewise: whom to write to about one's data",
    inCompose: 'required',
  },
  DEFAULT_TIMEZONE: { value: timezone.default('UTC'), unset: 'UTC' },
  DEFAULT_LANGUAGE: {
    value: language.default('en'),
    unset: `\`en\` (or ${languagesWithRegions.flatMap((code) => (code === 'en' ? [] : `\`${code}\``)).join(', ')})`,
  },
  MIN_AGE: { value: integer(0, 120, '16').prefault('16'), unset: '16' },
  DKIM_DOMAIN: {
    value: domainName.optional(),
    unset:
      'emails leave unsigned, for your mail server to sign; set together with the next two, they are signed (RSA), and `doctor` says what to publish',
  },
  DKIM_SELECTOR: { value: dkimSelector.optional(), unset: 'see `DKIM_DOMAIN`' },
  DKIM_KEY: { value: rsaKey.optional(), unset: 'see `DKIM_DOMAIN`', isSecret: true },
  BOUNCE_IMAP_URL: {
    value: mailbox.optional(),
    unset:
      'no mailbox is read for returned email; set, for example `imaps://user:password@imap.example.org/INBOX` (`imap://` uses STARTTLS; write @ in a name as %40), it is read every two minutes, and by `once`',
    isSecret: true,
  },
  BOUNCE_VERP: {
    value: z
      .enum(['on', 'off'], { error: 'must be on or off' })
      .default('off')
      .transform((text) => text === 'on'),
    unset:
      "`off`: emails come back to the address of `MAIL_FROM`; `on`: to that address with a `+` and a token of the email before the @ (`bell+3f…@example.org`), so that a report that quotes nothing is matched too. The sender's mail server must deliver such addresses to the mailbox of `BOUNCE_IMAP_URL`",
  },
  EMBED_HOSTS: {
    value: pageHosts.prefault(''),
    unset:
      'no other site may show a page of this server in a frame; set, separated by commas: pages of these hosts (`www.example.org`) may show the [sign-up frame](advocates.md)',
  },
  MAIL_RATE_PER_DOMAIN: {
    value: integer(0, 100_000, '20').prefault('20'),
    unset: '20 emails a second to one destination domain, over all processes; 0: no limit',
  },
  AMBIGUOUS_RETRY: {
    value: z
      .enum(['on', 'off'], { error: 'must be on or off' })
      .default('on')
      .transform((text) => text === 'on'),
    unset:
      '`on`: an email whose fate only the mail server knows is sent once more after 30 minutes, under the same Message-ID; `off`: never, and it may be missing. If the connection ends after the message and before the answer, Exim throws it away if it notices in time; Postfix, OpenSMTPD, Sendmail and Courier deliver it, so that `on` sends it twice',
  },
  REGISTRIES: {
    value: registryList.prefault(registryIds.join()),
    unset: `all that this program reads: ${registryIds.map((id) => `\`${id}\``).join(', ')}; set, with commas between: only these. What was stored of others stays and is still shown`,
  },
  HISTORY_BACKFILL: {
    value: historyList.prefault(''),
    unset:
      "no history of the time before the first reading; `ctgov`: status and dates of earlier versions are read from ClinicalTrials.gov's own history, which is not documented, little by little (at most one trial after each poll, and 500 requests a day), and shown below the changes of a trial as the registry's. Never in emails, feeds or the API",
  },
  HEARTBEAT_URL: {
    value: url(['http:', 'https:'], 'https://monitor.example.org/ping/trialbell').optional(),
    unset: 'no call; set: called after each good round',
    isSecret: true,
  },
  LOG_LEVEL: {
    value: z
      .enum(['debug', 'info', 'warn', 'error', 'silent'], {
        error: 'must be debug, info, warn, error or silent',
      })
      .optional(),
    unset: '`info` for `start` and `worker`, `error` for the other verbs',
  },
} as const satisfies Record<string, Variable>;

/** The variables of each registry: its address, and the pace of requests. */
export const registryVariables: Readonly<Record<string, Variable>> = Object.fromEntries(
  registryIds.flatMap((id): [string, Variable][] => {
    const { name, url: usual, paceMs } = registries[id];
    return [
      [
        `${id.toUpperCase()}_URL`,
        {
          value: url(['http:', 'https:'], usual)
            .default(usual)
            .transform((text) => text.replace(/\/+$/, '')),
          unset: `\`${usual}\`, the API of ${name}`,
        },
      ],
      [
        `${id.toUpperCase()}_PACE_MS`,
        {
          value: integer(0, 3_600_000, String(paceMs)).prefault(String(paceMs)),
          unset: `${paceMs}: milliseconds between two requests to ${name}`,
        },
      ],
    ];
  }),
);

/** Every variable. */
export const allVariables: Readonly<Record<string, Variable>> = { ...variables, ...registryVariables };
