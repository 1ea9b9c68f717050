#!/usr/bin/env bash
# calcurse 4.7.1 (Debian 12: calcurse 4.7.1-1) adds a cancelled event once more, as an event that takes place.
#
# Its import looks at neither UID nor STATUS nor METHOD. An event that was imported stands there twice after the import of
# its cancellation (METHOD:CANCEL, STATUS:CANCELLED, a higher SEQUENCE; RFC 5546, 3.2.5), with nothing that tells the two
# apart, and an event that was cancelled from the start looks like any other. What helps whoever writes calendars: let the
# title itself say that something is off.
#
# Needs Debian 12 with its package archive. Installs nothing. Fails if it behaves otherwise.
#   bash findings/calcurse-cancelled.sh
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
mkdir -p "$place/packages/partial" "$place/root"

apt-get install --download-only --reinstall --yes --quiet --quiet --no-install-recommends \
  -o "Dir::Cache::archives=$place/packages" -o Debug::NoLocking=true 'calcurse=4.7.1-1*' >"$place/apt.log" 2>&1 ||
  { cat "$place/apt.log"; exit 1; }
for package in "$place"/packages/*.deb; do dpkg-deb --extract "$package" "$place/root"; done
dpkg-deb --show --showformat='${Package} ${Version}\n' "$place"/packages/calcurse_*.deb

# A calendar with one event: METHOD, STATUS, SEQUENCE.
calendar() {
  printf '%s\r\n' BEGIN:VCALENDAR VERSION:2.0 PRODID:-//example//finding//EN "METHOD:$1" BEGIN:VEVENT \
    UID:visit@example.org DTSTAMP:20261102T090000Z "DTSTART;VALUE=DATE:20270114" SUMMARY:Visit "STATUS:$2" \
    "SEQUENCE:$3" END:VEVENT END:VCALENDAR
}
# Imports a calendar into a folder, and says what stands there then.
import() {
  HOME=$place LD_LIBRARY_PATH="$place/root/usr/lib/x86_64-linux-gnu:$place/root/usr/lib/aarch64-linux-gnu" \
    "$place/root/usr/bin/calcurse" -D "$place/$1" -i "$2" >"$place/log" 2>&1 || { cat "$place/log"; exit 1; }
  sed "s/^/$3: /" "$place/$1/apts"
}
calendar PUBLISH CONFIRMED 0 >"$place/new.ics"
calendar CANCEL CANCELLED 1 >"$place/cancelled.ics"

seen=$(
  import one "$place/new.ics" 'published'
  import one "$place/cancelled.ics" 'then cancelled'
  import two "$place/cancelled.ics" 'cancelled alone'
)
printf '%s\n' "$seen"
failed=0
diff <(printf '%s\n' "$seen") - <<'L' || failed=1
published: 01/14/2027 [1] Visit
then cancelled: 01/14/2027 [1] Visit
then cancelled: 01/14/2027 [1] Visit
cancelled alone: 01/14/2027 [1] Visit
L
[ "$failed" -eq 0 ] || printf '!! changed\n'
exit "$failed"
