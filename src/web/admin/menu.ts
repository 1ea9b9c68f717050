/** The menu of the admin pages, in order; `message` is the key of each name. */
export const menu: readonly { path: string; message: string }[] = [
  { path: '/admin', message: 'admin.menu.overview' },
  { path: '/admin/runs', message: 'admin.menu.runs' },
  { path: '/admin/mail', message: 'admin.menu.mail' },
  { path: '/admin/quarantine', message: 'admin.menu.quarantine' },
  { path: '/admin/queues', message: 'admin.menu.queues' },
  { path: '/admin/subscribers', message: 'admin.menu.subscribers' },
  { path: '/admin/bulk', message: 'admin.menu.bulk' },
  { path: '/admin/preview', message: 'admin.menu.preview' },
  { path: '/admin/webhooks', message: 'admin.menu.webhooks' },
  { path: '/admin/audit', message: 'admin.menu.audit' },
  { path: '/admin/sessions', message: 'admin.menu.sessions' },
];
