import { Redis } from 'ioredis';

/** A numbered database of one test file's own on the tests' Redis, emptied. */
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

/** Runs commands on a Redis database and lets go of it. */
export async function withRedis<T>(redisUrl: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(redisUrl);
  try {
    return await use(redis);
  } finally {
    await redis.quit();
  }
}
