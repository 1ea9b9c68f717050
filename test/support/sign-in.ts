import type { Pages } from './pages.ts';
import type { World } from './world.ts';

/** A signed-in browser, which gets pages and sends forms with its cookie. */
export type SignedIn = {
  cookie: string;
  get(path: string): ReturnType<Pages['get']>;
  post(path: string, fields: Record<string, string | string[]>): ReturnType<Pages['post']>;
};

/**
 * Requests a link to the person's subscriptions and returns its path from the mail, or an empty string without a mail.
 */
export async function askForLink(world: World, pages: Pages, email: string): Promise<string> {
  const links = async () => {
    const texts = (await world.mails(email)).map(({ text = '' }) => text);
    return texts.flatMap(
      (text) =>
        /https?:\/\/(?:bell\.example\.org|localhost:3000)(?:\/bell)?(\/manage\/[\w-]{43})\s/.exec(
          text,
        )?.[1] ?? [],
    );
  };
  const known = await links();
  await pages.post('/manage', { email });
  await world.round();
  return (await links()).find((link) => !known.includes(link)) ?? '';
}

/** Signs in like a person: requests the link, opens it, presses the button. */
export async function signIn(world: World, pages: Pages, email: string): Promise<SignedIn> {
  const { headers } = await pages.post(await askForLink(world, pages, email), {});
  const cookie = (headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  return {
    cookie,
    get: (path) => pages.get(path, { cookie }),
    post: (path, fields) => pages.post(path, fields, { cookie }),
  };
}
