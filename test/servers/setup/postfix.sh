set -e
useradd --system --home-dir /var/spool/postfix postfix
groupadd --system postdrop
cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf
sed -i "s/^smtp  *inet.*/127.0.0.1:$PORT inet n - n - - smtpd/; s/^\([a-z]\+ \+\(unix\|inet\|fifo\) \+[-yn] \+[-yn] \+\)y/\1n/" /etc/postfix/master.cf
cat >/etc/postfix/main.cf <<C
compatibility_level = 3.6
myhostname = relay.bell.example.org
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relayhost = [127.0.0.1]:$HOP
smtp_host_lookup = native
smtp_dns_support_level = disabled
alias_maps =
alias_database =
local_recipient_maps =
smtpd_tls_security_level = none
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
maximal_queue_lifetime = 8s
bounce_queue_lifetime = 8s
C
mkdir -p /var/spool/postfix /var/lib/postfix
postfix set-permissions create-missing >/dev/null 2>&1 || postfix check
# Under load its own rounds come late.
while sleep 2; do postqueue -f >/dev/null 2>&1; done &
exec /usr/lib/postfix/sbin/master -d
