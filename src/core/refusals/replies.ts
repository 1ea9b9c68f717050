import { readEnhancedCode } from './codes.ts';

/** One server answer in a text that may contain several. */
export type Reply = {
  /** `550`; null if the answer has no reply code. */
  code: string | null;
  /** `5.1.1`; null if there is none. */
  enhanced: string | null;
  text: string;
};

/** A reply code starts an answer; `-` after it announces more lines. */
const replyCode = /(?<![\w.@/-])([245]\d\d)(?=[ -]|$)(-?)[ ]*/g;
/**
 * An enhanced code follows a reply code or a mark, or touches the previous word if a relay joined lines.
 * Three numbers in other places are a version or part of an address.
 */
const enhancedCode = /(?:^|[#(["'<>:;=-]\s*|[a-z])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)/g;

/** Finds the answers in a text, the innermost first: a relay puts its own words before the answer it got. */
export function findReplies(text: string): Reply[] {
  const starts = [...text.matchAll(replyCode)];
  const outer = text.slice(0, starts[0]?.index ?? text.length);
  const replies: Reply[] = outer.trim() === '' ? [] : [readLine(null, outer)];
  let goesOn = false;
  for (const [n, start] of starts.entries()) {
    const [whole, code = '', more] = start;
    const line = readLine(code, text.slice(start.index + whole.length, starts[n + 1]?.index));
    const before = replies.at(-1);
    if (goesOn && before?.code === code) replies.splice(-1, 1, joinLines(before, line));
    else replies.push(line);
    goesOn = more === '-';
  }
  return replies.reverse();
}

function readLine(code: string | null, text: string): Reply {
  const enhanced = [...text.matchAll(enhancedCode)].map(([, found]) => found ?? '');
  return { code, enhanced: enhanced.find(saysSomething) ?? enhanced[0] ?? null, text };
}

function joinLines(before: Reply, line: Reply): Reply {
  const enhanced = [before.enhanced, line.enhanced].filter((code) => code !== null);
  return {
    code: before.code,
    enhanced: enhanced.find(saysSomething) ?? enhanced[0] ?? null,
    text: `${before.text} ${line.text}`,
  };
}

const saysSomething = (code: string) => readEnhancedCode(code) !== null;
