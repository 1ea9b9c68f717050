import { readEnhancedCode, readReplyCode } from './codes.ts';
import { meanings, type RefusalKind, type RefusalLimit, type RefusalMeaning } from './meanings.ts';
import { findPhrase, type Phrase } from './phrases/phrase.ts';
import { clearPhrases, weakPhrases } from './phrases/phrases.ts';
import { laterPhrases } from './phrases/route.ts';
import { foldServerText, withoutNames } from './plain-words.ts';
import { findReplies, type Reply } from './replies.ts';

/** The evidence about a refusal. */
export type RefusalEvidence = {
  /**
   * Its place in the SMTP conversation. At `mail` the server has not heard of the recipient yet; at `data` it has seen
   * the message too. Null if unknown.
   */
  stage: 'mail' | 'rcpt' | 'data' | null;
  /** The servers' own words, the most trustworthy first. */
  texts: string[];
  /** Enhanced codes from status fields. A relay may have derived them from a reply code. */
  statuses: string[];
};

/** The meaning of a refusal, and how it was recognized. */
export type RefusalVerdict = {
  kind: RefusalKind;
  limit: RefusalLimit;
  meaning: RefusalMeaning;
  /** For admins: the meaning and the evidence. It quotes only known phrases, so it names nobody. */
  reason: string;
};

type Finding = { meaning: RefusalMeaning; shownBy: string; isTemporary: boolean };

/** The number of characters read of each text. */
const mostRead = 4_000;
const mostReplies = 20;

/** Judges by words and the innermost answer first, enhanced codes second, reply codes last (B1). Never throws. */
export function judgeRefusal({ stage, texts, statuses }: RefusalEvidence): RefusalVerdict {
  const replies = texts
    .flatMap((text) => findReplies(withoutNames(text.slice(0, mostRead))).slice(0, mostReplies))
    .filter(({ code }) => !code?.startsWith('2'))
    .map((reply) => ({ ...reply, text: foldServerText(reply.text) }));
  const finding =
    firstFinding(replies, (reply) => readWords(reply, clearPhrases) ?? readCode(reply)) ??
    firstFinding(replies, (reply) => readWords(reply, weakPhrases)) ??
    firstFinding(statuses, (status) => readStatus(status, replies)) ??
    firstFinding(replies, readBareCode);
  return toVerdict(
    finding ?? { meaning: 'failed', shownBy: 'nothing more was said', isTemporary: false },
    stage,
  );
}

function firstFinding<T>(sources: T[], read: (source: T) => Finding | null): Finding | null {
  for (const source of sources) {
    const finding = read(source);
    if (finding) return finding;
  }
  return null;
}

function readWords(reply: Reply, phrases: readonly Phrase[]): Finding | null {
  const phrase = findPhrase(phrases, reply.text);
  if (!phrase) return null;
  return { meaning: phrase.meaning, shownBy: `its words “${phrase.words}”`, isTemporary: isTemporary(reply) };
}

function readCode(reply: Reply): Finding | null {
  const read = reply.enhanced && readEnhancedCode(reply.enhanced, reply.code);
  if (!read) return null;
  const { limit } = meanings[read.meaning];
  const later = (limit === 'at-once' || limit === 'three') && readWords(reply, laterPhrases);
  if (later) return later;
  const shownBy = `its code ${reply.enhanced} (${read.source})`;
  return { meaning: read.meaning, shownBy, isTemporary: isTemporary(reply) };
}

/** A relay that got no enhanced code makes one up, so its "no such mailbox" is only a guess (B1). */
function readStatus(status: string, replies: Reply[]): Finding | null {
  const read = readEnhancedCode(status);
  if (!read) return null;
  const isGuess = replies.some(({ code, enhanced }) => code !== null && enhanced === null);
  const isDead = meanings[read.meaning].kind === 'hard';
  const shownBy = `the status ${status} (${read.source})`;
  return {
    meaning: isGuess && isDead ? 'refused' : read.meaning,
    shownBy: isGuess ? `${shownBy}, which the relay chose` : shownBy,
    isTemporary: status.startsWith('4'),
  };
}

function readBareCode(reply: Reply): Finding | null {
  const read = reply.code && readReplyCode(reply.code);
  if (!read) return null;
  const shownBy = `its reply code ${reply.code} alone (${read.source})`;
  return { meaning: read.meaning, shownBy, isTemporary: isTemporary(reply) };
}

const isTemporary = ({ code, enhanced }: Reply) => [code, enhanced].some((told) => told?.startsWith('4'));

function toVerdict(
  { meaning, shownBy, isTemporary }: Finding,
  stage: RefusalEvidence['stage'],
): RefusalVerdict {
  const seen = seenFrom(stage, meaning);
  const { kind, limit, says } = meanings[seen];
  const reason = `${says}: ${shownBy}.`;
  // A 4xx is never final, whatever the words.
  if (kind === 'hard' && isTemporary) return { kind: 'soft', limit: 'three', meaning: seen, reason };
  return { kind, limit, meaning: seen, reason };
}

/** Before RCPT the server knows no recipient; after the message, a bare refusal may be about the message. */
function seenFrom(stage: RefusalEvidence['stage'], meaning: RefusalMeaning): RefusalMeaning {
  const { limit } = meanings[meaning];
  if (stage === 'mail' && (limit === 'at-once' || limit === 'three')) return 'sender-refused';
  return stage === 'data' && meaning === 'refused' ? 'failed' : meaning;
}
