#!/usr/bin/env bash
# Runs COMMAND as the first process of a minimal Debian, which is made of files of this machine:
#   unshare --mount bash minimal-debian.sh FOLDER CHECKOUT NPM COMMAND...
# FOLDER/files lists the files; NPM is the folder of npm, and FOLDER/node the Node that it runs on. CHECKOUT is at
# /opt/trialbell, copy-on-write. What COMMAND writes to /result is in FOLDER/result. Nothing of it outlives COMMAND.
set -euo pipefail
folder=$1 checkout=$2 npm=$3
shift 3
root=$folder/root

mount --make-rprivate /
mkdir -p "$root"
mount -t tmpfs none "$root"
for place in bin sbin lib lib64; do
  mkdir -p "$root/usr/$place"
  ln -s "usr/$place" "$root/$place"
done
tar --create --directory / --no-recursion --ignore-failed-read --verbatim-files-from --files-from "$folder/files" 2>/dev/null |
  tar --extract --directory "$root" --keep-directory-symlink --preserve-permissions
# What the packages' own scripts would have made.
[ -e "$root/bin/sh" ] || ln -s dash "$root/bin/sh"
for name in passwd group; do cp "$root/usr/share/base-passwd/$name.master" "$root/etc/$name"; done
printf 'hosts: files\npasswd: files\ngroup: files\nshadow: files\n' >"$root/etc/nsswitch.conf"
printf '127.0.0.1 localhost\n' >"$root/etc/hosts"
chroot "$root" sh -c 'pwconv && ldconfig'

install -m 755 "$folder/node" "$root/usr/bin/node"
mkdir -p "$root/usr/lib/node_modules"
cp -a "$npm" "$root/usr/lib/node_modules/npm"
for name in npm npx; do ln -s "../lib/node_modules/npm/bin/$name-cli.js" "$root/usr/bin/$name"; done
mkdir -p "$root/opt/trialbell" "$root/layers/upper" "$root/layers/work"
mount -t overlay none -o "lowerdir=$checkout,upperdir=$root/layers/upper,workdir=$root/layers/work" "$root/opt/trialbell"
touch "$root/result" "$folder/result"
mount --bind "$folder/result" "$root/result"

mkdir -p "$root/dev" "$root/proc" "$root/sys" "$root/run" "$root/tmp" "$root/old"
for place in run tmp; do mount -t tmpfs -o mode=1777 none "$root/$place"; done
mount -t tmpfs -o mode=755 none "$root/dev"
mkdir -m 1777 "$root/dev/shm"
mkdir "$root/dev/pts"
for device in 'null 1 3' 'zero 1 5' 'full 1 7' 'random 1 8' 'urandom 1 9' 'tty 5 0'; do
  read -r name major minor <<<"$device"
  mknod -m 666 "$root/dev/$name" c "$major" "$minor"
done
ln -s /proc/self/fd "$root/dev/fd"
ln -s pts/ptmx "$root/dev/ptmx"

# A control group of its own, for systemd as COMMAND.
groups=$folder/groups
mkdir -p "$groups"
mount -t cgroup2 none "$groups"
home=$groups$(sed -n 's/^0:://p' /proc/self/cgroup) own=$groups/trialbell-$$
mkdir "$own"
echo $$ >"$own/cgroup.procs"
status=0
env -i PATH=/usr/sbin:/usr/bin HOME=/root container=other \
  unshare --mount --cgroup --pid --uts --ipc --fork --kill-child bash -c '
  cd "$0"
  mount -t proc none proc
  mount -t sysfs -o ro none sys
  mount -t cgroup2 none sys/fs/cgroup
  pivot_root . old
  umount --lazy /old
  cd /opt/trialbell
  exec "$@"' "$root" "$@" || status=$?
echo $$ >"$home/cgroup.procs"
find "$own" -depth -type d -exec rmdir {} ';' || true
exit "$status"
