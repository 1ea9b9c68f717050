export { readRecord } from './read.ts';
