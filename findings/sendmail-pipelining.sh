#!/usr/bin/env bash
# Sendmail 8.17.1.9 (Debian 12: sendmail-bin 8.17.1.9-2) blames DATA, in its notice, for an address that was refused at RCPT.
#
# Where the next server offers PIPELINING, sendmail sends RCPT and DATA in one go, and the transcript in its notice quotes
# the last command that it sent before it read the answer: ">>> DATA", then "<<< 550 5.1.1 No such user here". Without
# PIPELINING the same refusal stands under ">>> RCPT To:<...>". Nothing else in the notice tells the stage. A program that
# takes refusals at RCPT for the address's fault, and refusals after DATA for the mail's (its size, its words), calls a
# mailbox that does not exist a fault of the mail here, and goes on writing to it. What helps: believe the enhanced status
# code first, and a quoted DATA only where no code tells more.
#
# Needs root on Debian 12 with its package archive, and Python 3 of Debian. Installs nothing: the server runs over a
# copy-on-write view, in a network of its own. Fails if it behaves otherwise.
#   bash findings/sendmail-pipelining.sh
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
mkdir -p "$place/packages/partial" "$place/view"

version='8.17.1.9-2*'
apt-get install --download-only --reinstall --yes --quiet --quiet --no-install-recommends \
  -o "Dir::Cache::archives=$place/packages" -o Debug::NoLocking=true \
  "sendmail-bin=$version" "sendmail-base=$version" "sendmail-cf=$version" m4 >"$place/apt.log" 2>&1 ||
  { cat "$place/apt.log"; exit 1; }
dpkg-deb --show --showformat='${Package} ${Version}\n' "$place"/packages/sendmail-bin_*.deb

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
for part in run tmp; do mount -t tmpfs -o mode=1777 none "root/$part"; done
printf '127.0.0.1 localhost relay.example.org\n' >root/etc/hosts
printf 'hosts: files\npasswd: files\ngroup: files\nshadow: files\n' >root/etc/nsswitch.conf
mkdir -p root/finding
cp "$1"/inside.* root/finding
exec chroot root bash /finding/inside.sh
S

# The next server knows nobody but the sender, to whom the notice comes.
cat >"$place/inside.py" <<'P'
import os, socketserver
class Hop(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b'\r\n')
    def handle(self):
        self.say('220 hop.example.org ESMTP')
        known = False
        while line := self.rfile.readline().decode():
            verb = line[:4].upper()
            if verb == 'QUIT':
                return self.say('221 Goodbye')
            elif verb == 'EHLO':
                self.say('250 hop.example.org' if os.path.exists('/finding/plain') else '250-hop.example.org\r\n250 PIPELINING')
            elif verb == 'RCPT':
                known = '@sender.example' in line
                self.say('250 Fine' if known else '550 5.1.1 No such user here')
            elif verb == 'DATA' and not known:
                self.say('554 5.5.1 No valid recipients')
            elif verb == 'DATA':
                self.say('354 Go on')
                text = b''.join(iter(self.rfile.readline, b'.\r\n'))
                with open('/finding/part', 'wb') as file:
                    file.write(text)
                os.rename('/finding/part', '/finding/notice')
                self.say('250 Fine')
            else:
                self.say('250 Fine')
socketserver.ThreadingTCPServer(('127.0.0.1', 2501), Hop).serve_forever()
P
cat >"$place/inside.sh" <<'S'
set -e
for user in smmta smmsp; do useradd --system "$user"; done
mkdir -p /etc/mail /var/spool/mqueue
chmod 700 /var/spool/mqueue
cat >/tmp/relay.mc <<C
include(\`/usr/share/sendmail/cf/m4/cf.m4')
OSTYPE(\`linux')
define(\`confDOMAIN_NAME', \`relay.example.org')
define(\`SMART_HOST', \`relay:[127.0.0.1]')
define(\`RELAY_MAILER_ARGS', \`TCP \$h 2501')
define(\`confREFUSE_LA', \`1000')
define(\`confQUEUE_LA', \`1000')
undefine(\`ALIAS_FILE')
undefine(\`confHOST_STATUS_DIRECTORY')
FEATURE(\`accept_unresolvable_domains')
FEATURE(\`nocanonify')
FEATURE(\`no_default_msa')
FEATURE(\`access_db', \`hash -o /etc/mail/access')
DAEMON_OPTIONS(\`Port=2500, Addr=127.0.0.1, Name=MTA')
MAILER(\`local')
MAILER(\`smtp')
C
m4 /tmp/relay.mc >/etc/mail/sendmail.cf 2>/finding/log
printf 'hosts files\n' >/etc/mail/service.switch
printf 'Connect:127.0.0.1 RELAY\n' >/etc/mail/access
touch /etc/mail/local-host-names
/usr/libexec/sendmail/makemap hash /etc/mail/access </etc/mail/access
/usr/libexec/sendmail/sendmail -bD -q1s -C/etc/mail/sendmail.cf -O PidFile=/run/sendmail.pid >/finding/log 2>&1 &
/usr/bin/python3 /finding/inside.py 2>/finding/log &
for port in 2500 2501; do
  for _ in $(seq 50); do (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.2; done
done
for how in 'with pipelining' 'without it'; do
  /usr/bin/python3 -c "
import smtplib
with smtplib.SMTP('127.0.0.1', 2500) as server:
    server.sendmail('news@sender.example', ['reader@reader.example'], 'Subject: News\r\n\r\nText.\r\n')"
  for _ in $(seq 90); do [ -s /finding/notice ] && break; sleep 0.5; done
  tr -d '\r' </finding/notice | grep -E '^(>>>|<<<|Status:)' | sed "s/^/$how: /"
  rm /finding/notice
  touch /finding/plain
done
S

# All of it ends with the first process of its own process space.
seen=$(timeout 150 unshare --mount --net --pid --fork --kill-child bash "$place/apart.sh" "$place")
printf '%s\n' "$seen"
failed=0
diff <(printf '%s\n' "$seen") - <<'L' || failed=1
with pipelining: >>> DATA
with pipelining: <<< 550 5.1.1 No such user here
with pipelining: <<< 554 5.5.1 No valid recipients
with pipelining: Status: 5.1.1
without it: >>> RCPT To:<reader@reader.example>
without it: <<< 550 5.1.1 No such user here
without it: Status: 5.1.1
L
[ "$failed" -eq 0 ] || printf '!! changed\n'
exit "$failed"
