import type { TrialCard } from '../core/digests/digest.ts';
import type { Note } from '../core/digests/notes.ts';
import { registryName } from '../core/registries.ts';
import { sourceSentence } from '../core/wording/digest.ts';
import { noteWords } from '../core/wording/notes.ts';
import { discreetUrl, personalUrl, type ViewTools } from './view-tools.ts';

/** What a note is made of: a welcome, a few words after long silence, or the question once a year. */
export type NoteData = {
  note: Note;
  tokens: { unsubscribe: string; manage: string; followed: string };
  /** The official page of a trial. */
  recordUrl: (card: TrialCard) => string;
};

/** What the templates of a note show. Its links act only toward fewer mails, or open pages (P12). */
export function noteView(
  { note, tokens, recordUrl }: NoteData,
  { wording, base, publicUrl, isDiscreet }: ViewTools,
): object {
  const words = noteWords(wording, note);
  const unsubscribeUrl = personalUrl(base, 'unsubscribe', tokens.unsubscribe);
  return {
    ...words,
    items: words.items.map((item, n) => {
      const followed = note.items[n];
      const card = followed?.kind === 'trial' && !followed.isGone ? followed.card : null;
      const pageUrl = isDiscreet ? discreetUrl(base, tokens.followed, item.subscriptionId) : null;
      return {
        ...item,
        pageUrl: item.page && (pageUrl ?? publicUrl(item.page)),
        recordUrl: card && !isDiscreet ? recordUrl(card) : null,
        lessUrl: `${unsubscribeUrl}/${item.subscriptionId}`,
      };
    }),
    recordName: wording.say('digest.record', { registry: registryName(note.registry) }),
    unsubscribeUrl,
    manageUrl: personalUrl(base, 'manage', tokens.manage),
    about: [sourceSentence(wording, note), wording.say('about.evaluation'), wording.say('about.advice')],
  };
}
