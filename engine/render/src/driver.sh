# The gate's driver: runs each stage of the plan, collects its reports and writes the record of how it all went. It
# never ends early, never takes a name or a value from the pull request, and exports nothing to the stages.
# Whole-line comments and indentation are left out of a buildspec. Written for bash 4.4 and newer, git, GNU coreutils
# and findutils.
set +aeu
set -m
gated_src=${CODEBUILD_SRC_DIR:?}
# Only what CodeBuild shall keep lies in the first; the second is scratch, and where we stand.
gated_out=$gated_src.gated
gated_work=$gated_src.gated-work
gated_script='' gated_entries=0 gated_stop='' gated_failed=0 gated_began=0
gated_setup=null gated_stages='' gated_reports=() gated_found=0 gated_measures='' gated_asked=''
# Whoever starts the build may have made both, empty.
shopt -s dotglob nullglob
gated_left=("$gated_out"/* "$gated_out"/reports/* "$gated_work"/*)
[[ -d $gated_out/reports && -d $gated_work && ${#gated_left[@]} == 1 ]] ||
  { rm -rf -- "$gated_out" "$gated_work"; mkdir -p -- "$gated_out/reports" "$gated_work"; }
shopt -u dotglob nullglob
cd -- "$gated_work" || exit

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
trap gated_asked=1 TERM

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
  IFS= read -r -d '' text
  printf %s "$text" >$gated_entries.sh
  text=${text%$'\n'}
  printf -v shown %q "${text//$'\n'/$'\n'$ }"
  printf -v file %q "$gated_work/$gated_entries.sh"
  gated_script+="printf '\$ %s\n' $shown; . $file"$'\n'
}

# One try: seconds (0: no end), directory. Returns the exit code. Between us and the commands stands a process, so that
# they do not end us by their parent. When all are asked to end, it waits for them.
gated_try() {
  local job code=143 left
  (
    trap : TERM
    cd -- "$gated_src/$2" 2>&1 || exit
    if (($1 > 0)); then exec timeout -k 10 "$1" bash --noprofile --norc -euo pipefail -c "$gated_script" stage 2>&1; fi
    bash --noprofile --norc -euo pipefail -c "$gated_script" stage 2>&1
    exit "$?"
  ) </dev/null 2>/dev/null {gated_stdout}>&- {gated_ended}<&- &
  job=$!
  {
    [[ $gated_asked ]] || { wait "$job"; code=$?; }
    for ((left = 60; gated_asked && left > 0; left--)); do
      kill -0 "$job" || break
      read -r -t 0.05 -u "$gated_ended"
    done
    kill -KILL -- "-$job"
    # So that bash does not announce its end in the log. Waiting a second time for what is gone may never end.
    disown "$job"
  } 2>/dev/null
  return "$code"
}

# Runs a stage: name, kind (setup, stops, required, advisory), seconds, retries, directory.
gated_stage() {
  local outcome=not-run code=-1 tries=0 took=0 began total=0 line
  gated_ran='' gated_newer=(-true)
  kill -0 "$gated_reader" 2>/dev/null || gated_listen
  printf '\n==> stage %s\n' "$1"
  [[ $gated_asked ]] && gated_stop='the build was interrupted'
  if [[ $gated_stop ]]; then
    echo "not run: $gated_stop"
  else
    if [[ $2 != setup && $gated_began == 0 ]]; then
      printf -v gated_began '%(%s)T' -1
      [[ $gated_measures ]] && gated_mark began
    fi
    gated_ran=1
    while [[ $outcome != passed && ! $gated_asked && $tries -le $4 ]]; do
      tries=$((tries + 1)) outcome=failed
      [[ $gated_measures && $tries -gt 1 ]] && gated_mark again && gated_newer=(-newer "$gated_work/again")
      gated_now
      began=$gated_ms
      gated_try "$3" "$5"
      code=$?
      gated_now
      took=$((gated_ms - began)) total=$((total + gated_ms - began))
      if [[ $code == 0 ]]; then
        outcome=passed
      elif [[ $gated_asked ]]; then
        outcome=interrupted
      elif (($3 > 0 && took >= $3 * 1000)); then
        outcome=timed-out
      fi
      printf '==> stage %s: %s (exit %s, %s ms)\n' "$1" "$outcome" "$code" "$took"
    done
  fi
  gated_script=''
  printf -v line '{"name":"%s","outcome":"%s","exit":%d,"milliseconds":%d,"lastMilliseconds":%d,"attempts":%d}' \
    "$1" "$outcome" "$code" "$total" "$took" "$tries"
  if [[ $2 == setup ]]; then gated_setup=$line; else gated_stages+=${gated_stages:+,}$line; fi
  [[ $outcome == passed || $2 == advisory ]] && return
  gated_failed=1
  [[ $2 == required || $gated_stop ]] || gated_stop="$1 did not pass"
}

# Writes the record; fails when a required stage did not pass.
gated_finish() {
  local image=null build uri tag digest reports
  [[ $gated_asked ]] && gated_failed=1
  gated_json build "$CODEBUILD_BUILD_ID"
  if [[ -e image ]] && read -r uri tag digest <image; then
    gated_json uri "$uri"
    gated_json tag "$tag"
    gated_json digest "$digest"
    printf -v image '{"repository":%s,"tag":%s,"digest":%s}' "$uri" "$tag" "$digest"
  fi
  printf -v reports '%s,' "${gated_reports[@]}"
  printf '{"version":2,"build":%s,"setup":%s,"stages":[%s],"reports":[%s],"began":%d,"image":%s}\n' \
    "$build" "$gated_setup" "$gated_stages" "${reports%,}" "$gated_began" "$image" \
    >"$gated_out/record.json" || gated_failed=1
  # What left its group may hold the pipe open; all that was written before is read by then.
  exec 1>&"$gated_stdout" 2>/dev/null
  read -r -t 2 -u "$gated_ended" || kill -KILL "$gated_reader"
  return "$gated_failed"
}
