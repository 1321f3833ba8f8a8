//! Finds and ends the processes of a build: its process group, and those that left the group, by a variable in their
//! environment. It never signals a process that it cannot tell to be the build's.
//!
//! What remains: a process that both leaves the group and clears its environment (`env -i setsid …`); after the death
//! of its host also one that cleared its environment and outlived the shell, whose group cannot be told any more; one
//! of another user whose environment this one may not read; and anything that the build asked a daemon to start.

use std::fs;
use std::io::Read as _;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde::{Deserialize, Serialize};

/// The variable by which every process of a build can be told.
pub(crate) const MARKER: &str = "CODEBUILD_RUNNER_MARKER";

/// Times that a group is killed anew because its members had children meanwhile.
const ROUNDS: usize = 200;
/// Pause between two of them: a killed process needs a moment to be gone.
pub(crate) const ROUND: Duration = Duration::from_millis(5);

/// The shell of a build, as a host records it to be able to end it later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShellProcess {
    /// Process id, and id of the process group.
    pub pid: u32,
    /// Start time in clock ticks since boot, field 22 of `/proc/PID/stat`.
    pub start_time: u64,
    /// Value of the variable that the build's processes carry.
    pub marker: String,
}

/// What [`kill_leftover`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leftover {
    /// Nothing was left.
    Gone,
    /// Everything that was left is ended.
    Ended,
    /// These process ids would not end.
    Survived(Vec<u32>),
}

/// Ends what a killed host left behind of a build: the process group, when the process id still belongs to the process
/// that was recorded, and every process that carries the build's marker. A recycled process id is left alone.
pub fn kill_leftover(process: &ShellProcess) -> Leftover {
    // The recorded shell is the last one: what an earlier shell of the build left is older.
    let found = || survivors(is_running(process).then_some(process.pid).as_slice(), &process.marker, 0);
    if found().is_empty() {
        return Leftover::Gone;
    }
    for _ in 0..ROUNDS {
        let left = found();
        if left.is_empty() {
            return Leftover::Ended;
        }
        left.iter().for_each(|pid| signal(*pid, Signal::KILL));
        std::thread::sleep(ROUND);
    }
    match found() {
        left if left.is_empty() => Leftover::Ended,
        left => Leftover::Survived(left),
    }
}

/// Asks every process that this one has started, and theirs, to end at once, for a host that is about to end; true when there
/// was none.
pub fn end_children() -> bool {
    let left = children();
    left.iter().for_each(|pid| signal(*pid, Signal::KILL));
    left.is_empty()
}

/// Living children of this process, and of those.
fn children() -> Vec<u32> {
    let all: Vec<(u32, Stat)> = pids().filter_map(|pid| Some((pid, Stat::of(pid)?))).collect();
    let mut found = vec![std::process::id()];
    let mut at = 0;
    while let Some(parent) = found.get(at).copied() {
        found.extend(all.iter().filter(|(_, stat)| stat.parent == parent).map(|(pid, _)| *pid));
        at += 1;
    }
    let is_alive = |pid: &u32| all.iter().any(|(other, stat)| other == pid && stat.is_alive);
    found.into_iter().skip(1).filter(is_alive).collect()
}

fn pids() -> impl Iterator<Item = u32> {
    fs::read_dir("/proc").into_iter().flatten().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

impl ShellProcess {
    /// Describes the running process `pid`; `None` when `/proc` does not tell.
    pub(crate) fn of(pid: u32, marker: &str) -> Option<Self> {
        Some(Self { pid, start_time: Stat::of(pid)?.start_time, marker: marker.to_owned() })
    }
}

/// Whether the process id still belongs to the recorded process. A zombie counts: its id is not free yet.
fn is_running(process: &ShellProcess) -> bool {
    Stat::of(process.pid).is_some_and(|stat| stat.start_time == process.start_time)
}

/// Living processes of the groups, and those with the marker in their environment. None of them is older than the
/// build's first shell; where its start is known, `since` spares looking into every other process of the machine.
pub(crate) fn survivors(groups: &[u32], marker: &str, since: u64) -> Vec<u32> {
    let entry = format!("{MARKER}={marker}");
    let own = std::process::id();
    pids()
        .filter(|pid| *pid != own)
        .filter(|pid| {
            let Some(stat) = Stat::of(*pid) else { return false };
            stat.is_alive
                && stat.start_time >= since
                && (groups.contains(&stat.group) || carries(*pid, entry.as_bytes()))
        })
        .collect()
}

fn carries(pid: u32, entry: &[u8]) -> bool {
    let Ok(environment) = fs::read(format!("/proc/{pid}/environ")) else { return false };
    environment.split(|byte| *byte == 0).any(|variable| variable == entry)
}

/// Signals a process; one that is gone already is what was wanted.
pub(crate) fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = as_pid(pid) {
        kill_process(pid, signal).ok();
    }
}

/// Signals a process group whose leader was not reaped yet, so that the id is still its own.
pub(crate) fn signal_group(group: u32, signal: Signal) {
    if let Some(pid) = as_pid(group) {
        kill_process_group(pid, signal).ok();
    }
}

pub(crate) fn as_pid(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().and_then(Pid::from_raw)
}

/// The fields of `/proc/PID/stat` that are needed.
struct Stat {
    is_alive: bool,
    parent: u32,
    group: u32,
    start_time: u64,
}

impl Stat {
    fn of(pid: u32) -> Option<Self> {
        // One read: every process of the machine is looked at, and the system makes the text anew at its first byte only.
        let mut buffer = [0; 1024];
        let count = fs::File::open(format!("/proc/{pid}/stat")).ok()?.read(&mut buffer).ok()?;
        let text = &buffer[..count];
        // The second field is the program's name in parentheses and may contain anything, also `)`.
        let after = text.iter().rposition(|byte| *byte == b')')? + 1;
        let rest = std::str::from_utf8(&text[after..]).ok()?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        Some(Self {
            is_alive: !matches!(*fields.first()?, "Z" | "X"),
            parent: fields.get(1)?.parse().ok()?,
            group: fields.get(2)?.parse().ok()?,
            start_time: fields.get(19)?.parse().ok()?,
        })
    }
}
