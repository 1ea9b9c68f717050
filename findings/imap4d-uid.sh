#!/usr/bin/env bash
# GNU imap4d 3.15 (Debian 12: mailutils-imap4d 1:3.15-4) acts on the newest message in place of one that is not there.
#
#   UID STORE 9 +FLAGS (\Deleted)   in a mailbox of UIDs 1, 2 and 3 marks message 3, and EXPUNGE then removes it
#   UID SEARCH UID 1:*              finds nothing where UID SEARCH UID 1:3 finds all three
#   UID FETCH 2 (UID)               is refused with BAD once message 2 is gone from between 1 and 3
#
# RFC 3501, 6.4.8: "A non-existent unique identifier is ignored without any error message generated." Its 6.4.4 and the
# sequence-set of its grammar allow 1:*. A program that marks or deletes what it handled, after somebody else moved that
# away, marks or deletes another mail. What helps: list by FETCH n:* (UID FLAGS), and act only on numbers listed just now.
#
# Needs Debian 12 with its package archive. Installs nothing, opens no port. Fails if the server behaves otherwise.
#   bash findings/imap4d-uid.sh
set -euo pipefail
version=1:3.15-4
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
mkdir -p "$place/packages/partial" "$place/root" "$place/spool"

apt-get install --download-only --reinstall --yes --quiet --quiet --no-install-recommends \
  -o "Dir::Cache::archives=$place/packages" -o Debug::NoLocking=true \
  "mailutils-imap4d=$version" "libmailutils9=$version" "mailutils-common=$version" >"$place/apt.log" 2>&1 ||
  { cat "$place/apt.log"; exit 1; }
for package in "$place"/packages/*.deb; do dpkg-deb --extract "$package" "$place/root"; done

cat >"$place/imap4d.conf" <<C
mailbox { mail-spool $place/spool; };
logging { syslog no; };
preauth stdio;
C

# Says what the server answers to commands, over a mailbox with three messages.
imap() {
  for subject in one two three; do
    printf 'From a@example.org Thu Jan  1 00:00:00 1970\nSubject: %s\n\n%s\n\n' "$subject" "$subject"
  done >"$place/spool/$(id -un)"
  printf '%s\r\n' 'a1 SELECT INBOX' "$@" 'a9 LOGOUT' |
    LD_LIBRARY_PATH=$(dirname "$(find "$place/root" -name 'libmailutils.so.9' | head -n 1)") \
      "$place/root/usr/sbin/imap4d" --config-file="$place/imap4d.conf" --inetd --preauth 2>/dev/null |
    tr -d '\r' | sed '1,/^a1 /d'
}

failed=0
# Compares what was seen with what this finding says.
shows() {
  local name=$1 expected=$2 seen=$3
  printf '\n== %s\n%s\n' "$name" "$seen"
  grep -qE -- "^$expected\$" <<<"$seen" && return
  printf '!! changed: no line is %s\n' "$expected"
  failed=1
}

for package in "$place"/packages/{mailutils-imap4d,libmailutils9}_*.deb; do
  dpkg-deb --show --showformat='${Package} ${Version}\n' "$package"
done
shows 'UID STORE of UID 9, which is not there' '\* 3 FETCH \(UID 3 FLAGS \(\\Deleted.*\)\)' \
  "$(imap 'a2 UID STORE 9 +FLAGS (\Deleted)' 'a3 EXPUNGE')"
shows 'subjects left in the mailbox' 'one two ' "$(sed -n 's/^Subject: //p' "$place/spool/$(id -un)" | tr '\n' ' ')"
searches=$(imap 'a2 UID SEARCH UID 1:*' 'a3 UID SEARCH UID 1:3')
shows 'UID SEARCH UID 1:*' '\* SEARCH' "$(sed '/^a2 /q' <<<"$searches")"
shows 'UID SEARCH UID 1:3' '\* SEARCH 1 2 3' "$(sed '1,/^a2 /d' <<<"$searches")"
shows 'UID FETCH of UID 2 after it was removed' 'a4 BAD .*' \
  "$(imap 'a2 STORE 2 +FLAGS (\Deleted)' 'a3 EXPUNGE' 'a4 UID FETCH 2 (UID)')"
exit "$failed"
