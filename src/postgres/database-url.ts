/** One server that a database URL leads to; `host` may be the folder of a socket. */
export type Endpoint = { host: string; port: number };

const usualPort = 5432;

/**
 * Brings the forms of a database URL that only libpq understands (its manual, "Connection URIs": several hosts, a user
 * without a host) to one that every parser reads, with all hosts and ports as parameters. Returns null if it is none.
 */
export function readDatabaseUrl(text: string): string | null {
  const [, protocol = '', user = '', hosts = '', rest = ''] =
    /^(postgres(?:ql)?:\/\/)((?:[^/?#]*@)?)([^/?#]*)(.*)$/s.exec(text) ?? [];
  const endpoints = hosts.split(',').map((one) => /^(\[[\da-f:.]+\]|[^:[\]]*)(?::(\d*))?$/i.exec(one));
  if (endpoints.length === 1) {
    const single = hosts === '' && user !== '' ? `${protocol}${user}localhost${rest}` : text;
    return protocol !== '' && URL.canParse(single) && endpointsOf(single) !== null ? single : null;
  }
  const names = endpoints.map((endpoint) => endpoint?.[1]?.replace(/^\[|\]$/g, '') ?? '');
  const first = `${protocol}${user}${hosts.split(',')[0]}${rest}`;
  if (endpoints.includes(null) || names.includes('') || names.some((name) => name.includes('%'))) return null;
  if (!URL.canParse(first)) return null;
  const url = new URL(first);
  url.searchParams.set('host', names.join(','));
  url.searchParams.set('port', endpoints.map((endpoint) => endpoint?.[2] || usualPort).join(','));
  return endpointsOf(url.href) === null ? null : url.href;
}

/** The servers that a database URL names, in its order; null if hosts and ports do not fit together. */
export function endpointsOf(databaseUrl: string): Endpoint[] | null {
  const { hostname, port, searchParams } = new URL(databaseUrl);
  const named = decodeURIComponent(hostname).replace(/^\[|\]$/g, '');
  const hosts = (searchParams.get('host') || named || 'localhost').split(',');
  const ports = (searchParams.get('port') || port || String(usualPort)).split(',').map(Number);
  if (ports.length !== 1 && ports.length !== hosts.length) return null;
  return hosts.map((host, n) => ({ host, port: ports[n] ?? ports[0] ?? usualPort }));
}

/** The same URL with one of its servers alone. */
export function atEndpoint(databaseUrl: string, { host, port }: Endpoint): string {
  const url = new URL(databaseUrl);
  url.searchParams.set('host', host);
  url.searchParams.set('port', String(port));
  return url.href;
}

/** The schema that a database URL names for the program's tables, or null for PostgreSQL's usual one. */
export function schemaOf(databaseUrl: string): string | null {
  return new URL(databaseUrl).searchParams.get('schema');
}

/** A server for people: its address or socket. */
export function nameEndpoint({ host, port }: Endpoint): string {
  return host.startsWith('/') ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** What a URL leads to, for people: the servers and the database, and no password. */
export function nameServer(databaseUrl: string): string {
  const endpoints = (endpointsOf(databaseUrl) ?? []).map(nameEndpoint).join(' or ');
  const database = new URL(databaseUrl).pathname;
  return endpoints.startsWith('/')
    ? `PostgreSQL at ${endpoints}, database ${database.slice(1)}`
    : `PostgreSQL at ${endpoints}${database}`;
}
