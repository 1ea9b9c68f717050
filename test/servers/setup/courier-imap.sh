set -e
useradd --create-home --shell /bin/sh bell
useradd --system --user-group courier
mkdir -p /run/courier/authdaemon
chown -R courier:courier /run/courier
sed -i 's/^authmodulelist=.*/authmodulelist="authuserdb"/' /etc/courier/authdaemonrc
ln -sf makedat.courier /usr/bin/makedat
rm -rf /etc/courier/userdb
touch /etc/courier/userdb
chmod 600 /etc/courier/userdb
userdb bell set "uid=$(id -u bell)" "gid=$(id -g bell)" home=/home/bell mail=/home/bell/Maildir
echo secret | userdbpw | userdb bell set systempw
makeuserdb
su bell -c 'maildirmake.courier /home/bell/Maildir'
authdaemond start
listen=$PORT
set -a
. /etc/courier/imapd
exec couriertcpd -address=127.0.0.1 -maxprocs=40 -maxperip=20 -nodnslookup -noidentlookup "$listen" \
  /usr/lib/courier/courier/imaplogin /usr/bin/imapd Maildir
