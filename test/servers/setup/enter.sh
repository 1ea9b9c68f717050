#!/usr/bin/env bash
# Runs a mail server over a copy-on-write view of this machine, into which its packages are unpacked:
#   unshare --mount --pid --fork --kill-child bash enter.sh FOLDER NAME PORT NEXT_HOP_PORT
# FOLDER holds the packages; the server listens on 127.0.0.1:PORT. Nothing of it outlives this process.
set -euo pipefail
folder=$1
export NAME=$2 PORT=$3 HOP=$4
scripts=$(dirname "$0")
root=$folder/view/root

mount --make-rprivate /
mkdir -p "$folder/view"
mount -t tmpfs none "$folder/view"
mkdir "$folder/view/upper" "$folder/view/work" "$root"
mount -t overlay none -o "lowerdir=/,upperdir=$folder/view/upper,workdir=$folder/view/work" "$root"
for package in "$folder"/*.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar --extract --preserve-permissions --keep-directory-symlink --directory "$root"
done
mount -t proc none "$root/proc"
for place in dev run tmp; do mount -t tmpfs -o mode=1777 none "$root/$place"; done
mkdir -p "$root/run/lock" "$root/dev/shm"
for device in null zero full random urandom; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
printf '127.0.0.1 localhost relay.bell.example.org\n' >"$root/etc/hosts"
printf 'relay.bell.example.org\n' | tee "$root/etc/mailname" >"$root/etc/hostname"
printf 'hosts: files\npasswd: files\ngroup: files\nshadow: files\n' >"$root/etc/nsswitch.conf"
printf 'nameserver 127.0.0.1\n' >"$root/etc/resolv.conf"
cp "$scripts/$NAME.sh" "$root/tmp/setup.sh"

# What the server says to syslog goes to the output.
cat >"$root/tmp/log.pl" <<'PERL'
use Socket;
socket(LOG, AF_UNIX, SOCK_DGRAM, 0) and bind(LOG, sockaddr_un('/dev/log')) or die $!;
chmod 0666, '/dev/log';
$| = 1;
print "$_\n" while defined(recv(LOG, $_, 65536, 0));
PERL
# This shell stays the first process, as root: a server that changes its user would outlive the one who started it.
exec chroot "$root" bash -c '
  perl /tmp/log.pl &
  while [ ! -S /dev/log ]; do sleep 0.05; done
  bash /tmp/setup.sh &
  wait "$!"'
