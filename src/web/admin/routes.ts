import type { Handler } from '../answer.ts';
import { downloadAudit, showAudit } from './audit.ts';
import { discard, release, showDiscard, showRelease } from './decide.ts';
import { showDisagreements } from './disagreements.ts';
import { showOverview } from './overview.ts';
import { downloadRecord, rereadRecord, showQuarantine, showRecord } from './quarantine.ts';
import { retryAllJobs, retryJob, showQueue, showQueues } from './queues.ts';
import { showRun, showRuns } from './runs.ts';
import { endSession, showSessions } from './sessions.ts';
import { askForAdminLink, enterAdmin, leaveAdmin, showAdminEntrance } from './sign-in.ts';
import { showWebhooks } from './webhooks.ts';

/** The admins' pages. Every handler is made by `adminPage` or `adminAct`, but for those of signing in. */
export const adminRoutes: readonly (readonly ['GET' | 'POST', string, Handler])[] = [
  ['GET', '/admin', showOverview],
  ['POST', '/admin/sign-in', askForAdminLink],
  ['GET', '/admin/enter/:token', showAdminEntrance],
  ['POST', '/admin/enter/:token', enterAdmin],
  ['POST', '/admin/leave', leaveAdmin],
  ['GET', '/admin/runs', showRuns],
  ['GET', '/admin/runs/:id', showRun],
  ['GET', '/admin/runs/:id/release', showRelease],
  ['POST', '/admin/runs/:id/release', release],
  ['GET', '/admin/runs/:id/discard', showDiscard],
  ['POST', '/admin/runs/:id/discard', discard],
  ['GET', '/admin/quarantine', showQuarantine],
  ['GET', '/admin/quarantine/:id', showRecord],
  ['GET', '/admin/quarantine/:id/raw', downloadRecord],
  ['POST', '/admin/quarantine/:id/again', rereadRecord],
  ['GET', '/admin/disagreements', showDisagreements],
  ['GET', '/admin/queues', showQueues],
  ['GET', '/admin/queues/:name', showQueue],
  ['POST', '/admin/queues/:name/again', retryAllJobs],
  ['POST', '/admin/queues/:name/jobs/:job/again', retryJob],
  ['GET', '/admin/webhooks', showWebhooks],
  ['GET', '/admin/sessions', showSessions],
  ['POST', '/admin/sessions/:id/end', endSession],
  ['GET', '/admin/audit', showAudit],
  ['GET', '/admin/audit.csv', downloadAudit],
];
