#!/usr/bin/env bash
# Installs an APK on a running emulator, starts it, has it test itself, and reads the result from
# the log. Usage: try-on-emulator.sh APK AAPT2 SUMMARY
# The emulator's image must allow "adb root" (google_apis, not google_apis_playstore).
set -euo pipefail
apk=$1
aapt2=$2
summary=$3

# What the package says of itself.
app=$("$aapt2" dump packagename "$apk")
activity=$("$aapt2" dump badging "$apk" | sed -n "s/^launchable-activity: name='\([^']*\)'.*/\1/p" | head -n 1)
allowed="android.permission.CAMERA android.permission.INTERNET"
"$aapt2" dump permissions "$apk" | sed -n "s/^uses-permission: name='\([^']*\)'.*/\1 &/p" |
    while read -r name line; do
        case "$name" in
            "$app".*) continue ;; # what AndroidX makes for the app's own receivers
        esac
        case "$line" in
            *maxSdkVersion=\'22\'*) continue ;; # no phone that can run this is asked
        esac
        case " $allowed " in
            *" $name "*) ;;
            *) echo "The package asks for a permission that it must not have: $line" >&2; exit 1 ;;
        esac
    done
if "$aapt2" dump xmltree --file AndroidManifest.xml "$apk" | grep -q 'allowBackup.*=true'; then
    echo "Android would copy the vault to the owner's cloud account." >&2
    exit 1
fi

adb root
adb wait-for-device
adb install "$apk"

# The first start unpacks the app and makes its folder.
adb logcat -c
first=$(adb shell am start -W -n "$app/$activity" | sed -n 's/^TotalTime: //p' | tr -d '\r')
data="/data/data/$app/files/data"
for _ in $(seq 60); do
    adb shell "[ -d $data ]" && break
    sleep 2
done
adb shell "[ -d $data ]"
adb shell am force-stop "$app"

# An order that only root or the app can leave there (ui/self_test_order.py).
adb shell "touch $data/self-test-wanted"
owner=$(adb shell stat -c %u:%g "$data" | tr -d '\r')
adb shell "chown $owner $data/self-test-wanted && restorecon $data/self-test-wanted"
adb logcat -c
second=$(adb shell am start -W -n "$app/$activity" | sed -n 's/^TotalTime: //p' | tr -d '\r')

result=
for _ in $(seq 120); do
    result=$(adb logcat -d | grep -oE 'OUTPOST-SELFTEST (ok|failed)' | head -n 1 || true)
    [ -n "$result" ] && break
    sleep 2
done

{
    echo "| on an emulator, x86_64 | |"
    echo "| --- | --- |"
    echo "| first start, with unpacking, to the first frame | ${first:-?} ms |"
    echo "| second start, to the first frame | ${second:-?} ms |"
    echo "| self-test | ${result:-no answer within four minutes} |"
} >> "$summary"

# "OUTPOST-SELFTEST failed", or nothing at all: the log says more. It names no patient.
if [ "$result" != "OUTPOST-SELFTEST ok" ]; then
    adb logcat -d | tail -n 400
    exit 1
fi
