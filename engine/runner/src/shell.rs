//! The one shell that runs every command of a build. It hands each command over as a file to be sourced, never as text
//! pasted into another text, and learns the exit status on a channel of its own.
//!
//! ```text
//! host ── control (lines for the shell to read) ──▶ shell ── output, shared by all shells of a build ──▶ host
//!                                                     └───── status: `token exit-status` per command ──▶ host
//! ```
//!
//! The shell reads the control pipe as its script, so it needs no loop, no function and no variable that a command
//! could disturb. While a command runs, file descriptor 8 (status) is closed and its copy, like the script's
//! descriptor, is out of reach of every program that the command starts (close-on-exec). Each status carries a random
//! token that the shell reads only after the command has ended.
//!
//! What remains possible: a command runs in the shell itself and may replace `printf` or `export`, `set -n`, or stop
//! the shell; then no status arrives and the deadline ends the build. A process of the same user can reach the shell's
//! memory and descriptors through `/proc` and ptrace; against that only another user or machine helps.

use std::io::{self, PipeWriter};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::io::{Errno, ioctl_fionread};
use rustix::process::{PidfdFlags, Signal, WaitId, WaitIdOptions, pidfd_open, waitid};
use tokio::io::AsyncWriteExt;
use tokio::io::unix::AsyncFd;
use tokio::net::unix::pipe;

use crate::buildspec::ShellKind;
use crate::process::{ShellProcess, as_pid, signal_group};

/// Longest line on the status channel that is waited for; what is longer is a complaint of the shell, not a status.
const MAX_STATUS: usize = 4096;

/// How a shell is started.
pub(crate) struct Start<'a> {
    pub(crate) kind: ShellKind,
    pub(crate) directory: &'a Path,
    /// The whole environment; nothing else is inherited.
    pub(crate) environment: &'a [(String, String)],
    pub(crate) marker: &'a str,
    /// Where the shell leaves its exported variables after each command.
    pub(crate) state: PathBuf,
}

/// A started shell, the leader of its own process group.
pub(crate) struct Shell {
    child: Option<Child>,
    /// Readable once the shell has ended.
    exit: AsyncFd<OwnedFd>,
    control: Option<pipe::Sender>,
    status: pipe::Receiver,
    /// Bytes of the status channel that are no whole line yet.
    partial: Vec<u8>,
    /// Nobody holds the writing end any more: the shell was replaced by another program (`exec`) or has ended.
    status_ended: bool,
    pub(crate) process: ShellProcess,
    kind: ShellKind,
    state: PathBuf,
    pub(crate) has_ended: bool,
}

/// The output of every process of the build, standard output and standard error in the order in which they were written.
pub(crate) struct Output {
    reader: pipe::Receiver,
    writer: PipeWriter,
    buffer: Vec<u8>,
}

impl Output {
    pub(crate) fn new() -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        let reader = pipe::Receiver::from_owned_fd(reader.into())?;
        Ok(Self { reader, writer, buffer: vec![0; 64 * 1024] })
    }

    /// Waits for output and passes it on.
    pub(crate) async fn pump(&mut self, sink: &mut (dyn FnMut(&[u8]) + Send)) -> io::Result<()> {
        self.reader.readable().await?;
        if let Some(count) = read_now(&self.reader, &mut self.buffer)? {
            sink(&self.buffer[..count]);
        }
        Ok(())
    }

    /// Passes on what is in the pipe at this moment, and not what a process in the background adds meanwhile.
    pub(crate) fn drain(&mut self, sink: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        let mut left = usize::try_from(ioctl_fionread(self.reader.as_fd())?).unwrap_or(usize::MAX);
        while left > 0 {
            let part = left.min(self.buffer.len());
            match read_now(&self.reader, &mut self.buffer[..part])? {
                None | Some(0) => break,
                Some(count) => {
                    sink(&self.buffer[..count]);
                    left -= count;
                }
            }
        }
        Ok(())
    }
}

impl Shell {
    /// Starts the shell and restores the exported variables and the directory of an earlier one, when there was one.
    /// *Recorded*: CodeBuild's agent keeps the exported variables in a file between commands. *Assumed*: so a command
    /// that ends its shell loses only what it did itself.
    pub(crate) async fn start(start: Start<'_>, output: &Output) -> io::Result<Self> {
        let program = match start.kind {
            ShellKind::Sh => "/bin/sh",
            ShellKind::Bash => "bash",
        };
        let mut command = Command::new(program);
        command.arg("/dev/stdin").current_dir(start.directory).process_group(0);
        command.env_clear().envs(start.environment.iter().map(|(name, value)| (name, value)));
        let (status, status_writer) = io::pipe()?;
        command.stdin(Stdio::piped()).stdout(output.writer.try_clone()?).stderr(status_writer);
        let mut child = command.spawn()?;
        // The command holds the writing end of the status channel, which must end with the shell.
        drop(command);
        let stdin = child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let pid = as_pid(child.id()).ok_or(io::ErrorKind::InvalidData)?;
        let process = ShellProcess::of(child.id(), start.marker).ok_or(io::ErrorKind::NotFound)?;
        let mut shell = Self {
            child: Some(child),
            exit: watch_exit(pidfd_open(pid, PidfdFlags::empty())?)?,
            control: Some(pipe::Sender::from_owned_fd(stdin.into())?),
            status: pipe::Receiver::from_owned_fd(status.into())?,
            partial: Vec::new(),
            status_ended: false,
            process,
            kind: start.kind,
            state: start.state,
            has_ended: false,
        };
        shell.tell(b"exec 8>&2 2>&1 </dev/null\n").await?;
        if shell.state.exists() {
            let mut lines = format!("{{ {} . ", shell.builtin()).into_bytes();
            lines.extend(quoted(&shell.state));
            lines.extend(b"; cd -- \"$PWD\"; } 8>&- 2>/dev/null\n");
            shell.tell(&lines).await?;
        }
        Ok(shell)
    }

    /// Sets a variable between two commands.
    pub(crate) async fn export(&mut self, name: &str, value: u8) -> io::Result<()> {
        let line = format!("{{ {} export {name}={value}; }} 2>/dev/null\n", self.builtin());
        self.tell(line.as_bytes()).await
    }

    /// Runs the commands in the file `script` and gives their exit status; when they end the shell, the shell's.
    pub(crate) async fn source(
        &mut self,
        script: &Path,
        output: &mut Output,
        sink: &mut (dyn FnMut(&[u8]) + Send),
    ) -> io::Result<i32> {
        let (token, builtin) = (token(), self.builtin());
        let mut lines = format!("{builtin} . ").into_bytes();
        lines.extend(quoted(script));
        // The redirection of the whole group keeps `set -x` from writing these lines into the log.
        let answer = format!(" 8>&-\n{{ {builtin} printf '%s %s\\n' {token} \"$?\"; }} >&8 2>/dev/null\n");
        lines.extend(answer.as_bytes());
        lines.extend(format!("{{ {builtin} export -p; }} 2>/dev/null >|").as_bytes());
        lines.extend(quoted(&self.state));
        lines.push(b'\n');
        self.tell(&lines).await?;
        loop {
            tokio::select! {
                pumped = output.pump(sink) => pumped?,
                ready = self.status.readable(), if !self.status_ended => {
                    ready?;
                    if let Some(code) = self.read_status(&token, sink)? {
                        output.drain(sink)?;
                        return Ok(code);
                    }
                }
                ended = self.exit.readable() => {
                    ended?.retain_ready();
                    // The status of this command may have been written before the shell's end.
                    let code = self.read_status(&token, sink)?;
                    output.drain(sink)?;
                    self.has_ended = true;
                    return code.map_or_else(|| self.exit_code(), Ok);
                }
            }
        }
    }

    /// Lets the shell read the end of its script, and waits until it has run its exit trap.
    pub(crate) async fn finish(&mut self, output: &mut Output, sink: &mut (dyn FnMut(&[u8]) + Send)) -> io::Result<()> {
        self.control = None;
        while !self.has_ended {
            tokio::select! {
                pumped = output.pump(sink) => pumped?,
                ended = self.exit.readable() => {
                    ended?.retain_ready();
                    self.has_ended = true;
                }
            }
        }
        Ok(())
    }

    /// Frees the process id, which held the group's id until now. The shell must have been killed or have ended.
    pub(crate) fn reap(mut self) {
        if let Some(mut child) = self.child.take()
            && !matches!(child.try_wait(), Ok(Some(_)))
        {
            // A killed process may need a moment; nobody has to wait for it.
            std::thread::spawn(move || child.wait());
        }
    }

    /// How to call a builtin even when a command has defined a function of that name.
    fn builtin(&self) -> &'static str {
        match self.kind {
            ShellKind::Sh => "command",
            ShellKind::Bash => "builtin",
        }
    }

    /// Writes a line of the script. That nobody reads it any more is learnt from the end of the shell.
    async fn tell(&mut self, line: &[u8]) -> io::Result<()> {
        let Some(control) = &mut self.control else { return Ok(()) };
        match control.write_all(line).await {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Reads what is on the status channel; what is no status there is a complaint of the starting shell.
    fn read_status(&mut self, token: &str, sink: &mut dyn FnMut(&[u8])) -> io::Result<Option<i32>> {
        let mut buffer = [0; 1024];
        loop {
            match read_now(&self.status, &mut buffer)? {
                Some(0) => {
                    self.status_ended = true;
                    return Ok(None);
                }
                Some(count) => self.partial.extend_from_slice(&buffer[..count]),
                None => return Ok(None),
            }
            while let Some(end) = self.partial.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.partial.drain(..=end).collect();
                match status_of(&line, token) {
                    Some(code) => return Ok(Some(code)),
                    None => sink(&line),
                }
            }
            if self.partial.len() > MAX_STATUS {
                sink(&std::mem::take(&mut self.partial));
            }
        }
    }

    /// Exit status as a shell would report it: 128 and the signal when one ended the shell. It leaves the zombie.
    fn exit_code(&self) -> io::Result<i32> {
        let pid = as_pid(self.process.pid).ok_or(io::ErrorKind::InvalidData)?;
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        let status = waitid(WaitId::Pid(pid), options)?.ok_or(io::ErrorKind::WouldBlock)?;
        let code = status.exit_status().or_else(|| status.terminating_signal().map(|signal| 128 + signal));
        code.ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

/// A host that stops caring about a build in the middle leaves nothing behind in the build's process group.
impl Drop for Shell {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            signal_group(self.process.pid, Signal::KILL);
            std::thread::spawn(move || child.wait());
        }
    }
}

/// Reads what is in the pipe; `None` when it is empty. The runtime may not have heard yet of bytes that are there, so
/// its answer "not ready" is only a reason to ask the system.
fn read_now(pipe: &pipe::Receiver, buffer: &mut [u8]) -> io::Result<Option<usize>> {
    match pipe.try_read(buffer) {
        Ok(count) => return Ok(Some(count)),
        Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
        Err(_) => {}
    }
    match rustix::io::read(pipe, buffer) {
        Ok(count) => Ok(Some(count)),
        Err(Errno::AGAIN) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Readable once the process has ended.
#[expect(deprecated, reason = "an `OwnedFd` stays the same descriptor, so the constructor without `unsafe` is sound")]
fn watch_exit(process: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::new(process)
}

fn status_of(line: &[u8], token: &str) -> Option<i32> {
    let (word, code) = std::str::from_utf8(line).ok()?.trim_end().split_once(' ')?;
    (word == token).then(|| code.parse().ok()).flatten()
}

/// A path as one word of the shell.
pub(crate) fn quoted(path: &Path) -> Vec<u8> {
    let mut word = vec![b'\''];
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'\'' => word.extend(b"'\\''"),
            other => word.push(*other),
        }
    }
    word.push(b'\'');
    word
}

/// 128 bits that a command cannot guess, from the keys that the standard library draws for its hash maps.
pub(crate) fn token() -> String {
    use std::hash::{BuildHasher, Hasher, RandomState};
    let word = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", word(), word())
}
