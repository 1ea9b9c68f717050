import type { PageHandler } from '../http/page-response.ts';
import { downloadAudit, showAudit } from './audit-page.ts';
import { checkBulk, downloadBulkTemplate, showBulk } from './bulk/bulk.ts';
import { doAdd, doStop, downloadAnswers, showList } from './bulk/bulk-list.ts';
import { checkBulkStop, showBulkStop } from './bulk/bulk-stop.ts';
import { showMail } from './mail.ts';
import { showMore } from './more.ts';
import { showOverview } from './overview.ts';
import { findPerson, showPeople } from './people/people-search.ts';
import { showPerson } from './people/person.ts';
import { handleAdd, showAdd } from './people/person-add.ts';
import { pause, resume, stop, undo } from './people/person-choices.ts';
import { downloadPerson, erasePersonNow, showAddress, showErasePerson } from './people/person-data.ts';
import { handleResend, lift, mailLink, suppress } from './people/person-mail.ts';
import { showPreview, showPreviewAsk } from './people/preview.ts';
import { showWhy } from './people/why-page.ts';
import { retryAllJobs, retryJob, showQueue, showQueues } from './queues.ts';
import {
  handleRemoveList,
  handleStopReport,
  showLists,
  showRemoveList,
  showStopReport,
} from './readers-lists.ts';
import { showCompare, showCompareAsk } from './runs/compare-page.ts';
import { discard, release, showDecision } from './runs/decide.ts';
import { showDisagreements } from './runs/disagreements.ts';
import { downloadRecord, rereadRecord, showQuarantine, showRecord } from './runs/quarantine-page.ts';
import { showRun, showRuns } from './runs/run-list.ts';
import { handleEndSession, showSessions } from './sessions.ts';
import { askForAdminLink, enterAdmin, leaveAdmin, showAdminEntrance } from './sign-in.ts';
import { showWebhooks } from './webhooks.ts';

/** The admin pages. Every handler comes from `adminPage` or `adminAct`, except those for signing in. */
export const adminRoutes: readonly (readonly ['GET' | 'POST', string, PageHandler])[] = [
  ['GET', '/admin', showOverview],
  ['POST', '/admin/sign-in', askForAdminLink],
  ['GET', '/admin/enter/:token', showAdminEntrance],
  ['POST', '/admin/enter/:token', enterAdmin],
  ['POST', '/admin/leave', leaveAdmin],
  ['GET', '/admin/runs', showRuns],
  ['GET', '/admin/runs/:id', showRun],
  ['GET', '/admin/runs/:id/decide', showDecision],
  ['POST', '/admin/runs/:id/release', release],
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
  ['GET', '/admin/bulk', showBulk],
  ['POST', '/admin/bulk', checkBulk],
  ['GET', '/admin/bulk/template.csv', downloadBulkTemplate],
  ['GET', '/admin/bulk/stop', showBulkStop],
  ['POST', '/admin/bulk/stop', checkBulkStop],
  ['GET', '/admin/bulk/:id', showList],
  ['POST', '/admin/bulk/:id/add', doAdd],
  ['POST', '/admin/bulk/:id/stop', doStop],
  ['POST', '/admin/bulk/:id/answers.csv', downloadAnswers],
  ['GET', '/admin/subscribers', showPeople],
  ['POST', '/admin/subscribers/find', findPerson],
  ['GET', '/admin/subscribers/add', showAdd],
  ['POST', '/admin/subscribers/add', handleAdd],
  ['POST', '/admin/subscribers/suppress', suppress],
  ['POST', '/admin/subscribers/lift', lift],
  ['GET', '/admin/subscribers/:id', showPerson],
  ['POST', '/admin/subscribers/:id/address', showAddress],
  ['POST', '/admin/subscribers/:id/pause', pause],
  ['POST', '/admin/subscribers/:id/resume', resume],
  ['POST', '/admin/subscribers/:id/stop', stop],
  ['POST', '/admin/subscribers/:id/undo', undo],
  ['POST', '/admin/subscribers/:id/resend', handleResend],
  ['POST', '/admin/subscribers/:id/link', mailLink],
  ['POST', '/admin/subscribers/:id/suppress', suppress],
  ['POST', '/admin/subscribers/:id/lift', lift],
  ['POST', '/admin/subscribers/:id/export', downloadPerson],
  ['GET', '/admin/subscribers/:id/erase', showErasePerson],
  ['POST', '/admin/subscribers/:id/erase', erasePersonNow],
  ['GET', '/admin/subscribers/:id/why', showWhy],
  ['GET', '/admin/subscribers/:id/preview', showPreviewAsk],
  ['POST', '/admin/subscribers/:id/preview', showPreview],
  ['GET', '/admin/preview', showCompareAsk],
  ['POST', '/admin/preview', showCompare],
  ['GET', '/admin/mail', showMail],
  ['GET', '/admin/lists', showLists],
  ['GET', '/admin/lists/:id/remove', showRemoveList],
  ['POST', '/admin/lists/:id/remove', handleRemoveList],
  ['GET', '/admin/lists/reports/:id/stop', showStopReport],
  ['POST', '/admin/lists/reports/:id/stop', handleStopReport],
  ['GET', '/admin/webhooks', showWebhooks],
  ['GET', '/admin/more', showMore],
  ['GET', '/admin/sessions', showSessions],
  ['POST', '/admin/sessions/:id/end', handleEndSession],
  ['GET', '/admin/audit', showAudit],
  ['GET', '/admin/audit.csv', downloadAudit],
];
