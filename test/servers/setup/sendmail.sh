set -e
useradd --system smmta
useradd --system smmsp
mkdir -p /etc/mail /var/spool/mqueue /var/spool/mqueue-client
chmod 700 /var/spool/mqueue
cat >/tmp/relay.mc <<C
include(\`/usr/share/sendmail/cf/m4/cf.m4')
OSTYPE(\`linux')
define(\`confDOMAIN_NAME', \`relay.bell.example.org')
define(\`SMART_HOST', \`relay:[127.0.0.1]')
define(\`RELAY_MAILER_ARGS', \`TCP \$h $HOP')
define(\`confREFUSE_LA', \`1000')
define(\`confQUEUE_LA', \`1000')
define(\`confMIN_QUEUE_AGE', \`1s')
define(\`confTO_QUEUERETURN', \`8s')
define(\`confDONT_BLAME_SENDMAIL', \`GroupReadableKeyFile')
define(\`confPID_FILE', \`/run/sendmail.pid')
undefine(\`ALIAS_FILE')
undefine(\`confHOST_STATUS_DIRECTORY')
FEATURE(\`promiscuous_relay')
FEATURE(\`accept_unresolvable_domains')
FEATURE(\`nocanonify')
FEATURE(\`no_default_msa')
DAEMON_OPTIONS(\`Port=$PORT, Addr=127.0.0.1, Name=MTA')
MAILER(\`local')
MAILER(\`smtp')
C
m4 /tmp/relay.mc >/etc/mail/sendmail.cf
printf 'hosts files\n' >/etc/mail/service.switch
touch /etc/mail/local-host-names
exec /usr/libexec/sendmail/sendmail -bD -q1s -C/etc/mail/sendmail.cf -O PidFile=/run/sendmail.pid
