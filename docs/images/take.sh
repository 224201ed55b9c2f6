#!/bin/sh
# Takes the pictures of README.md and LEEME.md: the first page of the report of the bundled study.
# Needs Chromium (or set BROWSER) and an installed `nonetloss`; run it from the repository's root:
#   sh docs/images/take.sh
set -eu
browser=${BROWSER:-chromium}
nonetloss=${NONETLOSS:-.venv/bin/nonetloss}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$nonetloss" run pucallpa-road --out "$folder/run"
for language in en es; do
  # Three quarters of the usual scale: the answer and its five cards fit in one picture.
  "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars \
    --user-data-dir="$folder/profile" --window-size=1800,1200 --force-device-scale-factor=0.75 \
    --screenshot="$folder/$language.png" "file://$folder/run/report.$language.html"
done
cp "$folder/en.png" docs/images/report.png
cp "$folder/es.png" docs/images/report.es.png
