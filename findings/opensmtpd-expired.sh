#!/usr/bin/env bash
# OpenSMTPD 6.8.0p2 (Debian 12: opensmtpd 6.8.0p2-4) reports a mail that it has given up as still being tried.
#
# Once a mail is older than `queue ttl`, it leaves the queue, and its sender gets the only notice of that: "Delivery
# status notification: delayed", with `Action: delayed` and the words "only a temporary failure report. The message is
# kept in the queue". RFC 3464, 2.3.3: "delayed" means that the server is still trying, "failed" that it is not. Only
# `Status: 4.4.7` (RFC 3463: delivery time expired) tells the two apart, and it is the code of real delays as well. A
# program that reads notices by their action, as the RFC has it, never hears of a lost mail behind this server. The
# report also comes as multipart/mixed, where RFC 3464 has multipart/report. What helps: take 4.4.7 from this server for
# the end of one mail, and not for a fault of the address.
#
# Needs root on Debian 12 with its package archive, and Python 3 of Debian. Installs nothing: the server runs over a
# copy-on-write view, in a network of its own. Fails if it behaves otherwise.
#   bash findings/opensmtpd-expired.sh
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
mkdir -p "$place/packages/partial" "$place/view"

apt-get install --download-only --reinstall --yes --quiet --quiet --no-install-recommends \
  -o "Dir::Cache::archives=$place/packages" -o Debug::NoLocking=true 'opensmtpd=6.8.0p2-4*' >"$place/apt.log" 2>&1 ||
  { cat "$place/apt.log"; exit 1; }
dpkg-deb --show --showformat='${Package} ${Version}\n' "$place"/packages/opensmtpd_*.deb

cat >"$place/apart.sh" <<'S'
set -e
ip link set lo up
mount -t tmpfs none "$1/view"
cd "$1/view"
mkdir upper work root
mount -t overlay none -o lowerdir=/,upperdir=upper,workdir=work root
for package in "$1"/packages/*.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar --extract --preserve-permissions --keep-directory-symlink --directory root
done
mount -t proc none root/proc
mount --bind /dev root/dev
mkdir -p root/finding
cp "$1"/inside.* root/finding
exec chroot root bash /finding/inside.sh
S

# The sender's own server listens on 2501; where the mail should go, on 2502, nobody does.
cat >"$place/inside.py" <<'P'
import asyncore, smtpd
class Sender(smtpd.SMTPServer):
    def process_message(self, peer, sender, recipients, data, **more):
        open('/finding/notice', 'wb').write(data)
Sender(('127.0.0.1', 2501), None)
asyncore.loop(timeout=1)
P
cat >"$place/inside.sh" <<'S'
set -e
for user in opensmtpd opensmtpq; do useradd --system "$user"; done
mkdir -p /var/spool/smtpd /var/lib/opensmtpd/empty
chmod 711 /var/spool/smtpd
chgrp opensmtpq /usr/sbin/smtpctl
chmod 2755 /usr/sbin/smtpctl
cat >/etc/smtpd.conf <<C
queue ttl 5s
listen on 127.0.0.1 port 2500
action "back" relay host smtp://127.0.0.1:2501
action "onward" relay host smtp://127.0.0.1:2502
match from any for domain "sender.example" action "back"
match from any for any action "onward"
C
smtpd -d >/finding/log 2>&1 &
/usr/bin/python3 -W ignore /finding/inside.py &
for _ in $(seq 50); do (: </dev/tcp/127.0.0.1/2500) 2>/dev/null && break; sleep 0.2; done
/usr/bin/python3 -c "
import smtplib
with smtplib.SMTP('127.0.0.1', 2500) as server:
    server.sendmail('news@sender.example', ['reader@reader.example'], 'Subject: News\r\n\r\nText.\r\n')"
for _ in $(seq 90); do
  [ -s /finding/notice ] && break
  smtpctl schedule all >/dev/null 2>&1 || true
  sleep 0.5
done
sleep 2
tr -d '\r' </finding/notice
printf '\nmails in the queue: %s\n' "$(smtpctl show queue | wc -l)"
S

# All of it ends with the first process of its own process space.
seen=$(timeout 150 unshare --mount --net --pid --fork --kill-child bash "$place/apart.sh" "$place")
failed=0
while IFS= read -r line; do
  grep -qE -- "^ *$line" <<<"$seen" && grep -E -- "^ *$line" <<<"$seen" && continue
  printf '!! changed: no line begins with %s\n' "$line"
  failed=1
done <<'L'
Subject: Delivery status notification: delayed
Content-Type: multipart/mixed
reader@reader.example: Envelope expired
Please note that this is only a temporary failure report
The message is kept in the queue for up to
Final-Recipient: rfc822; reader@reader.example
Action: delayed
Status: 4.4.7
mails in the queue: 0
L
exit "$failed"
