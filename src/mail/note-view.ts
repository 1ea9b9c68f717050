import type { TrialCard } from '../core/digests/digest.ts';
import type { Note } from '../core/digests/notes.ts';
import { registryName } from '../core/registries.ts';
import { sourceSentence } from '../core/wording/digest.ts';
import { noteWords } from '../core/wording/notes.ts';
import type { Wording } from '../core/wording/wording.ts';

/** What a note is made of: a welcome, a few words after long silence, or the question once a year. */
export type NoteData = {
  note: Note;
  tokens: { unsubscribe: string; manage: string };
  /** The official page of a trial. */
  recordUrl: (card: TrialCard) => string;
};

/** What the templates of a note show. Its links act only toward fewer mails, or open pages (P12). */
export function noteView(
  { note, recordUrl }: NoteData,
  wording: Wording,
  urls: { unsubscribe: string; manage: string; public: (path: string) => string },
): object {
  const words = noteWords(wording, note);
  return {
    ...words,
    items: words.items.map((item, n) => {
      const followed = note.items[n];
      const card = followed?.kind === 'trial' && !followed.isGone ? followed.card : null;
      return {
        ...item,
        pageUrl: item.page && urls.public(item.page),
        recordUrl: card && recordUrl(card),
        lessUrl: `${urls.unsubscribe}/${item.subscriptionId}`,
      };
    }),
    recordName: wording.say('digest.record', { registry: registryName(note.registry) }),
    unsubscribeUrl: urls.unsubscribe,
    manageUrl: urls.manage,
    about: [sourceSentence(wording, note), wording.say('about.evaluation'), wording.say('about.advice')],
  };
}
