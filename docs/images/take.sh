#!/bin/sh
# Takes the pictures of README.md and LEEME.md: the answer and the map of the bundled study's
# report, side by side. Needs Chromium (or set BROWSER) and an installed `nonetloss`; run it from
# the repository's root:  sh docs/images/take.sh
set -eu
browser=${BROWSER:-chromium}
nonetloss=${NONETLOSS:-.venv/bin/nonetloss}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$nonetloss" run pucallpa-road --out "$folder/run"
for language in en es; do
  cat > "$folder/run/pair.html" <<HTML
<body style="margin:0;display:flex;gap:16px;background:#d3d8dd">
<iframe style="border:0;width:1000px;height:1330px" src="report.$language.html" scrolling="no"></iframe>
<iframe style="border:0;width:1000px;height:1330px" src="report.$language.html#alternatives" scrolling="no"></iframe>
HTML
  "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars \
    --user-data-dir="$folder/profile" --window-size=2016,1330 --force-device-scale-factor=0.68 \
    --virtual-time-budget=5000 --screenshot="$folder/$language.png" "file://$folder/run/pair.html"
done
# 128 colors look the same and weigh a third.
"$(dirname "$nonetloss")/python" - "$folder" <<'PYTHON'
import sys
from PIL import Image

for name, target in (("en", "report.png"), ("es", "report.es.png")):
    picture = Image.open(f"{sys.argv[1]}/{name}.png").convert("RGB").quantize(128)
    picture.save(f"docs/images/{target}", optimize=True)
PYTHON
