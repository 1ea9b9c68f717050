import { Resolver } from 'node:dns/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type App, noServerForPublic, outboxFolder } from '../app.ts';
import { isLoopback, readConfig } from '../config.ts';
import { registryFacts } from '../core/registries.ts';
import { readReportCounts } from '../db/delivery/bounces.ts';
import { listMatchAudits } from '../db/ingest/match-audits.ts';
import { readSetting } from '../db/settings.ts';
import { messageOf } from '../errors.ts';
import { readMailboxProgress, readMailboxState } from '../jobs/delivery/bounce-alarms.ts';
import { findAlarms } from '../jobs/ops/alarms.ts';
import { customOf } from '../mail/custom/custom.ts';
import { sayCustomFault } from '../mail/custom/fault.ts';
import { checkMailDns } from '../mail/dns-check.ts';
import { readGreeting, smtpAddress } from '../mail/greeting.ts';
import { mailboxAddress } from '../mail/mailbox/mailbox-session.ts';
import { checkMailbox } from '../mail/mailbox/read-mailbox.ts';
import { checkHistory } from './doctor-history.ts';
import { checkDiagnostics, type Finding } from './doctor-workings.ts';
import { attemptsWhileWaiting, withApp } from './options.ts';
import { say } from './output.ts';

const marks: Record<string, string> = { true: 'ok  ', false: 'LOOK', ask: 'ASK ' };

const auditsShown = 10;
const dnsTimeoutMs = 3_000;

/** `doctor`: checks everything in words. */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'check configuration, database, queue, email and registries, in words; exit 1 if something needs a person',
    )
    .action(async () => {
      const findings: Finding[] = [];
      try {
        readConfig();
        findings.push({ ok: true, text: 'The configuration is valid.' });
        await withApp(
          async (app) => {
            findings.push({
              ok: true,
              text: 'The database answers and has the newest schema; the secret key matches it.',
            });
            findings.push(...(await checkBackup(app)));
            findings.push(await checkQueue(app), await checkMailServer(app), checkOperator(app));
            findings.push(...checkEmbedding(app));
            findings.push(...(await checkDns(app)), ...(await checkBounceMailbox(app)));
            findings.push(...(await reportBounces(app)));
            findings.push(...(await checkRegistries(app)), ...(await checkHistory(app)));
            findings.push(...(await checkHarm(app)));
            findings.push(...(await checkDiagnostics(app)), ...checkCustomParts(app));
            findings.push(...(await reportMatching(app)));
          },
          { registryAttempts: attemptsWhileWaiting },
        );
      } catch (error) {
        findings.push({ ok: false, text: messageOf(error) });
      }
      for (const { ok, text } of findings) say(`${marks[String(ok)]}  ${text}`);
      if (findings.some(({ ok }) => ok === false)) process.exitCode = 1;
    });
}

/** Addresses can be restored only with both the database and the key (R10). */
async function checkBackup(app: App): Promise<Finding[]> {
  const { databaseUrl, secretKey, dataDir } = app.context.config;
  const where = secretKey ? 'SECRET_KEY' : join(dataDir, 'secret-key');
  const last = await readSetting(app.context.db, 'backup-at');
  const how = databaseUrl
    ? 'Is the database backed up (pg_dump)? See "Backup and restore" in docs/operating.md.'
    : `Is the database backed up regularly? ${last ? `The last backup was made at ${last}.` : 'There is no backup yet.'} Run: trialbell backup FILE`;
  return [
    {
      ok: 'ask',
      text: `Is the secret key in your backup? Without ${where} no address can be decrypted again.`,
    },
    { ok: 'ask', text: how },
  ];
}

async function checkQueue(app: App): Promise<Finding> {
  try {
    const queues = await app.queues();
    const fault = await queues.fault();
    if (fault !== null) return { ok: false, text: fault };
    const counts = await queues.counts();
    const failed = Object.entries(counts).filter(([, count]) => count.failed > 0);
    if (failed.length === 0) return { ok: true, text: 'The queue answers; no job has failed.' };
    const names = failed.map(([name, count]) => `${count.failed} in ${name}`).join(', ');
    const text = `The queue answers; jobs have failed: ${names}. Their work is still due and will be enqueued again. See why, and retry them: ${app.context.config.baseUrl}/admin/queues`;
    return { ok: false, text };
  } catch (error) {
    return { ok: false, text: messageOf(error) };
  }
}

async function checkMailServer(app: App): Promise<Finding> {
  const { smtpUrl } = app.context.config;
  if (!smtpUrl && !isLoopback(new URL(app.context.config.baseUrl).hostname))
    return { ok: false, text: noServerForPublic(app.context.config) };
  if (!smtpUrl)
    return {
      ok: true,
      text: `Emails are written to ${outboxFolder(app.context.config)}; set SMTP_URL to send them.`,
    };
  const { host, port } = smtpAddress(smtpUrl);
  try {
    const greeting = await readGreeting(smtpUrl, 10_000);
    return { ok: true, text: `The mail server at ${host}:${port} answers: ${greeting}` };
  } catch (error) {
    return {
      ok: false,
      text: `The mail server at ${host}:${port} does not answer: ${messageOf(error)}. Check SMTP_URL.`,
    };
  }
}

/** Checks the DNS of the sender's domain and of the mail server, as mailbox providers do, if mail leaves this machine. */
function checkDns(app: App): Promise<Finding[]> {
  return checkMailDns(app.context.config, new Resolver({ timeout: dnsTimeoutMs, tries: 2 }));
}

/** Without bounce reports, dead addresses keep getting mail, and mailbox providers notice that. */
async function checkBounceMailbox({ context: { config, db } }: App): Promise<Finding[]> {
  const { bounceImapUrl: url, smtpUrl } = config;
  if (url === null) {
    if (!smtpUrl || isLoopback(new URL(smtpUrl).hostname)) return [];
    const text =
      'Who reads the bounces? Set BOUNCE_IMAP_URL, or let your mail server pipe them to: trialbell bounce';
    return [{ ok: 'ask', text }];
  }
  try {
    const { host, port } = mailboxAddress(url);
    const progress = await readMailboxProgress(db);
    const { messages, waiting } = await checkMailbox(url, progress);
    const { readAt, failingSince, said } = await readMailboxState(db);
    const read = readAt === null ? 'It has never been read.' : `It was last read at ${readAt}.`;
    const text = `The bounce mailbox at ${host}:${port} accepts the login: ${messages} messages, ${waiting} not read yet. ${read}`;
    const failing = `It has not been read completely since ${failingSince}. ${said}`;
    return [
      { ok: true, text },
      ...(failingSince === null ? [] : [{ ok: false, text: failing }]),
      ...(progress?.unmarked ? [{ ok: 'ask' as const, text: unmarkedText(progress.unmarked) }] : []),
    ];
  } catch (error) {
    const { readAt } = await readMailboxState(db);
    const last = readAt === null ? '' : ` Workers, which wait longer, last read it at ${readAt}.`;
    const said = messageOf(error).replace(/[^.]$/, '$&.');
    return [{ ok: false, text: `${said}${last} Check BOUNCE_IMAP_URL.` }];
  }
}

function unmarkedText(said: string): string {
  return `Can the mailbox be given the right to keep marks? It keeps none (${said}), so it does not show which emails were read. Trialbell remembers them in its own database.`;
}

/** Counts bounce reports, including ignored ones: somebody may try to stop other people's mail with forged reports. */
async function reportBounces(app: App): Promise<Finding[]> {
  const counts = Object.entries(await readReportCounts(app.context.db));
  if (counts.length === 0) return [];
  const said = counts.map(([kind, count]) => `${count} ${kind}`).join(', ');
  return [{ ok: true, text: `Bounce reports so far: ${said}.` }];
}

function checkOperator(app: App): Finding {
  return app.context.config.adminEmails.length > 0
    ? { ok: true, text: 'Alarms are emailed to the admins.' }
    : { ok: false, text: 'Nobody gets alarms: set ADMIN_EMAILS.' };
}

/** Browsers show no frame over http on a page over https. */
function checkEmbedding({ context: { config } }: App): Finding[] {
  const { embedHosts, baseUrl } = config;
  if (embedHosts.length === 0) return [];
  const { protocol, hostname } = new URL(baseUrl);
  return protocol === 'https:' || isLoopback(hostname)
    ? [{ ok: true, text: `Pages of ${embedHosts.join(', ')} may show the sign-up frame (EMBED_HOSTS).` }]
    : [
        {
          ok: false,
          text: 'EMBED_HOSTS is set, but BASE_URL is not https: browsers do not show the frame on pages over https.',
        },
      ];
}

async function checkRegistries(app: App): Promise<Finding[]> {
  return Promise.all(
    [...app.context.registries.values()].map(async (registry) => {
      try {
        const version = await registry.dataVersion();
        // Any answer about a record will do.
        if (version === null) await registry.trial(registryFacts(registry.id)?.exampleId ?? '');
        const from = version ? `its data is from ${version.timestamp}` : 'it does not date its data';
        return { ok: true, text: `${registry.name} answers; ${from}.` };
      } catch (error) {
        return { ok: false, text: messageOf(error) };
      }
    }),
  );
}

/** Where a registry's own condition search and our matching differ. This is not an error, but worth a look. */
async function reportMatching(app: App): Promise<Finding[]> {
  const audits = await listMatchAudits(app.context.db);
  return audits.slice(0, auditsShown).map(({ term, auditedAt, both, registryOnly, localOnly, samples }) => {
    const examples = samples.length > 0 ? `, such as ${samples.join(', ')}` : '';
    const text = `Matching of "${term}" in the week before ${auditedAt.slice(0, 10)}: ${both} trials in agreement, ${registryOnly} found only by the registry's search, ${localOnly} only by ours${examples}.`;
    return { ok: true, text };
  });
}

/** Faults are alarms. Parts that are not used, such as after an upgrade, only need a look. */
function checkCustomParts({ context: { config } }: App): Finding[] {
  const custom = customOf(config);
  const warnings = custom.faults.filter(({ isWarning }) => isWarning);
  const own = [...custom.messages.values()].reduce((sum, texts) => sum + Object.keys(texts).length, 0);
  const parts =
    own + custom.templates.size + custom.words.size + (custom.logo ? 1 : 0) + (custom.colours ? 1 : 0);
  return [
    ...(parts > 0
      ? [{ ok: true as const, text: `${parts} parts of CUSTOM_DIR (${custom.folder}) are used.` }]
      : []),
    ...warnings.map((one) => ({
      ok: 'ask' as const,
      text: `Is this part of CUSTOM_DIR still needed? ${sayCustomFault(one)}.`,
    })),
  ];
}

async function checkHarm(app: App): Promise<Finding[]> {
  // The queue's store has a line of its own.
  const alarms = (await findAlarms(app.context)).filter(({ name }) => name !== 'queue-fault');
  const wrong = alarms.flatMap(({ message }) => message ?? []);
  return wrong.length === 0
    ? [{ ok: true, text: 'Nothing is overdue, held back or refused.' }]
    : wrong.map((text) => ({ ok: false, text }));
}
