#!/usr/bin/env bash
# Runs every function test_* of tests/, and writes what CI reads: reports/junit.xml and reports/lcov.info.
# Coverage is bash's own trace: which lines of src/ were executed.
set -u
cd "$(dirname "$0")"
mkdir -p reports
for file in src/*.sh tests/*.sh; do . "./$file"; done

exec 9>reports/trace
cases='' count=0 failed=0
for name in $(compgen -A function test_); do
  count=$((count + 1))
  if (BASH_XTRACEFD=9 PS4='+ ${BASH_SOURCE[0]}:${LINENO} ' && set -x && "$name") >/dev/null 2>&1; then
    echo "ok      $name"
    cases+="<testcase classname=\"tests\" name=\"$name\"/>"
  else
    echo "not ok  $name"
    failed=$((failed + 1))
    cases+="<testcase classname=\"tests\" name=\"$name\"><failure message=\"$name said no\"/></testcase>"
  fi
done
echo "<testsuite name=\"tests\" tests=\"$count\" failures=\"$failed\">$cases</testsuite>" >reports/junit.xml

for file in src/*.sh; do
  echo "SF:$file"
  number=0
  while IFS= read -r line; do
    number=$((number + 1))
    case $line in
      '' | '#'* | *'() {' | '}' | *' else' | *' fi') continue ;;
    esac
    echo "DA:$number,$(grep -c -- "$file:$number " reports/trace)"
  done <"$file"
  echo end_of_record
done >reports/lcov.info
[ "$failed" = 0 ]
