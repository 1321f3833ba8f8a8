# The driver's part that is there for reports: tells what the commit holds, when the first stage began, and copies what the
# stages wrote. It reads no report and judges none. Needs driver.sh before it.

# To be called before any code of the commit runs, when reports follow: what the commit holds.
gated_measure() {
  gated_measures=1
  git -c safe.directory='*' -C "$gated_src" ls-tree -r -z --name-only HEAD >tracked ||
    { rm -f tracked; echo 'gated: cannot read the commit with git: every report counts as committed'; }
}

# Makes a file that is older than all that is written from now on, and no older than all that was written before. File
# systems stamp with a clock that stands still for some milliseconds, or for a second.
gated_mark() {
  local end
  echo >"$1"
  gated_now
  end=$((gated_ms + 2500))
  while echo >later; [[ ! later -nt $1 ]]; do
    ((gated_ms < end)) || { echo 'gated: the times of files stand still'; break; }
    read -r -t 0.001 -u "$gated_ended"
    gated_now
  done 2>/dev/null
}

# Copies a file: from, to, bytes. A small text needs no process, which would take longer than all the rest.
gated_copy() {
  local text
  if (($3 <= 65536)) && mapfile -d '' -n 2 text <"$1" && ((${#text[@]} < 2 && ${#text} == $3)); then
    printf %s "$text" >"$2"
  else
    cp -- "$1" "$2"
  fi
}

# Copies the files of a report of the stage that just ran: stage, number, and regular expressions of what it is and of
# what is taken away from that. Of a stage that was tried again, only what the last try wrote. With a report group: the
# directory where CodeBuild looks for what goes into it, and how its files' names end.
gated_report() {
  local -x LC_ALL=C
  local -A committed=()
  local file stale size time path stored tracked line found=() paths=()
  [[ $gated_ran && ! $gated_asked ]] || return
  while IFS= read -r -d '' file; do
    path=${file#* * * }
    # From a name that is not UTF-8, iconv took something away.
    if [[ $path == *[[:cntrl:]]* || ! -f $gated_src/$path ]]; then
      printf 'gated: report left out, its name has control characters or is not UTF-8: %q\n' "$path"
      continue
    fi
    if ((gated_found + ${#found[@]} == 10000)); then
      echo 'gated: more than 10000 report files'
      gated_failed=1
      break
    fi
    found+=("$file") paths+=("$path")
  done < <(cd -- "$gated_src" && find . -regextype posix-extended -path ./.git -prune -o -type f \
    -regex "\./($3)" ! -regex "\./($4)" "${gated_newer[@]}" \
    \( -newer "$gated_work/began" -printf false -o -printf true \) -printf ' %s %T@ %P\0' |
    iconv -c -f UTF-8 -t UTF-8 | sort -z -k4)
  ((${#found[@]})) || return
  printf '%s\n' "${paths[@]}" >paths
  [[ -e tracked ]] && while IFS= read -r -d '' path; do
    committed[/$path]=true
  done < <(grep -zxF -f paths tracked)
  [[ $5 ]] && mkdir -p "$5"
  for file in "${found[@]}"; do
    stale=${file%% *} file=${file#* } size=${file%% *} file=${file#* } time=${file%%[!0-9]*} path=${file#* }
    gated_found=$((gated_found + 1)) tracked=${committed[/$path]:-false} stored=''
    [[ -e tracked ]] || tracked=true
    # Over 8 MB, or unreadable: recorded, not kept.
    if ((size <= 8388608)); then
      printf -v stored 'reports/%04d' "$gated_found"
      gated_copy "$gated_src/$path" "$gated_out/$stored" "$size" || stored=''
    fi
    # What the gate would not measure is not shown either.
    [[ $5 && $stored && $tracked$stale == falsefalse ]] && gated_copy "$gated_out/$stored" "$5/${stored#*/}.$6" "$size"
    gated_json line "$path"
    printf -v line '{"stage":"%s","report":%d,"path":%s,"stored":"%s","size":%d,"modified":%d,"stale":%s,"tracked":%s}' \
      "$1" "$2" "$line" "$stored" "$size" "${time:-0}" "$stale" "$tracked"
    gated_reports+=("$line")
  done
}
