set -e
useradd --system --gid mail --home-dir /var/spool/cyrus cyrus
mkdir -p /var/lib/cyrus /var/spool/cyrus/mail /run/cyrus/{socket,proc,lock}
chown -R cyrus:mail /var/lib/cyrus /var/spool/cyrus /run/cyrus
echo secret | saslpasswd2 -p -c -f /etc/sasldb2 -u localhost bell
chown cyrus /etc/sasldb2
cat >/etc/cyrus.conf <<C
START {
  recover cmd="/usr/sbin/cyrus ctl_cyrusdb -r"
}
SERVICES {
  imap cmd="imapd -U 30" listen="127.0.0.1:$PORT" prefork=1 maxchild=100
}
EVENTS {
  checkpoint cmd="/usr/sbin/cyrus ctl_cyrusdb -c" period=30
}
C
cat >>/etc/imapd.conf <<'C'
servername: localhost
sasl_mech_list: PLAIN LOGIN
sasl_sasldb_path: /etc/sasldb2
defaultdomain: localhost
autocreate_post: yes
C
/usr/lib/cyrus/bin/makedirs
exec /usr/lib/cyrus/bin/master -D -l 32
