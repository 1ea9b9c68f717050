import {
  cleanText,
  entriesAtMost,
  findReasonFault,
  findTextFault,
  reasonAtMost,
} from '../../core/lists/shared-list.ts';
import { problemSentence } from '../../core/wording/problem-sentence.ts';
import { quoteText } from '../../core/wording/values.ts';
import type { Wording } from '../../core/wording/wording.ts';
import { listOwnLists } from '../../db/lists/lists.ts';
import {
  addToList,
  endOwnList,
  moveList,
  removeFromList,
  renameList,
  writeReasons,
} from '../../use-cases/lists/own-lists.ts';
import { cancelOwnReport } from '../../use-cases/lists/send-report.ts';
import { type Form, field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import { parseId } from '../http/params.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { reportDone, signedIn } from '../manage/manage-session.ts';
import { describeSubscription } from '../shared/describe-subscription.ts';
import { writeListJson } from './list-files.ts';
import { pathOfOwn, showOwn } from './own-list.ts';
import { readListFields } from './own-lists.ts';
import { type ListTextFault, readListText } from './read-list-text.ts';
import { type ListTrouble, type UnderstoodList, understandList } from './understand-list.ts';

/** `POST /manage/lists/{id}`: what an owner does with a list; `act` says what. */
export const changeList = signedIn(async (request, deps, subscriberId) => {
  const { form, now } = request;
  const id = parseId(request.params.id ?? '') ?? 0;
  if ((await listOwnLists(deps.db, subscriberId, id)).length === 0) return { notFound: true };
  const back = (done: Parameters<typeof reportDone>[0]) => ({ ...reportDone(done), seeOther: pathOfOwn(id) });
  switch (field(form, 'act')) {
    case 'check':
    case 'add':
      return readText(request, deps, subscriberId, id);
    case 'reasons': {
      const reasons = readReasons(form);
      const error = [...reasons.values()].map(findReasonFault).find((one) => one !== null);
      if (error) return showOwn(request, deps, subscriberId, id, { error, reasons });
      const seen = field(form, 'seen') || null;
      return (await writeReasons(deps, subscriberId, id, { reasons, seen }, now))
        ? back('saved')
        : showOwn(request, deps, subscriberId, id, { error: 'changed', reasons });
    }
    case 'remove': {
      const ids = (form.entry ?? []).flatMap((one) => parseId(one) ?? []);
      const count = await removeFromList(deps, subscriberId, id, ids, now);
      return back(count ? 'list-removed' : 'unselected');
    }
    case 'rename': {
      const texts = readListFields(form);
      const error = findTextFault(texts);
      if (error) return showOwn(request, deps, subscriberId, id, { ...texts, error });
      await renameList(deps, subscriberId, id, texts, now);
      return back('saved');
    }
    case 'move': {
      const moved = await moveList(deps, subscriberId, id, field(form, 'open') === 'public', now);
      return moved?.token ? showOwn(request, deps, subscriberId, id, { token: moved.token }) : back('saved');
    }
    case 'cancel-report': {
      const report = parseId(field(form, 'report')) ?? 0;
      const isCancelled = await cancelOwnReport(deps, subscriberId, id, report, now);
      return back(isCancelled ? 'report-cancelled' : 'nothing');
    }
    case 'end':
      await endOwnList(deps, subscriberId, id, now);
      return { ...reportDone('list-ended'), seeOther: '/manage/lists' };
    default:
      return back('nothing');
  }
});

/** Shows what a pasted text names; once that was confirmed, puts it on the list. Nothing is half done. */
async function readText(
  request: PageRequest,
  deps: WebDeps,
  subscriberId: number,
  id: number,
): Promise<PageResponse> {
  const { form, now, wording } = request;
  const typed = form.text?.[0] ?? '';
  const read = readListText(typed);
  const wrong = (error: ListTextFault | 'full') =>
    showOwn(request, deps, subscriberId, id, {
      error: `text-${error}`,
      typed: error === 'too-many' ? '' : typed,
    });
  if ('fault' in read) return wrong(read.fault);
  const understood = await understandList(deps, read.items);
  if (field(form, 'act') === 'check') return checkPage(wording, id, understood, typed);
  const added = await addToList(deps, subscriberId, id, understood.entries, now);
  if (added === null) return { notFound: true };
  if (added.tooMany) return wrong('full');
  return { ...reportDone(added.added > 0 ? 'list-added' : 'list-known'), seeOther: pathOfOwn(id) };
}

function checkPage(
  wording: Wording,
  id: number,
  { entries, troubles }: UnderstoodList,
  typed: string,
): PageResponse {
  return {
    page: 'own-list-check',
    title: wording.say('lists.check.title'),
    view: {
      action: pathOfOwn(id),
      back: pathOfOwn(id),
      count: entries.length,
      tooMany: entries.length > entriesAtMost,
      most: entriesAtMost,
      entries: entries.map(({ understood, reason, title }) => ({
        name: describeSubscription(wording, { ...understood, title }),
        reason: quoteText(reason),
      })),
      troubles: troubles.map((one) => ({
        line: wording.say('lists.check.line', { line: one.line, words: quoteText(one.words, 120) }),
        why: sayTrouble(wording, one),
      })),
      text: writeListJson(
        { name: '', organization: '' },
        entries.map(({ understood, reason }) => ({ ...understood, reason })),
      ),
      typed,
    },
  };
}

function sayTrouble(wording: Wording, { why, words }: ListTrouble): string {
  if (typeof why === 'string') return wording.say(`lists.check.${why}`, { most: reasonAtMost });
  if ('choices' in why)
    return why.choices.length === 0
      ? wording.say('follow.problem.unknown', { words: quoteText(words, 120) })
      : wording.say('lists.check.choose', {
          names: wording.list(why.choices.map((one) => wording.say('find.quoted', { words: one }))),
        });
  return problemSentence(wording, why);
}

function readReasons(form: Form): Map<number, string> {
  return new Map(
    Object.entries(form).flatMap(([name, values]) => {
      const id = /^reason-(\d{1,15})$/.exec(name)?.[1];
      return id === undefined ? [] : [[Number(id), cleanText(values[0] ?? '')] as const];
    }),
  );
}
