import type { Pages } from './pages.ts';
import type { SignedIn } from './sign-in.ts';
import type { World } from './world.ts';

/** Asks for a link to the admins' pages and returns its path as the mail has it; empty when none came. */
export async function askForAdminLink(world: World, pages: Pages, email: string): Promise<string> {
  const links = async () => {
    const texts = (await world.mails(email)).map(({ text = '' }) => text);
    return texts.flatMap(
      (text) => /https:\/\/bell\.example\.org(\/admin\/enter\/[\w-]{43})\s/.exec(text)?.[1] ?? [],
    );
  };
  const known = await links();
  await pages.post('/admin/sign-in', { email });
  await world.round();
  return (await links()).find((link) => !known.includes(link)) ?? '';
}

/** Signs in on the admins' pages as a person does; the address has to be in the world's ADMIN_EMAILS or VIEWER_EMAILS. */
export async function signInAsAdmin(world: World, pages: Pages, email: string): Promise<SignedIn> {
  const { headers } = await pages.post(await askForAdminLink(world, pages, email), {});
  const cookie = (headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  return {
    cookie,
    get: (path) => pages.get(path, { cookie }),
    post: (path, fields) => pages.post(path, fields, { cookie }),
  };
}
