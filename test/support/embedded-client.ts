// A process that uses the embedded database in a folder: prints where it is, and releases it on SIGTERM.
import { startEmbedded } from '../../src/embedded-postgres/start.ts';

const [dataDir = '', ending] = process.argv.slice(2);
try {
  const log = { info: (line: string) => console.error(line), warn: (line: string) => console.error(line) };
  const { url, where, notice, release } = await startEmbedded({ dataDir, log });
  process.on('SIGTERM', () => release().then(() => process.exit(0)));
  console.log(JSON.stringify({ url, where, notice }));
  if (ending === 'exit') process.exit(0);
  setInterval(() => {}, 60_000);
} catch (error) {
  const { name, message } = error as Error;
  console.log(JSON.stringify({ fault: name, message }));
  process.exitCode = 1;
}
