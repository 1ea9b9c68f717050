import { execFile, spawn } from 'node:child_process';
import { chownSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ImapFlow } from 'imapflow';
import {
  dovecotProgram,
  findFreePort,
  findUnprivilegedUser,
  makeFolder,
  startOnFreePort,
} from './servers.ts';

/** What people and mail servers do with a mailbox. */
export type MailboxTools = {
  append(...messages: (string | Buffer)[]): Promise<void>;
  /** Marks every message as seen, like a person who opens it. */
  see(): Promise<void>;
  empty(): Promise<void>;
  /** The flags of each message, oldest first. */
  flags(): Promise<string[][]>;
  /** The UID of each message, oldest first. */
  uids(): Promise<number[]>;
};

/** A mailbox on a real IMAP server, Debian's dovecot, on loopback. */
export type ImapServer = MailboxTools & {
  port: number;
  /** The certificate authority as PEM; empty without TLS. */
  certificate: string;
  /** Its URL with user, password and folder, by default without TLS and on 127.0.0.1. */
  url(how?: { host?: string; port?: number; secure?: boolean; password?: string; folder?: string }): string;
  /** Cuts the stored file of the newest message, as a full disk or a broken copy does. */
  damage(): void;
  close(): Promise<void>;
};

/** Who signs in. */
export type ImapLogin = { user: string; pass: string };

export type ImapServerOptions = {
  /** Offers TLS on both ports, with a generated certificate for this machine. */
  tls?: boolean;
  /** The rights of the owner in the mailbox (RFC 4314); by default all. */
  rights?: string;
};

const user = 'bell@example.org';
const password = 'p/w-of-the-tests%';

/** Starts the server with an empty mailbox; as another user if this process is root. */
export async function startImapServer({ tls = false, rights }: ImapServerOptions = {}): Promise<ImapServer> {
  const program = dovecotProgram;
  if (!program) throw new Error('this machine has no dovecot');
  const { uid, gid = uid } = await findUnprivilegedUser();
  const folder = makeFolder();
  const owned = ['.', 'mail'];
  mkdirSync(join(folder, 'mail'));
  if (tls) {
    await makeCertificate(folder);
    owned.push('key.pem');
  }
  if (rights) writeFileSync(join(folder, 'mail', 'dovecot-acl'), `owner ${rights}\n`);
  if (uid !== undefined && gid !== undefined)
    for (const name of owned) chownSync(join(folder, name), uid, gid);
  const as = uid !== undefined && gid !== undefined ? { uid, gid } : {};
  const [userName, groupName] = [await nameOf('-un', as), await nameOf('-gn', as)];
  const tlsPort = tls ? await findFreePort() : 0;
  const started = await startOnFreePort(folder, 'SIGTERM', (port) => {
    const file = join(folder, 'dovecot.conf');
    writeFileSync(file, settingsOf({ folder, port, tlsPort, userName, groupName, rights }));
    const child = spawn(program, ['-F', '-c', file], { ...as, cwd: folder, stdio: 'ignore' });
    return {
      child,
      url: String(port),
      check: () => withImap(port, { user, pass: password }, async () => {}),
    };
  });
  const port = Number(started.url);
  return {
    port,
    certificate: tls ? readFileSync(join(folder, 'cert.pem'), 'utf8') : '',
    url({ host = '127.0.0.1', secure = false, folder: box = 'INBOX', ...how } = {}) {
      const parts = [user, how.password ?? password].map(encodeURIComponent).join(':');
      const at = how.port ?? (secure ? tlsPort : port);
      return `${secure ? 'imaps' : 'imap'}://${parts}@${host}:${at}/${encodeURIComponent(box)}`;
    },
    ...mailboxTools(port, { user, pass: password }),
    damage() {
      const [newest] = ['new', 'cur']
        .flatMap((name) =>
          readdirSync(join(folder, 'mail', name)).map((file) => join(folder, 'mail', name, file)),
        )
        .sort((a, b) => orderOf(b) - orderOf(a));
      if (newest) truncateSync(newest, 8);
    },
    close: started.stop,
  };
}

/** Uses a mailbox on loopback over IMAP. */
export function mailboxTools(port: number, auth: ImapLogin): MailboxTools {
  return {
    append: (...messages) =>
      withImap(port, auth, async (client) => {
        for (const message of messages) await client.append('INBOX', message);
      }),
    see: () =>
      withImap(port, auth, async (client) => {
        await client.mailboxOpen('INBOX');
        await client.messageFlagsAdd('1:*', ['\\Seen']);
      }),
    empty: () =>
      withImap(port, auth, async (client) => {
        const { exists } = await client.mailboxOpen('INBOX');
        if (exists > 0) await client.messageDelete('1:*');
      }),
    flags: () =>
      withImap(port, auth, async (client) => {
        const found: string[][] = [];
        const { exists } = await client.mailboxOpen('INBOX', { readOnly: true });
        if (exists === 0) return found;
        for await (const { flags } of client.fetch('1:*', { flags: true }))
          found.push([...(flags ?? [])].filter((flag) => flag !== '\\Recent').sort());
        return found;
      }),
    uids: () =>
      withImap(port, auth, async (client) => {
        await client.mailboxOpen('INBOX', { readOnly: true });
        return (await client.fetchAll('1:*', { uid: true })).map(({ uid }) => uid);
      }),
  };
}

/** The moment of delivery in a Maildir file's name, in microseconds. */
function orderOf(file: string): number {
  const [, seconds, micros] = /(\d+)\.M(\d+)P/.exec(file) ?? [];
  return Number(seconds) * 1e6 + Number(micros);
}

/** Signs in on loopback and works with the connection. */
export async function withImap<T>(
  port: number,
  auth: ImapLogin,
  work: (client: ImapFlow) => Promise<T>,
): Promise<T> {
  const how = {
    host: '127.0.0.1',
    port,
    auth,
    doSTARTTLS: false,
    logger: false,
    disableAutoIdle: true,
    disableCompression: true,
  } as const;
  const client = new ImapFlow({ ...how, greetingTimeout: 5_000, socketTimeout: 20_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    client.close();
  }
}

async function nameOf(flag: '-un' | '-gn', { uid }: { uid?: number }): Promise<string> {
  const { stdout } = await promisify(execFile)('id', [flag, ...(uid === undefined ? [] : [String(uid)])]);
  return stdout.trim();
}

/** Makes a certificate for the host names that the tests use. */
async function makeCertificate(folder: string): Promise<void> {
  const names = 'subjectAltName=IP:127.0.0.1,IP:0.0.0.0,DNS:localhost';
  const ask = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
  await promisify(execFile)('openssl', [...ask, '-addext', names, '-keyout', 'key.pem', '-out', 'cert.pem'], {
    cwd: folder,
  });
}

function settingsOf(how: {
  folder: string;
  port: number;
  tlsPort: number;
  userName: string;
  groupName: string;
  rights: string | undefined;
}): string {
  const { folder, port, tlsPort, userName, groupName, rights } = how;
  const certificate = `ssl_cert = <${folder}/cert.pem\nssl_key = <${folder}/key.pem`;
  return `protocols = imap
listen = 127.0.0.1
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/log
first_valid_uid = 1
default_internal_user = ${userName}
default_internal_group = ${groupName}
default_login_user = ${userName}
disable_plaintext_auth = no
ssl = ${tlsPort > 0 ? `yes\n${certificate}` : 'no'}
mail_location = maildir:${folder}/mail
auth_failure_delay = 0
mail_max_userip_connections = 100
passdb {
  driver = static
  args = user=${user} password=${password.replaceAll('%', '%%')}
}
userdb {
  driver = static
  args = uid=${userName} gid=${groupName} home=${folder}
}
namespace inbox {
  inbox = yes
}
${rights === undefined ? '' : 'mail_plugins = acl\nplugin {\n  acl = vfile\n}'}
service anvil {
  chroot =
  # A wrong password is answered at once.
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = ${tlsPort}
    ssl = ${tlsPort > 0 ? 'yes' : 'no'}
  }
}
`;
}
