import { withRedis } from './redis.ts';
import { withClient } from './servers.ts';

/** Every row of every table in every schema as text; bytes both raw and in hexadecimal. */
export function dumpDatabase(databaseUrl: string): Promise<string> {
  return withClient(databaseUrl, async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    let text = '';
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
      text += rows.map(({ row }) => `${name} ${row}\n`).join('');
    }
    const bytes = text.match(/\\x[0-9a-f]+/g) ?? [];
    return text + bytes.map((hex) => Buffer.from(hex.slice(2), 'hex').toString('latin1')).join('\n');
  });
}

/** Every key of a Redis database with its value, as text. */
export function dumpRedis(redisUrl: string): Promise<string> {
  return withRedis(redisUrl, async (redis) => {
    const lines: unknown[] = [];
    for (const key of await redis.keys('*')) {
      const type = await redis.type(key);
      if (type === 'hash') lines.push(key, await redis.hgetall(key));
      else if (type === 'list') lines.push(key, await redis.lrange(key, 0, -1));
      else if (type === 'set') lines.push(key, await redis.smembers(key));
      else if (type === 'zset') lines.push(key, await redis.zrange(key, '0', '-1'));
      else if (type === 'stream') lines.push(key, await redis.xrange(key, '-', '+'));
      else lines.push(key, await redis.get(key));
    }
    return JSON.stringify(lines);
  });
}
