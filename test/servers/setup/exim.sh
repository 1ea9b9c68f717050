set -e
useradd --system --home-dir /var/spool/exim4 Debian-exim
mkdir -p /var/spool/exim4 /var/log/exim4 /run/exim4
chown -R Debian-exim:Debian-exim /var/spool/exim4 /var/log/exim4 /run/exim4
cat >/etc/exim4/exim4.conf <<C
primary_hostname = relay.bell.example.org
local_interfaces = 127.0.0.1
daemon_smtp_ports = $PORT
log_file_path = syslog
tls_advertise_hosts =
acl_smtp_rcpt = accept
acl_smtp_data = slowly
begin acl
# Time for the end of a connection to arrive before the answer.
slowly:
  accept delay = 1s
begin routers
hop:
  driver = manualroute
  domains = *
  transport = remote
  route_list = * 127.0.0.1
  self = send
begin transports
remote:
  driver = smtp
  port = $HOP
  hosts_avoid_tls = *
begin retry
* * F,8s,1s
C
chmod 644 /etc/exim4/exim4.conf
exec exim4 -bdf -q1s
