import type { TortureReport } from './torture.ts';

/** A run as a table, and below it every promise that was broken. */
export function formatReport(report: TortureReport): string {
  const { done, causes } = report;
  const rows: [string, number | string][] = [
    ['digests promised', report.digests],
    ['processes killed (kill -9)', done.kills],
    ['all processes killed at once', done.restarts],
    ['senders stopped and woken up late', done.pauses],
    ['faults of the mail server (drops, refusals, silences)', `${report.faultsMet} of ${done.drops}`],
    ['mail server refuses everybody, connections', `${report.turnedAway} in ${done.refusals}`],
    ['mail server slow', done.slownesses],
    ["processes' database connections terminated", done.cuts],
    ["queue's store wiped", done.wipes],
    ['Redis stopped and started', done.stops],
    ["senders' hosts cut off by their network", done.partings],
    ['clock of one sender off', '1 minute'],
    ['most mails to one domain in 10 s', `${report.busiest}, allowed ${report.allowed}`],
    ['', ''],
    ['sent', report.sent],
    ['lost', report.lost],
    ['doubled', report.doubled],
    ['  with the same Message-ID, byte for byte', report.doubledAlike],
    ['ambiguous', report.ambiguous],
    ...Object.entries(causes).map(([cause, count]): [string, number] => [`  ${cause}`, count]),
    ['seconds', Math.round(report.tookMs / 1_000)],
    ...hostileRows(report),
    ...hostsRows(report),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const table = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`.trimEnd());
  const shown = report.breaches.slice(0, 20);
  const rest = report.breaches.length - shown.length;
  const broken = shown.map((breach) => `BROKEN: ${breach}`);
  return [...table, '', ...broken, ...(rest > 0 ? [`and ${rest} more`] : []), verdictLine(report)].join('\n');
}

function hostileRows({ hostile }: TortureReport): [string, number | string][] {
  if (hostile === null) return [];
  const { days, owed, missing, falselyTold, mails } = hostile;
  return [
    ['', ''],
    ['hostile days read whole', `${days.filter(({ isRead }) => isRead).length} of ${days.length}`],
    ...days.map(({ name, runs, kills, became }): [string, string] => [
      `  ${name}`,
      `${became} (${runs} runs, ${kills} killed in the middle)`,
    ]),
    ['real changes, for each who follows them', owed],
    ['  not told', missing],
    ['told and not so', falselyTold],
    ['mails of it sent', mails.sent],
    ['  lost', mails.lost],
    ['  doubled', mails.doubled],
    ['  ambiguous', mails.ambiguous],
  ];
}

function hostsRows({ hosts }: TortureReport): [string, number | string][] {
  if (hosts === null) return [];
  const { signedUp, mails, sentAfterwards } = hosts;
  return [
    ['', ''],
    ['mails sent by hosts after they were cut off', sentAfterwards.join(', ')],
    ['people who signed up meanwhile', signedUp],
    ['mails that ask them to confirm, sent', mails.sent],
    ['  lost', mails.lost],
    ['  doubled', mails.doubled],
    ['  ambiguous', mails.ambiguous],
  ];
}

function verdictLine({ breaches }: TortureReport): string {
  return breaches.length === 0 ? 'Every promise held.' : `${breaches.length} promises were broken.`;
}
