set -e
useradd --create-home --shell /bin/sh bell
echo 'bell:secret' | chpasswd
touch /var/mail/bell
chown bell:mail /var/mail/bell
chmod 660 /var/mail/bell
cat >/tmp/imap4d.conf <<C
auth { authentication "generic:system"; authorization "system"; };
acl { allow any; };
server 127.0.0.1:$PORT { tls-mode no; single-process no; };
C
exec imap4d --config-file=/tmp/imap4d.conf --foreground --daemon=20
