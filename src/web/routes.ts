import { adminRoutes } from './admin/admin-routes.ts';
import { apiActs, apiRoutes } from './api/api-routes.ts';
import { showComparison } from './catalog/compare.ts';
import { showCondition } from './catalog/condition.ts';
import { search } from './catalog/search.ts';
import {
  showChangePicture,
  showConditionPicture,
  showSitePicture,
  showTrialPicture,
} from './catalog/sharing/pictures.ts';
import { suggest } from './catalog/suggest.ts';
import { showChange, showTimeline } from './catalog/timeline.ts';
import { showTrial } from './catalog/trial/trial.ts';
import { showContacts } from './catalog/trial/trial-contacts.ts';
import { showTrialCalendar } from './feeds/calendar.ts';
import { exportCondition, exportRoutes, exportTrial } from './feeds/changes-export.ts';
import { showConditionFeed, showTrialFeed } from './feeds/feed.ts';
import { confirm, showConfirm } from './follow/confirm.ts';
import { showFrame, showOutsideForm, submitFrame } from './follow/embed.ts';
import { changeFollow, showFollow } from './follow/follow.ts';
import { scriptPaths, showScript } from './follow/proof-of-work.ts';
import { followTyped, handleConfirmationRequest, handleSignUp } from './follow/submit-sign-up.ts';
import type { PageHandler } from './http/page-response.ts';
import { addHere, showAddHere } from './lists/add-here.ts';
import { changeList } from './lists/change-list.ts';
import { changeFollowedList, showFollowedList } from './lists/followed-list.ts';
import { showListFrame, showOutsideListForm, submitListFrame } from './lists/list-embed.ts';
import { exportList, showListCalendar, showListFeed } from './lists/list-feeds.ts';
import { downloadList, downloadOwnList } from './lists/list-files.ts';
import { followList } from './lists/list-follow.ts';
import { showSharedList } from './lists/list-page.ts';
import { showOwnList } from './lists/own-list.ts';
import { showOwnLists, submitList } from './lists/own-lists.ts';
import { showListReport } from './lists/report/own-report.ts';
import { confirmNewAddress, keepAddress, showKeepAddress, showNewAddress } from './manage/address.ts';
import { downloadReport, showReport } from './manage/changes-report.ts';
import { showDigest } from './manage/digest-page.ts';
import { openDiscreetLink } from './manage/discreet-link.ts';
import { downloadEverything, erase, showErase } from './manage/export.ts';
import { changeAll, showManage } from './manage/manage.ts';
import { showPrivateCalendar } from './manage/manage-calendar.ts';
import { askForLink, enter, leave, showEntrance } from './manage/manage-enter.ts';
import { showPrivateFeed } from './manage/manage-feed.ts';
import { changeMany } from './manage/manage-many.ts';
import { askForNewAddress, changeFeed, showSettings, submitSettings } from './manage/manage-settings.ts';
import { changeSubscription, showSubscription } from './manage/manage-subscription.ts';
import { changeMisfit, showMisfit } from './manage/misfits/misfit-page.ts';
import { showUnsubscribe, undoUnsubscribe, unsubscribe } from './manage/unsubscribe.ts';
import { showHome } from './site/home.ts';
import { showAbout, showOperator, showPrivacy, showTerms } from './site/legal.ts';
import { showRobots } from './site/robots.ts';

const listFiles = ['list.csv', 'list.json', 'list.opml'];

/** Every page: method, path, handler. Health, metrics and the outbox are in `serve.ts`. */
export const routes: readonly (readonly ['GET' | 'POST', string, PageHandler])[] = [
  ['GET', '/', showHome],
  ['GET', '/search', search],
  ['POST', '/search', followTyped],
  ['GET', '/suggest', suggest],
  ['GET', '/conditions/:slug', showCondition],
  ['GET', '/conditions/:slug/feed.atom', showConditionFeed],
  ['GET', '/trials/:id/feed.atom', showTrialFeed],
  ['GET', '/trials/:id/calendar.ics', showTrialCalendar],
  ...exportRoutes('/conditions/:slug/changes', exportCondition),
  ...exportRoutes('/trials/:id/changes', exportTrial),
  ['GET', '/preview.png', showSitePicture],
  ['GET', '/conditions/:slug/preview.png', showConditionPicture],
  ['GET', '/trials/:id/preview.png', showTrialPicture],
  ['GET', '/trials/:id/changes/:changeId/preview.png', showChangePicture],
  ['GET', '/about', showAbout],
  ['GET', '/privacy', showPrivacy],
  ['GET', '/terms', showTerms],
  ['GET', '/operator', showOperator],
  ['GET', '/trials/:id', showTrial],
  ['POST', '/trials/:id/contacts', showContacts],
  ['GET', '/trials/:id/changes', showTimeline],
  ['GET', '/trials/:id/changes/:changeId', showChange],
  ['GET', '/trials/:id/compare', showComparison],
  ...scriptPaths.map((path) => ['GET', path, showScript] as const),
  ...['/lists/:slug', '/l/:token'].flatMap(listRoutes),
  ['GET', '/follow', showFollow],
  ['POST', '/follow', changeFollow],
  ['POST', '/subscriptions', handleSignUp],
  ['POST', '/embed/form', showOutsideForm],
  ['GET', '/embed/follow', showFrame],
  ['POST', '/embed/follow', submitFrame],
  ['POST', '/embed/lists/:slug/form', showOutsideListForm],
  ['GET', '/embed/lists/:slug', showListFrame],
  ['POST', '/embed/lists/:slug', submitListFrame],
  ['GET', '/confirm/:token', showConfirm],
  ['POST', '/confirm/:token', confirm],
  ['POST', '/confirm', handleConfirmationRequest],
  ['GET', '/robots.txt', showRobots],
  ['GET', '/digests/:token', showDigest],
  ['GET', '/d/:token/:n', openDiscreetLink],
  ['GET', '/w/:token/:n', showMisfit],
  ['POST', '/w/:token/:n', changeMisfit],
  ['GET', '/manage', showManage],
  ['POST', '/manage', askForLink],
  ['POST', '/manage/all', changeAll],
  ['POST', '/manage/many', changeMany],
  ['GET', '/manage/subscriptions/:id', showSubscription],
  ['POST', '/manage/subscriptions/:id', changeSubscription],
  ['GET', '/manage/lists', showOwnLists],
  ['POST', '/manage/lists', submitList],
  ['GET', '/manage/lists/add', showAddHere],
  ['POST', '/manage/lists/add', addHere],
  ['GET', '/manage/lists/:id', showOwnList],
  ['POST', '/manage/lists/:id', changeList],
  ['GET', '/manage/lists/:id/report', showListReport],
  ['POST', '/manage/lists/:id/report', showListReport],
  ...listFiles.map((name) => ['GET', `/manage/lists/:id/${name}`, downloadOwnList] as const),
  ['GET', '/manage/followed/:id', showFollowedList],
  ['POST', '/manage/followed/:id', changeFollowedList],
  ['GET', '/manage/settings', showSettings],
  ['POST', '/manage/settings', submitSettings],
  ['POST', '/manage/feed', changeFeed],
  ['GET', '/manage/feed/:token', showPrivateFeed],
  ['GET', '/manage/calendar/:token', showPrivateCalendar],
  ['POST', '/manage/address', askForNewAddress],
  ['GET', '/manage/address/:token', showNewAddress],
  ['POST', '/manage/address/:token', confirmNewAddress],
  ['GET', '/manage/keep-address/:token', showKeepAddress],
  ['POST', '/manage/keep-address/:token', keepAddress],
  ['GET', '/manage/report', showReport],
  ...exportRoutes('/manage/report', downloadReport),
  ['GET', '/manage/export.json', downloadEverything],
  ['GET', '/manage/erase', showErase],
  ['POST', '/manage/erase', erase],
  ['GET', '/manage/:token', showEntrance],
  ['POST', '/manage/:token', enter],
  ['POST', '/manage/leave', leave],
  ['GET', '/unsubscribe/:token', showUnsubscribe],
  ['GET', '/unsubscribe/:token/:only', showUnsubscribe],
  ['POST', '/unsubscribe/:token', unsubscribe],
  ['POST', '/unsubscribe/undo', undoUnsubscribe],
  ...apiRoutes,
  ...adminRoutes,
];

/** The pages of a list beneath its address. */
function listRoutes(path: string): (readonly ['GET' | 'POST', string, PageHandler])[] {
  return [
    ['GET', path, showSharedList],
    ['POST', `${path}/follow`, followList],
    ['GET', `${path}/feed.atom`, showListFeed],
    ['GET', `${path}/calendar.ics`, showListCalendar],
    ...exportRoutes(`${path}/changes`, exportList),
    ...listFiles.map((name) => ['GET', `${path}/${name}`, downloadList] as const),
  ];
}

/** Paths that accept a long pasted text, from signed-in people only. */
export const pastePaths: readonly string[] = ['/manage/lists/:id'];

/** Paths that accept file uploads, from admins only. */
export const uploadPaths: readonly string[] = ['/admin/bulk', '/admin/bulk/stop'];

/**
 * Paths that accept a POST from anywhere: the one click of RFC 8058, which sends neither cookie nor origin, the API, and
 * forms on pages of others, which only lead to ours.
 */
export const openToAll: readonly string[] = [
  '/unsubscribe/:token',
  '/embed/form',
  '/embed/lists/:slug/form',
  ...apiActs,
];
