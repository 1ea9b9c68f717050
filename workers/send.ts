import { runWorker } from '../src/app-process.ts';

await runWorker('send');
