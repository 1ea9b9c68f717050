import { leaveOut, runTestsApart, worksApart } from '../support/apart.ts';
import { findProgram } from '../support/find-program.ts';
import { hasPostgres15, redisProgram } from '../support/servers.ts';
import { canSetClocks } from './network.ts';

// `npm run test:hosts`: the program on several hosts, which are network namespaces of this machine, in a network without
// a way out. The last line is the count. Arguments are vitest's.
const what = 'several hosts';
const needs = [
  ...['unshare', 'nsenter', 'ip', 'ss', 'openssl'].map((name) => ({
    name,
    here: findProgram(name) !== null,
  })),
  { name: 'redis-server', here: redisProgram !== null },
  { name: 'postgresql-15', here: hasPostgres15 },
  { name: 'faketime', here: canSetClocks },
];
const lacking = needs.flatMap(({ name, here }) => (here ? [] : name));
if (process.getuid?.() !== 0) leaveOut(what, 'this needs root, for networks of their own');
if (lacking.length > 0) leaveOut(what, `this machine has no ${lacking.join(', ')}`);
const script = 'ip link set lo up && ip link add switch0 type bridge && unshare --net --uts true';
if (!(await worksApart(script))) leaveOut(what, 'networks of their own are not allowed here');
runTestsApart('hosts', 'ip link set lo up', { TRIALBELL_HOSTS: '1' });
