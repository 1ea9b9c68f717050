import { listDueDeliveries } from '../../src/db/delivery/deliveries.ts';
import { trySending } from '../../src/jobs/delivery/send.ts';
import { doDueRequests } from '../../src/jobs/requests.ts';
import type { Pages } from './pages.ts';
import type { World } from './world.ts';

/** A filled-in sign-up form with the default choices, as a browser sends it. */
export function signUpForm(
  email: string,
  follow: string[],
  more: Record<string, string | string[]> = {},
): Record<string, string | string[]> {
  return { follow, email, zone: 'Europe/Oslo', hour: '9', ...more };
}

/** Lets the workers handle requests from pages and send due mails, without polling. */
export async function letWorkersWork({ context }: World): Promise<void> {
  await doDueRequests(context);
  for (const { id } of await listDueDeliveries(context.db, context.now(), 1_000))
    await trySending(context, id);
}

/** The path of the confirmation link in the newest mail to an address; throws if there is none. */
export async function confirmPath(world: World, email: string): Promise<string> {
  const mail = (await world.mails(email)).at(-1);
  const path = /\/confirm\/[\w-]+/.exec(mail?.text ?? '')?.[0];
  if (!path) throw new Error(`no confirmation link was mailed to ${email}`);
  return path;
}

/** Signs up and presses the button behind the link. Returns the cookie by which the browser is known. */
export async function signUpAndConfirm(
  world: World,
  pages: Pages,
  email: string,
  follow: string[],
  more: Record<string, string | string[]> = {},
): Promise<string> {
  await pages.post('/subscriptions', signUpForm(email, follow, more));
  await letWorkersWork(world);
  const { headers } = await pages.post(await confirmPath(world, email), {});
  await letWorkersWork(world);
  return headers.get('set-cookie')?.split(';')[0] ?? '';
}

/** Presses the button of a page that asks for the consent in a browser that had confirmed. */
export function agreeHere(pages: Pages, page: string, cookie: string) {
  const sent = [...page.matchAll(/name="(seen|again|do)" value="([^"]*)"/g)].map(
    ([, name = '', value = '']) => [name, value.replaceAll('&quot;', '"')],
  );
  return pages.post('/subscriptions', Object.fromEntries(sent), { cookie });
}
