import { Redis } from 'ioredis';

/** An empty numbered database for one test file on the tests' Redis. */
export async function claimRedisDatabase(redisUrl: string): Promise<string> {
  const redis = new Redis(redisUrl);
  try {
    const number = await redis.incr('test-databases');
    const url = new URL(redisUrl);
    url.pathname = `/${number}`;
    return url.href;
  } finally {
    await redis.quit();
  }
}

/** Runs commands on a Redis database and disconnects. */
export async function withRedis<T>(redisUrl: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(redisUrl);
  try {
    return await use(redis);
  } finally {
    await redis.quit();
  }
}
