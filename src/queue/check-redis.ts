import { connect } from 'node:net';
import { Redis } from 'ioredis';
import { isLoopback } from '../config.ts';
import { messageOf } from '../errors.ts';
import { withinMs } from './time-limit.ts';

/** Why a queue cannot work on a Redis, in words, with the remedy. `isAway`: it may only be down for a while. */
export type RedisFault = { text: string; isAway: boolean };

const answerWithinMs = 5_000;
const refusesWithinMs = 300;

/** Does to scratch keys what a queue does to its own, and removes them. */
const script = `
  redis.call('set', KEYS[1] .. 'text', ARGV[1], 'px', 1000)
  redis.call('hset', KEYS[1] .. 'hash', 'a', ARGV[1])
  redis.call('rpush', KEYS[1] .. 'list', ARGV[1])
  redis.call('zadd', KEYS[1] .. 'set', 1, ARGV[1])
  redis.call('xadd', KEYS[1] .. 'stream', 'maxlen', '~', 1, '*', 'a', ARGV[1])
  return redis.call('del', KEYS[1] .. 'hash', KEYS[1] .. 'list', KEYS[1] .. 'set', KEYS[1] .. 'stream')`;

/**
 * Connects to a Redis or Valkey, writes as a queue with this key prefix does, and looks at its settings. Returns null
 * if a queue can work there. Never throws.
 */
export async function findRedisFault(redisUrl: string, prefix: string): Promise<RedisFault | null> {
  const { hostname, port, pathname } = new URL(redisUrl);
  const name = `Redis at ${hostname || 'localhost'}:${port || 6379}`;
  const database = pathname.slice(1) || '0';
  if (!isLoopback(hostname) && /^-DENIED/.test(await hear(hostname, Number(port || 6379))))
    return lasting(
      `${name} is in protected mode and lets in nobody from another machine: give it a password (requirepass) and write that into REDIS_URL.`,
    );
  const redis = new Redis(redisUrl, {
    db: 0,
    lazyConnect: true,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: answerWithinMs,
  });
  /** The first error: later ones, from the closing connection, say less. */
  let said: unknown = null;
  redis.on('error', (error) => {
    said ??= error;
  });
  const ask = async (): Promise<RedisFault | null> => {
    await redis.connect();
    await redis.select(Number(database));
    const info = await redis.info();
    const state = (key: string) => new RegExp(`^${key}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
    if (state('loading') === '1') return { text: `${name} is still loading its data.`, isAway: true };
    if (state('role') === 'slave')
      return lasting(`${name} is a replica of another: REDIS_URL has to lead to the primary.`);
    const policy = state('maxmemory_policy') || 'noeviction';
    if (policy !== 'noeviction')
      return lasting(
        `${name} may throw jobs away (maxmemory-policy ${policy}): set maxmemory-policy noeviction in its configuration.`,
      );
    await redis.eval(script, 1, `${prefix}:check:`, '1');
    await redis.bzpopmin(`${prefix}:check:none`, 0.01);
    return null;
  };
  try {
    return await withinMs(answerWithinMs, ask());
  } catch (error) {
    return judge(messageOf(said ?? error), name, database);
  } finally {
    redis.disconnect();
  }
}

const lasting = (text: string): RedisFault => ({ text, isAway: false });

/**
 * Returns what a server says unasked. In protected mode it refuses and closes at once; a client that has already
 * sent something may miss the refusal.
 */
function hear(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: host.replace(/^\[|\]$/g, ''), port, timeout: refusesWithinMs });
    const end = (said = '') => {
      socket.destroy();
      resolve(said);
    };
    socket.once('data', (data) => end(data.toString()));
    socket
      .once('error', () => end())
      .once('timeout', () => end())
      .once('close', () => end());
  });
}

/** Explains an error by the codes with which Redis 7 and Valkey 8 begin their answers. */
function judge(said: string, name: string, database: string): RedisFault {
  if (/NOAUTH|WRONGPASS/.test(said))
    return lasting(
      `${name} does not let us in (${said.split(/ HELLO|\./)[0]}): write its user and password into REDIS_URL (redis://user:password@host).`,
    );
  if (/DB index/.test(said))
    return lasting(
      `${name} has no database ${database}: REDIS_URL may end in a number below its setting "databases", usually 16.`,
    );
  if (/NOPERM/.test(said))
    return lasting(
      `${name} refuses what a queue needs: ${said}. Give the user of REDIS_URL all rights to the keys of the queue: ACL SETUSER name ~bullmq:* &* +@all`,
    );
  if (/READONLY|MISCONF|NOREPLICAS|OOM /.test(said)) return lasting(`${name} cannot be written to: ${said}`);
  if (/certificate|self-signed/i.test(said))
    return lasting(
      `${name} has a certificate that cannot be trusted (${said}): name the authority that signed it with NODE_EXTRA_CA_CERTS=FILE.`,
    );
  return {
    text: `${name} does not answer: ${said}. Check that it runs and that REDIS_URL is right.`,
    isAway: true,
  };
}
