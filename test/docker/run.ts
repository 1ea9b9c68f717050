import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { folderOfThisRun, leaveOut, runTestsApart, worksApart } from '../support/apart.ts';
import { findProgram } from '../support/servers.ts';
import { type Fetched, fetchAll } from './debian.ts';
import { outside } from './outside.ts';

// `npm run test:docker`: the compose files on a real Docker engine. Nothing is installed: the engine is Debian's, on a
// root of its own in memory, and all of it runs in a network without a way out. What was fetched is kept in
// node_modules/.cache, if there is such a folder. The last line is the count. Arguments are vitest's.
const what = 'the containers on a Docker engine';
const lacking = ['mmdebstrap', 'unshare', 'nsenter', 'ip', 'tar', 'npm'].filter(
  (name) => findProgram(name) === null,
);
if (process.getuid?.() !== 0) leaveOut(what, 'this needs root, for networks and mounts of its own');
if (lacking.length > 0) leaveOut(what, `this machine has no ${lacking.join(', ')}`);
if (!(await worksApart('ip link add bell type bridge && mount -t tmpfs none /mnt')))
  leaveOut(what, 'networks and mounts of its own are not allowed here');

const cache = join(import.meta.dirname, '../../node_modules/.cache');
const folder = existsSync(cache) ? join(cache, 'trialbell-docker') : folderOfThisRun('docker');
let fetched: Fetched;
try {
  fetched = await fetchAll(folder);
} catch (error) {
  leaveOut(
    what,
    `the packages cannot be had: ${String((error as { stderr?: string }).stderr || error).trim()}`,
  );
}
runTestsApart('docker', `ip link set lo up && ip address add ${outside} dev lo`, {
  TRIALBELL_DOCKER: JSON.stringify(fetched),
});
