import type { Pages } from './pages.ts';
import type { SignedIn } from './sign-in.ts';
import type { World } from './world.ts';

/** Requests a link to the admin pages and returns its path from the mail, or an empty string without a mail. */
export async function askForAdminLink(world: World, pages: Pages, email: string): Promise<string> {
  const links = async () => {
    const texts = (await world.mails(email)).map(({ text = '' }) => text);
    return texts.flatMap(
      (text) => /https:\/\/bell\.example\.org(?:\/bell)?(\/admin\/enter\/[\w-]{43})\s/.exec(text)?.[1] ?? [],
    );
  };
  const known = await links();
  await pages.post('/admin/sign-in', { email });
  await world.round();
  return (await links()).find((link) => !known.includes(link)) ?? '';
}

/** Signs in to the admin pages as a person would. The address must be in the world's ADMIN_EMAILS or VIEWER_EMAILS. */
export async function signInAsAdmin(world: World, pages: Pages, email: string): Promise<SignedIn> {
  const { headers } = await pages.post(await askForAdminLink(world, pages, email), {});
  const cookie = (headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  return {
    cookie,
    get: (path) => pages.get(path, { cookie }),
    post: (path, fields) => pages.post(path, fields, { cookie }),
  };
}
