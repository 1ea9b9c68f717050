import type { Config } from '../config.ts';
import type { Db } from '../db/connect.ts';
import type { Keys } from '../keys.ts';
import type { Queues } from '../queue/open.ts';

/**
 * The dependencies of every use case. Pages, verbs, the API and jobs have them as part of their own contexts.
 */
export type UseCaseContext = { config: Config; db: Db; keys: Keys; enqueue: Queues['enqueue'] };
