import type { Config } from '../config.ts';
import type { Db } from '../db/connect.ts';
import type { Keys } from '../keys.ts';
import type { Queues } from '../queue/open.ts';

/** What every use case works with. Pages, verbs, the API and jobs each have it as a part of their own context. */
export type UseCaseContext = { config: Config; db: Db; keys: Keys; enqueue: Queues['enqueue'] };
