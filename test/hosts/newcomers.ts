import { setTimeout as sleep } from 'node:timers/promises';
import { signUpForm } from '../support/sign-ups.ts';
import { promisedTrial } from '../torture/people.ts';

/** Whether an address is that of somebody who signed up during a run. */
export function isNewcomer(address: string): boolean {
  return address.startsWith('newcomer');
}

/**
 * Signs people up at the pages, one after the other and as often as it takes until the page says that their mail is coming,
 * as somebody would who finds the pages away. `stop` gives the addresses of those who were told so.
 */
export function signPeopleUp(pagesUrl: string): { stop(): Promise<string[]> } {
  const ending = new AbortController();
  const told: string[] = [];
  const signing = (async () => {
    for (let n = 0; !ending.signal.aborted; n += 1) {
      const email = `newcomer${n}@d${n}.example.net`;
      while (!ending.signal.aborted && !(await signUp(pagesUrl, email))) await sleep(200);
      if (!ending.signal.aborted) told.push(email);
      await sleep(300, undefined, { signal: ending.signal }).catch(() => {});
    }
  })();
  return {
    async stop() {
      ending.abort();
      await signing;
      return told;
    },
  };
}

async function signUp(pagesUrl: string, email: string): Promise<boolean> {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(signUpForm(email, [`trial:${promisedTrial}`])))
    for (const one of [value].flat()) body.append(name, one);
  return fetch(`${pagesUrl}/subscriptions`, {
    method: 'POST',
    body,
    headers: { 'sec-fetch-site': 'same-origin' },
    signal: AbortSignal.timeout(10_000),
  }).then(
    async (response) => (await response.text()) !== '' && response.ok,
    () => false,
  );
}
