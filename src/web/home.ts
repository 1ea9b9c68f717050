import type { Answer, Visit } from './answer.ts';

/** The start page. */
export function showHome({ wording }: Visit): Answer {
  return { page: 'home', title: wording.say('page.title'), view: {}, indexed: true, cacheSeconds: 300 };
}
