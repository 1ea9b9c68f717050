set -e
# It asks for names even where its route is an address: no name is known here.
cat >/tmp/dns.pl <<'PERL'
use IO::Socket::INET;
my $dns = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1', LocalPort => 53) or die $!;
while (defined(my $from = $dns->recv(my $query, 512))) {
  substr($query, 2, 2) = "\x81\x83";
  $dns->send($query, 0, $from);
}
PERL
perl /tmp/dns.pl &
useradd --system --user-group courier
mkdir -p /run/courier/authdaemon /var/lib/courier/{tmp,msgs,msgq,track,allfilters,filters}
cd /etc/courier
echo relay.bell.example.org >me
echo localhost >locals
echo ":[127.0.0.1],$HOP" >esmtproutes
echo 8s >queuetime
echo 1s >retryalpha
echo 1 >retrybeta
echo 1s >retrygamma
echo 1 >retrymaxdelta
printf 'opt BOFHCHECKDNS=0\nopt BOFHSUPPRESSBACKSCATTER=none\nopt BOFHCHECKHELO=0\n' >bofh
sed -i "s/^PORT=.*/PORT=$PORT/; s/^ADDRESS=.*/ADDRESS=127.0.0.1/; s/^BOFHCHECKDNS=.*/BOFHCHECKDNS=0/; s/^TCPDOPTS=.*/TCPDOPTS='-noidentlookup -nodnslookup'/; s/^ESMTPDSTART=.*/ESMTPDSTART=YES/; s/^ESMTP_TLS_REQUIRED=.*/ESMTP_TLS_REQUIRED=0/" esmtpd
rm -rf smtpaccess && mkdir smtpaccess && printf '127.0.0\tallow,RELAYCLIENT\n' >smtpaccess/default
chown -R courier:courier /run/courier /var/lib/courier /etc/courier
ln -sf makedat.courier /usr/bin/makedat
makesmtpaccess
makealiases
makehosteddomains || true
makeacceptmailfor
courierfilter start || true
courier start
esmtpd start
exec sleep infinity
