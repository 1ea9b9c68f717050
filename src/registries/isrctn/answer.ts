import { registries } from '../../core/registries.ts';
import { messageOf, RegistryUnavailable } from '../../errors.ts';
import type { HttpAnswer } from '../http.ts';
import { recordsAtMost, type Window } from './questions.ts';
import { readXml, type XmlAnswer, XmlFault, type XmlNode } from './xml.ts';

const { name } = registries.isrctn;

/** Characters in a piece that is parsed at once. */
const pieceLength = 64 * 1024;

/** The records of an answer. Throws RegistryUnavailable if it is not the registry's XML or was cut off. */
export function answerOf({ status, headers, text }: HttpAnswer): XmlAnswer {
  const type = headers.get('content-type') ?? '';
  if (status !== 200) throw unexpected(`status ${status}`, type);
  if (!/\bxml\b/i.test(type)) throw unexpected(`${type || 'something'} where XML is expected`, type);
  try {
    return readXml(piecesOf(text));
  } catch (cause) {
    if (!(cause instanceof XmlFault)) throw cause;
    throw unexpected(messageOf(cause), type, cause);
  }
}

function* piecesOf(text: string): Generator<string> {
  for (let at = 0; at < text.length; at += pieceLength) yield text.slice(at, at + pieceLength);
}

function unexpected(what: string, type: string, cause?: unknown): RegistryUnavailable {
  const page = /^text\/html\b/i.test(type) ? ' (a web page, perhaps of a proxy or a maintenance notice)' : '';
  return new RegistryUnavailable(
    `${name} answered with ${what}${page}. Nothing was taken from it; the next round asks again. If it goes on, see https://www.isrctn.com in a browser, or check ISRCTN_URL.`,
    { cause },
  );
}

/**
 * Refuses an answer with every record of the registry to a question for some: the registry drops a clause
 * that it does not understand, without a word.
 */
export function refuseWhole(
  { total, records }: XmlAnswer,
  { from, to }: Window,
  clause: string,
  whole: number,
): void {
  const isOutside = (raw: XmlNode) => {
    const [trial] = Array.isArray(raw.trial) ? raw.trial : [];
    const edited = trial?.['@lastUpdated'];
    return (
      typeof edited === 'string' && (edited.slice(0, 19) < from.slice(0, 19) || edited.slice(0, 19) > to)
    );
  };
  const isNarrowed = clause !== '' && whole > recordsAtMost;
  if (total < whole || !(isNarrowed || records.some(isOutside))) return;
  throw new RegistryUnavailable(
    `${name} answered with all its ${whole} records to a question for some, so nothing was taken from it. If this goes on, its way to ask has changed: look for a newer version of this program.`,
  );
}
