import { adminPage } from './guard.ts';
import { morePages } from './menu.ts';

/** The pages that the menu does not name, each with what it is for. */
export const showMore = adminPage(({ wording }) => ({
  page: 'admin-more',
  title: wording.say('admin.menu.more'),
  view: {
    pages: morePages.map(({ name, path, message }) => ({
      path,
      name: wording.say(message),
      what: wording.say(`admin.more.${name}`),
    })),
  },
}));
