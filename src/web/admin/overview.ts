import { adminPage } from './guard.ts';

/** The first page of the admins: what needs a person, and how everything stands. */
export const showOverview = adminPage(async ({ wording }) => ({
  page: 'admin-overview',
  title: wording.say('admin.overview.title'),
  view: {},
}));
