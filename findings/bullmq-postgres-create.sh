#!/usr/bin/env bash
# BullMQ 6.7.0 on PostgreSQL: adding the first job of a queue runs CREATE SEQUENCE, long after the migrations.
#
# Its guide ("PostgreSQL backend", "Migrations") has the schema made in one deployment step. A role that then may only
# use what is there (select, insert, update and delete on all tables, usage on all sequences) can open the queue, count
# its jobs and start a worker, and gets "permission denied for schema" at the first add(). A check of health that reads
# sees nothing. What helps: GRANT CREATE on that schema to the role, or one job for each queue name as the owner first.
#
# Needs Debian 12's postgresql-15, Node 20 and npm's registry. Opens a socket in a temporary folder, no port. Fails if
# the store behaves otherwise.
#   bash findings/bullmq-postgres-create.sh
set -euo pipefail
place=$(mktemp -d)
bin=/usr/lib/postgresql/15/bin
as_user=()
if [ "$(id -u)" -eq 0 ]; then
  as_user=(setpriv --reuid=postgres --regid=postgres --clear-groups env HOME="$place")
  chown postgres "$place"
fi
trap '"${as_user[@]}" "$bin/pg_ctl" -D "$place/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$place"' EXIT
cd "$place"

npm install --silent --no-audit --no-fund --prefix "$place" bullmq@6.7.0 pg@8.23.1 ioredis@6.0.0
"${as_user[@]}" "$bin/initdb" -D data -U owner -A trust --no-sync >/dev/null
"${as_user[@]}" "$bin/pg_ctl" -D data -o "-c listen_addresses= -c unix_socket_directories=$place" -l log -w start >/dev/null

cat >try.cjs <<J
const { Pool } = require('pg');
const { Queue, Worker, createPostgresBackend, runMigrations } = require('bullmq');
const at = (user) => ({ host: '$place', user, database: 'postgres' });
const tried = (work) => work.then(() => 'works', (error) => error.message);
(async () => {
  const owner = new Pool(at('owner'));
  const client = await owner.connect();
  await runMigrations(client);
  await client.query(\`create role worker login; grant usage on schema bullmq to worker;
    grant select, insert, update, delete on all tables in schema bullmq to worker;
    grant usage on all sequences in schema bullmq to worker\`);
  const queue = new Queue('mails', { connection: at('worker') }, createPostgresBackend);
  queue.on('error', () => {});
  const worker = new Worker('mails', async () => {}, { connection: at('worker') }, createPostgresBackend);
  worker.on('error', () => {});
  console.log('counting jobs:', await tried(queue.getJobCounts()));
  console.log('starting a worker:', await tried(worker.waitUntilReady()));
  console.log('adding a job:', await tried(queue.add('one', {})));
  await client.query('grant create on schema bullmq to worker');
  console.log('adding a job, with the right to create:', await tried(queue.add('one', {})));
  const { rows } = await client.query(
    "select count(*)::int as made from pg_class where relkind = 'S' and pg_get_userbyid(relowner) = 'worker'");
  console.log('sequences made by the worker:', rows[0].made);
  process.exit();
})();
J
seen=$(timeout 60 node try.cjs)
printf '%s\n' "$seen"
failed=0
while IFS= read -r line; do
  grep -qxF -- "$line" <<<"$seen" || { printf '!! changed: no line is %s\n' "$line"; failed=1; }
done <<'L'
counting jobs: works
starting a worker: works
adding a job: permission denied for schema bullmq
adding a job, with the right to create: works
sequences made by the worker: 1
L
exit "$failed"
