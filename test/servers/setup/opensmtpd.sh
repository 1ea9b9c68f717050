set -e
useradd --system opensmtpd
useradd --system opensmtpq
mkdir -p /var/spool/smtpd /var/lib/opensmtpd/empty
chmod 711 /var/spool/smtpd
chgrp opensmtpq /usr/sbin/smtpctl
chmod 2755 /usr/sbin/smtpctl
cat >/etc/smtpd.conf <<C
queue ttl 10s
listen on 127.0.0.1 port $PORT
action "hop" relay host smtp://127.0.0.1:$HOP
match from any for any action "hop"
C
# Its first retry is after minutes.
while sleep 1; do smtpctl schedule all >/dev/null 2>&1; done &
exec smtpd -d
