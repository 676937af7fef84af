#!/usr/bin/env bash
# The demo's main job; ./dev demo installs and builds, then runs this.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
exec "${PYTHON:-python3}" "$here/demo.py" "$@"
