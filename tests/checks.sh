# Sourced by check.sh of the folders: named checks, counted in `passed` and `failed`.
passed=0 failed=0

check() { # check NAME COMMAND...
  local name=$1 output
  shift
  if output=$("$@" 2>&1); then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'failed: %s\n%s\n' "$name" "$output"
  fi
}
prints() { # prints EXPECTED COMMAND...
  local expected=$1 got
  shift
  got=$(timeout 120 "$@") || { printf 'status %s\n%s\n' "$?" "$got"; return 1; }
  [ "$got" = "$expected" ] || { printf 'expected: %s\ngot: %s\n' "$expected" "$got"; return 1; }
}
