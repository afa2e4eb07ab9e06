#!/usr/bin/env bash
# Lays a Linux bundle out as an AppImage wants it. Usage: appdir.sh BUNDLE APPDIR
set -euo pipefail
bundle=$1
appdir=$2
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

rm -rf "$appdir"
mkdir -p "$appdir/usr/lib/outpost"
cp -R "$bundle/." "$appdir/usr/lib/outpost/"
cp "$root/packaging/desktop/outpost.desktop" "$appdir/org.outpost.outpost.desktop"
cp "$root/assets/icon.png" "$appdir/org.outpost.outpost.png"
cat > "$appdir/AppRun" <<'RUN'
#!/bin/sh
exec "$(dirname "$(readlink -f "$0")")/usr/lib/outpost/outpost" "$@"
RUN
chmod +x "$appdir/AppRun"
