import type { TrialCard } from '../core/digests/digest.ts';
import type { Note } from '../core/digests/notes.ts';
import { registryName } from '../core/registries.ts';
import { noteWords } from '../core/wording/notes.ts';
import { aboutSources } from '../core/wording/sources.ts';
import { discreetUrl, personalUrl, type ViewTools } from './view-tools.ts';

/** The input of a note's templates: a welcome, a note after months without news, or the yearly question. */
export type NoteData = {
  note: Note;
  tokens: { unsubscribe: string; manage: string; followed: string };
  /** Returns the official page of a trial. */
  recordUrl: (card: TrialCard) => string;
};

/**
 * Makes the values that the templates of a note show. Its links open pages or lead to fewer mails, never to
 * more (P12).
 */
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
    about: aboutSources(wording, [note]),
  };
}
