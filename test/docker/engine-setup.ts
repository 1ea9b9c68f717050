import type { TestProject } from 'vitest/node';
import type { Fetched } from './debian.ts';
import { startEngine } from './engine.ts';
import { makeImages } from './images.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    enginePid: number;
  }
}

/** Starts one engine for all tests, with the images that the project's files ask for. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const fetched = JSON.parse(process.env.TRIALBELL_DOCKER ?? '') as Fetched;
  const { engine, stop } = await startEngine(fetched.debian);
  await makeImages(engine, fetched).catch(async (error) => {
    await stop();
    throw error;
  });
  project.provide('enginePid', engine.pid);
  return stop;
}
