import { runWorker } from '../src/app.ts';

await runWorker('poll');
