#!/usr/bin/env bash
# Boots systemd as the first process of a machine with a checkout in /opt/trialbell:
#   bash systemd-boot.sh SETUP
# SETUP is what docs/operating.md tells root to run. What is seen then is written to /result, a line each.
set -euo pipefail
cat >/etc/systemd/system/test.service <<'UNIT'
[Unit]
After=basic.target
[Service]
Type=oneshot
WorkingDirectory=/opt/trialbell
ExecStart=/bin/bash /test.sh
StandardOutput=append:/result
StandardError=append:/result
TimeoutStartSec=450
ExecStopPost=/bin/systemctl --no-block exit
UNIT
printf '%s\n' "$1" >/setup.sh
# Not a first boot, at which systemd would enable more services.
printf '%032d\n' 1 >/etc/machine-id

cat >/test.sh <<'TEST'
set -eu
ask="fetch('http://127.0.0.1:3100/readyz').then((answer) => answer.status, () => 0).then((status) => console.log(status))"
until_ready() {
  for _ in $(seq 400); do [ "$(node -e "$ask")" = 200 ] && return; sleep 0.2; done
  echo 'never ready'
}
postgres() { grep -lsx postgres /proc/[0-9]*/comm | wc -l; }
wait_for() { for _ in $(seq 1000); do "$@" && return; sleep 0.1; done; echo "never: $*"; }
some_postgres() { [ "$(postgres)" -gt 0 ]; }
backup_ended() { [ "$(systemctl is-active trialbell-backup.service)" = inactive ]; }

head -n -1 /setup.sh >/first.sh
bash -eu /first.sh
echo PORT=3100 >/etc/trialbell/env
tail -n 1 /setup.sh >/last.sh
bash -eu /last.sh
until_ready
echo "started: $(systemctl is-active trialbell.service), as $(stat -c %U "/proc/$(systemctl show -P MainPID trialbell.service)")"
echo "timer: $(systemctl is-active trialbell-backup.timer)"
systemctl start trialbell-backup.service || true
echo "backup beside the service: $(systemctl show -P Result trialbell-backup.service)"
systemctl stop trialbell.service
echo "stopped: $(systemctl show -P Result trialbell.service), PostgreSQL's processes: $(postgres)"
systemctl start trialbell-backup.service || true
echo "backup alone: $(systemctl show -P Result trialbell-backup.service), PostgreSQL's processes: $(postgres)"
echo "backups: $(find /var/backups/trialbell -name '*.backup' -size +0 | wc -l)"

# As after a boot that makes up for a missed night: the backup starts PostgreSQL, and the service joins it.
mkdir /etc/systemd/system/trialbell-backup.service.d
cat >/etc/systemd/system/trialbell-backup.service.d/slow.conf <<'UNIT'
[Service]
ExecStart=
ExecStart=/bin/sh -c 'node_modules/.bin/trialbell worker webhooks & while [ ! -e /run/go ]; do sleep 0.1; done; kill $!; wait'
UNIT
systemctl daemon-reload
systemctl start --no-block trialbell-backup.service
wait_for some_postgres
systemctl start trialbell.service
until_ready
touch /run/go
wait_for backup_ended
echo "after a backup that began before the service: $(systemctl show -P Result trialbell-backup.service), $(node -e "$ask")"
systemctl stop trialbell.service
echo "stopped again: $(systemctl show -P Result trialbell.service), PostgreSQL's processes: $(postgres)"
TEST
exec /lib/systemd/systemd --system --unit=test.service --log-target=null --show-status=0
