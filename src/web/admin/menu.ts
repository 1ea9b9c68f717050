/** A page in a list of links; `message` is the key of its name. */
export type MenuItem = { path: string; message: string };

/** The menu of the admin pages, in order. */
export const menu: readonly MenuItem[] = [
  { path: '/admin', message: 'admin.menu.overview' },
  { path: '/admin/runs', message: 'admin.menu.runs' },
  { path: '/admin/mail', message: 'admin.menu.mail' },
  { path: '/admin/subscribers', message: 'admin.menu.subscribers' },
  { path: '/admin/more', message: 'admin.menu.more' },
];

/** The pages behind the last item, in order. `admin.more.…` says what each is for. */
export const morePages: readonly (MenuItem & { name: string })[] = [
  { name: 'quarantine', path: '/admin/quarantine', message: 'admin.menu.quarantine' },
  { name: 'disagreements', path: '/admin/disagreements', message: 'admin.quarantine.disagreements' },
  { name: 'queues', path: '/admin/queues', message: 'admin.menu.queues' },
  { name: 'bulk', path: '/admin/bulk', message: 'admin.menu.bulk' },
  { name: 'preview', path: '/admin/preview', message: 'admin.menu.preview' },
  { name: 'lists', path: '/admin/lists', message: 'admin.menu.lists' },
  { name: 'webhooks', path: '/admin/webhooks', message: 'admin.menu.webhooks' },
  { name: 'audit', path: '/admin/audit', message: 'admin.menu.audit' },
  { name: 'sessions', path: '/admin/sessions', message: 'admin.menu.sessions' },
];

/** The item of the menu that a path belongs to: a page of no other item is behind the last. */
export function itemOf(path: string): string {
  const own = menu.find((one) => one.path !== '/admin' && `${path}/`.startsWith(`${one.path}/`));
  return own?.path ?? (path === '/admin' ? path : '/admin/more');
}
