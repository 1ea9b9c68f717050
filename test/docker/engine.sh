#!/usr/bin/env bash
# Runs Debian's Docker engine in namespaces of its own, on a root of Debian packages that comes as a tar:
#   unshare --mount --pid --fork --kill-child bash engine.sh TAR
# It uses the network namespace that it is started in. All of it is in memory; nothing outlives this process.
set -euo pipefail
tar=$(realpath "$1")
root=/mnt

mount --make-rprivate /
mount -t tmpfs -o mode=755 none "$root"
tar --extract --file="$tar" --directory="$root"
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
rmdir /old
# Containers are in a cgroup of their own below the machine's.
exec dockerd --storage-driver overlay2 --cgroup-parent /trialbell-test --log-level warn
