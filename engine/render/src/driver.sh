# The gate's driver: runs each stage of the plan, collects its reports and writes the record of how it all went. It
# never ends early, never takes a name or a value from the pull request, and exports nothing to the stages.
# Whole-line comments and indentation are left out of a buildspec. Written for bash 4.4 and newer, git, GNU coreutils
# and findutils.
set +aeu
set -m
gated_src=${CODEBUILD_SRC_DIR:?}
# Only what CodeBuild shall keep lies in the first; the second is scratch.
gated_out=$gated_src.gated
gated_work=$gated_src.gated-work
gated_script='' gated_entries=0 gated_stop='' gated_failed=0 gated_began=0
gated_setup=null gated_stages='' gated_reports='' gated_found=0 gated_measures='' gated_interrupted=''
[[ -e $gated_out || -e $gated_work ]] && rm -rf -- "$gated_out" "$gated_work"
mkdir -p -- "$gated_out/reports" "$gated_work"

# From here on all output goes through one pipe that we close, in the order in which it was written, so that what stages
# leave running in the background cannot hold the build. The reader holds the writing end of `gated_ended` while it lives.
exec {gated_stdout}>&1
gated_listen() {
  { coproc gated_pipe { trap '' TERM; exec cat {gated_ended}>&1 1>&"$gated_stdout"; }; } 2>/dev/null
  gated_reader=$!
  exec 1>&"${gated_pipe[1]}" 2>&1 {gated_ended}<&"${gated_pipe[0]}" {gated_pipe[1]}>&- {gated_pipe[0]}<&-
}
gated_listen
# A stage may end the reader, which is no reason for us to end.
trap : PIPE
# Whoever ends the build asks first, and shall still hear how far it came. The stages are asked as well.
trap gated_interrupted=1 TERM

# To be called before any code of the commit runs, when reports follow: what the commit holds.
gated_measure() {
  gated_measures=1
  git -c safe.directory='*' -C "$gated_src" ls-tree -r -z --name-only HEAD >"$gated_work/tracked" ||
    { rm -f -- "$gated_work/tracked"; echo 'gated: cannot read the commit with git: every report counts as committed'; }
}

# Sets a variable to the JSON string of a text without control characters.
gated_json() {
  local text=${2//\\/\\\\}
  text=${text//\"/\\\"}
  printf -v "$1" '"%s"' "$text"
}

# The time in milliseconds, without a process where bash (from version 5) can tell it.
gated_now() {
  gated_ms=${EPOCHREALTIME:-}
  if [[ $gated_ms ]]; then gated_ms=${gated_ms/[.,]/} gated_ms=${gated_ms%???}; else gated_ms=$(date +%s%3N); fi
}

# Takes one command of the next stage from stdin. Each lies in a file of its own, so that an open quote ends with it.
gated_run() {
  local text file shown
  gated_entries=$((gated_entries + 1))
  file=$gated_work/$gated_entries.sh
  IFS= read -r -d '' text
  printf %s "$text" >"$file"
  text=${text%$'\n'}
  printf -v shown %q "${text//$'\n'/$'\n'$ }"
  printf -v file %q "$file"
  gated_script+="printf '\$ %s\n' $shown; . $file"$'\n'
}

# One try: seconds (0: no end), directory. Returns the exit code. Between us and the commands stands a process, so that
# they do not end us by their parent.
gated_try() {
  local job code left
  (
    cd -- "$gated_src/$2" 2>&1 || exit
    if (($1 > 0)); then exec timeout -k 10 "$1" bash --noprofile --norc -euo pipefail -c "$gated_script" stage 2>&1; fi
    bash --noprofile --norc -euo pipefail -c "$gated_script" stage 2>&1
    exit "$?"
  ) </dev/null 2>/dev/null {gated_stdout}>&- {gated_ended}<&- &
  job=$!
  {
    wait "$job"
    code=$?
    for ((left = 60; gated_interrupted && left > 0; left--)); do
      kill -0 -- "-$job" || break
      read -r -t 0.05 -u "$gated_ended"
    done
    kill -KILL -- "-$job"
    # Asked about here, so that bash does not announce its end in the log.
    wait "$job"
  } 2>/dev/null
  return "$code"
}

# Runs a stage: name, kind (setup, stops, required, advisory), seconds, retries, directory.
gated_stage() {
  local outcome=not-run code=-1 tries=0 took=0 began total=0 line
  gated_ran='' gated_again=()
  kill -0 "$gated_reader" 2>/dev/null || gated_listen
  printf '\n==> stage %s\n' "$1"
  [[ $gated_interrupted ]] && gated_stop='the build was interrupted'
  if [[ $gated_stop ]]; then
    echo "not run: $gated_stop"
  else
    if [[ $2 != setup && $gated_began == 0 ]]; then
      printf -v gated_began '%(%s)T' -1
      # A file's time, not the clock's: reports are held against it, and file systems stamp with a coarser clock.
      [[ $gated_measures ]] && : >"$gated_work/began" && gated_began=$(date -r "$gated_work/began" +%s)
    fi
    gated_ran=1
    while [[ $outcome != passed && ! $gated_interrupted && $tries -le $4 ]]; do
      tries=$((tries + 1)) outcome=failed
      # A little earlier, since file systems stamp with a coarser clock.
      ((tries == 1)) || { touch -d '-0.02 seconds' "$gated_work/again"; gated_again=(-newer "$gated_work/again"); }
      gated_now
      began=$gated_ms
      gated_try "$3" "$5"
      code=$?
      gated_now
      took=$((gated_ms - began)) total=$((total + gated_ms - began))
      if [[ $code == 0 ]]; then
        outcome=passed
      elif [[ $gated_interrupted ]]; then
        outcome=interrupted
      elif (($3 > 0 && took >= $3 * 1000)); then
        outcome=timed-out
      fi
      printf '==> stage %s: %s (exit %s, %s ms)\n' "$1" "$outcome" "$code" "$took"
    done
  fi
  gated_script=''
  printf -v line '{"name":"%s","outcome":"%s","exit":%d,"milliseconds":%d,"attempts":%d}' \
    "$1" "$outcome" "$code" "$total" "$tries"
  if [[ $2 == setup ]]; then gated_setup=$line; else gated_stages+=${gated_stages:+,}$line; fi
  [[ $outcome == passed || $2 == advisory ]] && return
  gated_failed=1
  [[ $2 == required || $gated_stop ]] || gated_stop="$1 did not pass"
}

# Copies the files of a report of the stage that just ran: stage, number, and regular expressions of what it is and of
# what is taken away from that. Of a stage that was tried again, only what the last try wrote. With a report group: the
# directory where CodeBuild looks for what goes into it, and how its files' names end.
gated_report() {
  local -x LC_ALL=C
  local file size time path stored tracked line
  [[ $gated_ran && ! $gated_interrupted ]] || return
  while IFS= read -r -d '' file; do
    size=${file%% *} file=${file#* } time=${file%%[!0-9]*} path=${file#* }
    if [[ $path == *[[:cntrl:]]* ]] ||
      { [[ $path == *[!\ -~]* ]] && ! iconv -f UTF-8 -t UTF-8 <<<"$path" &>/dev/null; }; then
      printf 'gated: report left out, its name has control characters or is not UTF-8: %q\n' "$path"
      continue
    fi
    if ((gated_found == 10000)); then
      echo 'gated: more than 10000 report files'
      gated_failed=1
      break
    fi
    gated_found=$((gated_found + 1)) stored='' tracked=true
    # Over 8 MB, or unreadable: recorded, not kept.
    if ((size <= 8388608)); then
      printf -v stored 'reports/%04d' "$gated_found"
      cp -- "$gated_src/$path" "$gated_out/$stored" || stored=''
    fi
    [[ -e $gated_work/tracked ]] && ! grep -zqxF -e "$path" "$gated_work/tracked" && tracked=false
    # What the gate would not measure is not shown either.
    [[ $5 && $stored && $tracked == false && ${time:-0} -ge $gated_began ]] && mkdir -p -- "$gated_work/$5" &&
      cp -- "$gated_out/$stored" "$gated_work/$5/${stored#*/}.$6"
    gated_json line "$path"
    printf -v line '{"stage":"%s","report":%d,"path":%s,"stored":"%s","size":%d,"modified":%d,"tracked":%s}' \
      "$1" "$2" "$line" "$stored" "$size" "${time:-0}" "$tracked"
    gated_reports+=${gated_reports:+,}$line
  done < <(cd -- "$gated_src" && find . -regextype posix-extended -path ./.git -prune -o -type f \
    -regex "\./($3)" ! -regex "\./($4)" "${gated_again[@]}" -printf '%s %T@ %P\0' | sort -z -k3)
}

# Writes the record; fails when a required stage did not pass.
gated_finish() {
  local image=null build uri tag digest
  [[ $gated_interrupted ]] && gated_failed=1
  gated_json build "$CODEBUILD_BUILD_ID"
  if [[ -e $gated_work/image ]] && read -r uri tag digest <"$gated_work/image"; then
    gated_json uri "$uri"
    gated_json tag "$tag"
    gated_json digest "$digest"
    printf -v image '{"repository":%s,"tag":%s,"digest":%s}' "$uri" "$tag" "$digest"
  fi
  printf '{"version":1,"build":%s,"setup":%s,"stages":[%s],"reports":[%s],"began":%d,"image":%s}\n' \
    "$build" "$gated_setup" "$gated_stages" "$gated_reports" "$gated_began" "$image" \
    >"$gated_out/record.json" || gated_failed=1
  # What left its group may hold the pipe open; all that was written before is read by then.
  exec 1>&"$gated_stdout" 2>/dev/null
  read -r -t 2 -u "$gated_ended" || kill -KILL "$gated_reader"
  return "$gated_failed"
}
