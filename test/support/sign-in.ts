import type { Pages } from './pages.ts';
import type { World } from './world.ts';

/** A browser that is signed in: pages are got and forms are sent with its cookie. */
export type SignedIn = {
  cookie: string;
  get(path: string): ReturnType<Pages['get']>;
  post(path: string, fields: Record<string, string | string[]>): ReturnType<Pages['post']>;
};

/** Asks for a link to one's subscriptions and returns its path as the mail has it; empty when none came. */
export async function askForLink(world: World, pages: Pages, email: string): Promise<string> {
  const links = async () => {
    const texts = (await world.mails(email)).map(({ text = '' }) => text);
    return texts.flatMap(
      (text) => /https:\/\/bell\.example\.org(\/manage\/[\w-]{43})\s/.exec(text)?.[1] ?? [],
    );
  };
  const known = await links();
  await pages.post('/manage', { email });
  await world.round();
  return (await links()).find((link) => !known.includes(link)) ?? '';
}

/** Signs in as a person does: asks for the link, opens it, presses the button. */
export async function signIn(world: World, pages: Pages, email: string): Promise<SignedIn> {
  const { headers } = await pages.post(await askForLink(world, pages, email), {});
  const cookie = (headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  return {
    cookie,
    get: (path) => pages.get(path, { cookie }),
    post: (path, fields) => pages.post(path, fields, { cookie }),
  };
}
