//! A build on its way: the phases in turn, each command in the shell of the build. It never looks at a process but
//! through the shell.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;

use super::ending::{self, Interrupt};
use super::{BuildEnvironment, BuildStatus, Observer, Outcome, PhaseContext, PhaseReport, RunFault};
use crate::buildspec::{Buildspec, OnFailure, Phase, PhaseSpec};
use crate::cancel::Cancellation;
use crate::log::{Lines, container};
use crate::process::MARKER;
use crate::shell::{Output, Shell, Start, quoted, token};

/// *Documented*: 1 while the build is succeeding, 0 once it is failing. That it changes at the end of a phase, and not
/// for the `finally` of the phase that fails, is *assumed*.
const SUCCEEDING: &str = "CODEBUILD_BUILD_SUCCEEDING";

/// File of the scratch directory in which the shell leaves its exported variables, secrets among them.
const STATE: &str = "environment.sh";

/// Most bytes of exported variables that are read back.
const MAX_EXPORTED: u64 = 1024 * 1024;

pub(super) struct Build<'b> {
    spec: &'b Buildspec,
    place: &'b BuildEnvironment,
    observer: &'b mut dyn Observer,
    cancel: Cancellation,
    deadline: Option<Instant>,
    environment: Vec<(String, String)>,
    marker: String,
    lines: Lines,
    output: Output,
    /// The last one is in use unless it has ended; the others wait to be reaped with it, so that no id is reused.
    shells: Vec<Shell>,
    succeeding: bool,
    scripts: usize,
}

/// Why a phase is left before its end.
pub(super) enum Broken {
    Interrupted(Interrupt),
    Fault(RunFault),
}

impl From<RunFault> for Broken {
    fn from(fault: RunFault) -> Self {
        Self::Fault(fault)
    }
}

impl<'b> Build<'b> {
    pub(super) fn new(
        spec: &'b Buildspec,
        place: &'b BuildEnvironment,
        observer: &'b mut dyn Observer,
        cancel: Cancellation,
    ) -> Result<Self, RunFault> {
        let marker = token();
        let environment = environment(spec, place, &marker)?;
        let secrets = place.resolved.values().chain(&place.masked);
        prepare(&place.scratch).map_err(machine("prepare the scratch directory", &place.scratch))?;
        Ok(Self {
            spec,
            place,
            observer,
            cancel,
            deadline: None,
            environment,
            marker,
            lines: Lines::new(secrets.map(String::as_str)),
            output: Output::new().map_err(machine("make a pipe for the output of", &place.directory))?,
            shells: Vec::new(),
            succeeding: true,
            scripts: 0,
        })
    }

    pub(super) async fn run(mut self, limit: Option<Duration>) -> Result<Outcome, RunFault> {
        // A limit beyond what the clock can count is no limit.
        self.deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        let mut phases = Vec::new();
        let mut status = BuildStatus::Succeeded;
        for phase in Phase::ALL {
            let report = self.phase(phase).await?;
            let phase_status = report.status;
            phases.push(report);
            match phase_status {
                BuildStatus::Succeeded => {}
                BuildStatus::Failed => {
                    status = BuildStatus::Failed;
                    self.fails().await?;
                }
                BuildStatus::TimedOut | BuildStatus::Stopped => status = phase_status,
            }
            if !goes_on(phase_status, phase, self.spec.phase(phase)) {
                break;
            }
        }
        let exported_variables = match status {
            BuildStatus::Succeeded | BuildStatus::Failed => self.exported().await?,
            BuildStatus::TimedOut | BuildStatus::Stopped => Vec::new(),
        };
        let survivors = self.end().await?;
        Ok(Outcome { status, phases, exported_variables, survivors })
    }

    async fn phase(&mut self, phase: Phase) -> Result<PhaseReport, RunFault> {
        let started_ms = self.observer.now_ms();
        self.observer.phase_started(phase, started_ms);
        self.say(&format!("Entering phase {}", phase.name()));
        let (status, contexts) = match self.blocks(phase).await {
            Ok(contexts) if contexts.is_empty() => (BuildStatus::Succeeded, contexts),
            Ok(contexts) => (BuildStatus::Failed, contexts),
            Err(Broken::Fault(fault)) => return Err(fault),
            Err(Broken::Interrupted(interrupt)) => {
                self.terminate().await?;
                match interrupt {
                    Interrupt::TimedOut => (BuildStatus::TimedOut, vec![PhaseContext::timed_out()]),
                    Interrupt::Stopped => (BuildStatus::Stopped, Vec::new()),
                }
            }
        };
        self.say(&format!("Phase complete: {} State: {}", phase.name(), status.name()));
        let (code, message) = contexts.first().map_or(("", ""), |first| (first.code, &first.message));
        self.say(&format!("Phase context status code: {code} Message: {message}"));
        let report = PhaseReport { phase, status, started_ms, ended_ms: self.observer.now_ms(), contexts };
        self.observer.phase_ended(&report);
        Ok(report)
    }

    /// `commands` and then `finally`; the phase succeeds only when both do (*documented*).
    async fn blocks(&mut self, phase: Phase) -> Result<Vec<PhaseContext>, Broken> {
        let spec = self.spec;
        let mut contexts = Vec::new();
        let Some(written) = spec.phase(phase) else {
            self.interrupted()?;
            return Ok(contexts);
        };
        for (name, version) in &written.runtime_versions {
            self.say(&format!("Runtime version {name} {version} is not selected here: commands use what PATH offers"));
        }
        for block in [&written.commands, &written.finally] {
            for command in block {
                self.say(&format!("Running command {command}"));
                let code = self.command(phase.key(), command.as_bytes()).await?;
                if code != 0 {
                    self.say(&format!("Command did not exit successfully {command} exit status {code}"));
                    contexts.push(PhaseContext::command(&self.lines.without_secrets(command), code));
                    break;
                }
            }
        }
        Ok(contexts)
    }

    /// Runs one command in the shell of the build, or in a new one when an earlier command has ended it.
    async fn command(&mut self, name: &str, command: &[u8]) -> Result<i32, Broken> {
        self.interrupted()?;
        self.scripts += 1;
        let script = self.place.scratch.join(format!("{name}-{}.sh", self.scripts));
        fs::write(&script, [command, b"\n"].concat()).map_err(machine("write", &script))?;
        self.shell().await?;
        let Self { shells, output, lines, observer, cancel, deadline, .. } = self;
        let mut sink = |bytes: &[u8]| lines.push(bytes, &mut |line| observer.log(line));
        let Some(shell) = shells.last_mut() else { return Ok(0) };
        let code = tokio::select! {
            biased;
            interrupt = ending::interrupt(cancel, *deadline) => Err(Broken::Interrupted(interrupt)),
            code = shell.source(&script, output, &mut sink) => Ok(code.map_err(machine("run", &script))?),
        }?;
        self.flush();
        Ok(code)
    }

    pub(super) async fn shell(&mut self) -> Result<(), RunFault> {
        if self.shells.last().is_some_and(|shell| !shell.has_ended) {
            return Ok(());
        }
        let fault = || machine("start a shell in", &self.place.directory);
        let start = Start {
            kind: self.spec.env.shell,
            directory: &self.place.directory,
            environment: &self.environment,
            marker: &self.marker,
            state: self.place.scratch.join(STATE),
        };
        let mut shell = Shell::start(start, &self.output).await.map_err(fault())?;
        self.observer.shell_started(&shell.process);
        shell.export(SUCCEEDING, u8::from(self.succeeding)).await.map_err(fault())?;
        self.shells.push(shell);
        Ok(())
    }

    async fn fails(&mut self) -> Result<(), RunFault> {
        self.succeeding = false;
        match self.shells.last_mut() {
            Some(shell) => {
                shell.export(SUCCEEDING, 0).await.map_err(machine("reach the shell in", &self.place.directory))
            }
            None => Ok(()),
        }
    }

    /// The exported variables as a program sees them. Resolved secrets are never passed on (*documented*).
    async fn exported(&mut self) -> Result<Vec<(String, String)>, RunFault> {
        let resolved = &self.place.resolved;
        let wanted = self.spec.env.exported_variables.iter().filter(|name| !resolved.contains_key(*name));
        let names: Vec<&String> = wanted.collect();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        // `/bin/sh` takes no functions from the environment, so that none of the build's can answer instead.
        let probe: String = names
            .iter()
            .map(|name| format!("[ -z \"${{{name}+set}}\" ] || printf '%s=%s\\0' {name} \"${name}\"\n"))
            .collect();
        let (script, answer) = (self.place.scratch.join("probe.sh"), self.place.scratch.join("exported"));
        fs::write(&script, probe).map_err(machine("write", &script))?;
        let (from, to) = (quoted(&script), quoted(&answer));
        let line = [b"{ /bin/sh ", &from[..], b" >|", &to[..], b" || :; } 2>/dev/null"].concat();
        match self.command("exported", &line).await {
            Ok(_) => {}
            Err(Broken::Fault(fault)) => return Err(fault),
            // The phases are over; a stop that comes now changes nothing but this.
            Err(Broken::Interrupted(_)) => return Ok(Vec::new()),
        }
        let bytes = read_bounded(&answer).map_err(machine("read", &answer))?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let pairs: HashMap<&str, &str> = text.split('\0').filter_map(|pair| pair.split_once('=')).collect();
        let found = names.into_iter().filter_map(|name| Some((name.clone(), (*pairs.get(name.as_str())?).to_owned())));
        Ok(found.collect())
    }

    /// After the last phase: the shell may run its exit trap, then nothing of the build is left running, as when
    /// CodeBuild takes the container away.
    async fn end(mut self) -> Result<Vec<u32>, RunFault> {
        let Self { shells, output, lines, observer, cancel, deadline, place, .. } = &mut self;
        if let Some(shell) = shells.last_mut().filter(|shell| !shell.has_ended) {
            let mut sink = |bytes: &[u8]| lines.push(bytes, &mut |line| observer.log(line));
            tokio::select! {
                biased;
                _ = ending::interrupt(cancel, *deadline) => {}
                () = tokio::time::sleep(place.grace) => {}
                ended = shell.finish(output, &mut sink) => ended.map_err(machine("end the shell in", &place.directory))?,
            }
        }
        self.drain()?;
        let left = ending::kill(&self.shells, &self.marker).await;
        self.shells.drain(..).for_each(Shell::reap);
        forget_state(&self.place.scratch).map_err(machine("remove the state in", &self.place.scratch))?;
        Ok(left)
    }

    /// Asks the processes of the build to end, and makes them once the grace is over; their last words are logged.
    async fn terminate(&mut self) -> Result<(), RunFault> {
        let Self { output, lines, observer, .. } = self;
        let mut sink = |bytes: &[u8]| lines.push(bytes, &mut |line| observer.log(line));
        ending::terminate(&self.shells, &self.marker, self.place.grace, output, &mut sink)
            .await
            .map_err(machine("end the processes in", &self.place.directory))?;
        self.shells.iter_mut().for_each(|shell| shell.has_ended = true);
        self.drain()
    }

    fn interrupted(&mut self) -> Result<(), Broken> {
        match ending::is_interrupted(&self.cancel, self.deadline) {
            Some(interrupt) => Err(Broken::Interrupted(interrupt)),
            None => Ok(()),
        }
    }

    fn drain(&mut self) -> Result<(), RunFault> {
        let Self { output, lines, observer, .. } = self;
        let drained = output.drain(&mut |bytes| lines.push(bytes, &mut |line| observer.log(line)));
        self.flush();
        drained.map_err(machine("read the output of", &self.place.directory))
    }

    /// What a command has written without a line feed is a line of its own, before anything that follows.
    fn flush(&mut self) {
        let Self { lines, observer, .. } = self;
        lines.flush(&mut |line| observer.log(line));
    }

    fn say(&mut self, text: &str) {
        let line = container(self.observer.now_ms(), text);
        let Self { lines, observer, .. } = self;
        lines.push(line.as_bytes(), &mut |line| observer.log(line));
    }
}

fn goes_on(status: BuildStatus, phase: Phase, written: Option<&PhaseSpec>) -> bool {
    match (status, written.and_then(|written| written.on_failure)) {
        (BuildStatus::Succeeded, _) | (BuildStatus::Failed, Some(OnFailure::Continue)) => true,
        (BuildStatus::Failed, None) => match phase {
            Phase::Build | Phase::PostBuild => true,
            Phase::Install | Phase::PreBuild => false,
        },
        (BuildStatus::Failed, Some(OnFailure::Abort)) | (BuildStatus::TimedOut | BuildStatus::Stopped, _) => false,
    }
}

fn environment(spec: &Buildspec, place: &BuildEnvironment, marker: &str) -> Result<Vec<(String, String)>, RunFault> {
    let directory = place.directory.to_string_lossy().into_owned();
    let mut all = BTreeMap::from([("CODEBUILD_SRC_DIR".to_owned(), directory.clone())]);
    all.extend(place.base.clone());
    all.extend(spec.env.variables.iter().cloned());
    for (variable, reference) in spec.env.parameter_store.iter().chain(&spec.env.secrets_manager) {
        let value = place
            .resolved
            .get(variable)
            .ok_or_else(|| RunFault::Unresolved { variable: variable.clone(), reference: reference.clone() })?;
        all.insert(variable.clone(), value.clone());
    }
    all.extend(place.variables.clone());
    // The directory must be an exported variable for a later shell to find it in the state of an earlier one.
    all.extend([("PWD".to_owned(), directory), (SUCCEEDING.to_owned(), "1".to_owned())]);
    all.insert(MARKER.to_owned(), marker.to_owned());
    Ok(all.into_iter().collect())
}

/// For the host's user alone, since commands and exported variables are written there, and without an earlier state.
fn prepare(scratch: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(scratch)?;
    forget_state(scratch)
}

fn forget_state(scratch: &Path) -> io::Result<()> {
    match fs::remove_file(scratch.join(STATE)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn machine(what: &str, path: &Path) -> impl FnOnce(io::Error) -> RunFault {
    let what = format!("{what} {}", path.display());
    move |source| RunFault::Machine { what, source }
}

fn read_bounded(path: &PathBuf) -> io::Result<Vec<u8>> {
    use io::Read;
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(MAX_EXPORTED).read_to_end(&mut bytes)?;
    Ok(bytes)
}
