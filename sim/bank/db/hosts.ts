/** A database that cannot be looked for: its URL is not one, or says what a bank cannot do. */
export class DatabaseUrlError extends Error {
  readonly code = 'database-url';
}

/** Where a database may be: the same one, on hosts of which one at a time takes writes. */
export interface DatabaseHosts {
  /** A URL for each host, in the order in which they are tried. */
  readonly urls: readonly string[];
  /** `host:port` of each: what may be told to anybody. */
  readonly names: readonly string[];
  readonly connect_ms: number;
}

const FORM = /^(postgres(?:ql)?):\/\/(?:([^@/]*)@)?([^/?]+)(\/[^?]*)?(?:\?(.*))?$/;
/** A name, or an address of IPv6 in brackets; a port. */
const HOST = /^(\[[0-9a-f:.]+\]|[^:@%[\]\s]+)(?::(\d{1,5}))?$/i;
const PORT = 5432;
const PORT_MAX = 0xffff;
const CONNECT_S = 5;
const CONNECT_S_MAX = 600;
/** A bank writes, so these come to the same, and whatever else libpq knows does not do. */
const SESSIONS: readonly string[] = ['any', 'read-write', 'primary'];

/** The driver would follow these, whatever the hosts are and whatever a bank sets for its sessions. */
const BESIDES = ['host', 'hostaddr', 'port', 'user', 'password', 'dbname', 'database', 'options'];

/**
 * Takes apart a URL as libpq writes it (PostgreSQL, 34.1.1.2), with one host or several:
 * `postgres://USER@HOST:PORT,HOST:PORT/NAME?target_session_attrs=read-write&connect_timeout=5`. Throws
 * DatabaseUrlError.
 */
export function parseDatabaseUrl(url: string): DatabaseHosts {
  const [, scheme, user, list, path = '', query = ''] = FORM.exec(url) ?? [];
  if (list === undefined) throw new DatabaseUrlError('expected postgres://USER@HOST:PORT/NAME');
  const options = new URLSearchParams(query);
  if (!options.getAll('target_session_attrs').every((each) => SESSIONS.includes(each)))
    throw new DatabaseUrlError('target_session_attrs: a bank needs read-write');
  const seconds = options.get('connect_timeout') ?? `${CONNECT_S}`;
  if (!/^\d{1,3}$/.test(seconds) || +seconds < 1 || +seconds > CONNECT_S_MAX)
    throw new DatabaseUrlError(`connect_timeout: expected 1 to ${CONNECT_S_MAX} seconds`);
  for (const own of ['target_session_attrs', 'connect_timeout']) options.delete(own);
  const taken = BESIDES.find((each) => options.has(each));
  if (taken !== undefined) throw new DatabaseUrlError(`${taken}: a bank has that from nowhere else`);
  const names = list.split(',').map(nameOf);
  const rest = `${path}${options.size > 0 ? `?${options}` : ''}`;
  const urls = names.map((name) => `${scheme}://${user === undefined ? '' : `${user}@`}${name}${rest}`);
  if (!urls.every((each) => URL.canParse(each)))
    throw new DatabaseUrlError('expected postgres://USER@HOST:PORT/NAME');
  return { urls, names, connect_ms: 1_000 * +seconds };
}

function nameOf(text: string): string {
  const [, host, port = `${PORT}`] = HOST.exec(text) ?? [];
  if (host === undefined || +port < 1 || +port > PORT_MAX)
    throw new DatabaseUrlError('each host is NAME or NAME:PORT, with commas between them');
  return `${host}:${port}`;
}
