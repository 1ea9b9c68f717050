#!/usr/bin/env bash
# Runs Debian's Docker engine in namespaces of its own, with a folder made by debootstrap as its root:
#   unshare --mount --pid --fork --kill-child bash engine.sh ROOT
# It uses the network namespace that it is started in. Its data is in memory; nothing of it outlives this process.
set -euo pipefail
root=$1

mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc none "$root/proc"
mount -t sysfs none "$root/sys"
if [ ! -e /sys/fs/cgroup/cgroup.controllers ]; then
  mount -t tmpfs none "$root/sys/fs/cgroup"
  for controller in cpu cpuacct cpuset memory devices freezer blkio pids; do
    mkdir "$root/sys/fs/cgroup/$controller"
    mount -t cgroup -o "$controller" none "$root/sys/fs/cgroup/$controller"
  done
else
  mount -t cgroup2 none "$root/sys/fs/cgroup"
fi
mount --rbind /dev "$root/dev"
mount -t tmpfs none "$root/run"
mkdir -p "$root/var/lib/docker" "$root/old"
mount -t tmpfs none "$root/var/lib/docker"
printf '127.0.0.1 localhost\n' >"$root/etc/hosts"
: >"$root/etc/resolv.conf"
cd "$root"
pivot_root . old
umount --lazy /old
# Containers are in a cgroup of their own below the machine's.
exec dockerd --storage-driver overlay2 --cgroup-parent /trialbell-test --log-level warn
