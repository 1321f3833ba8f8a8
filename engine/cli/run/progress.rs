//! Shows a build as it happens, on standard error: its log, and on a terminal a live line with the stage that runs. What it
//! reads out of the log is for the eye only; no verdict comes from it.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use gated_runner::{Buildspec, MAX_LINE, Observer, Phase, PhaseReport, ShellProcess};

use crate::screen;

/// How often the live line is drawn anew.
const TICK: Duration = Duration::from_millis(200);

/// How many lines of the log are kept to tell how a stage ended.
const MOST_KEPT: usize = 5_000;

/// Hears the build.
pub(super) struct Progress {
    screen: Arc<Mutex<Screen>>,
    /// Lines in which the runner repeats the command that it runs: the gate's whole driver.
    echoed: usize,
    /// Lines of them that are still to come; `None` outside of the phase `build`.
    skipped: Option<usize>,
    shell: Arc<Mutex<Option<ShellProcess>>>,
    /// The end of the stages' log.
    last: VecDeque<String>,
}

impl Progress {
    pub(super) fn new(spec: &Buildspec) -> Self {
        let terminal = screen::redraws(&std::io::stderr());
        let colour = screen::colours(&std::io::stderr());
        let command = spec.phase(Phase::Build).and_then(|phase| phase.commands.first());
        let pieces = |line: &str| line.len().div_ceil(MAX_LINE).max(1);
        Self {
            screen: Arc::new(Mutex::new(Screen { terminal, colour, stage: None, is_drawn: false })),
            // One line says that the phase begins.
            echoed: 1 + command.map_or(0, |command| command.split('\n').map(pieces).sum()),
            skipped: None,
            shell: Arc::default(),
            last: VecDeque::new(),
        }
    }

    /// The end of the stages' log, in order.
    pub(super) fn last(self) -> Vec<String> {
        self.last.into()
    }

    /// The build's shell, once it was started.
    pub(super) fn shell(&self) -> Arc<Mutex<Option<ShellProcess>>> {
        Arc::clone(&self.shell)
    }

    /// Draws the live line until the build is over. Without a terminal it does nothing, for ever.
    pub(super) fn live(&self) -> impl Future<Output = ()> + use<> {
        let screen = Arc::clone(&self.screen);
        async move {
            if !lock(&screen).terminal {
                std::future::pending::<()>().await;
            }
            loop {
                tokio::time::sleep(TICK).await;
                lock(&screen).draw();
            }
        }
    }
}

impl Observer for Progress {
    fn now_ms(&mut self) -> u64 {
        now_ms()
    }

    fn shell_started(&mut self, process: &ShellProcess) {
        *lock(&self.shell) = Some(process.clone());
    }

    fn phase_started(&mut self, phase: Phase, _: u64) {
        self.skipped = (phase == Phase::Build).then_some(self.echoed);
    }

    fn phase_ended(&mut self, _: &PhaseReport) {
        self.skipped = None;
        lock(&self.screen).erase();
    }

    fn log(&mut self, line: &[u8]) {
        match &mut self.skipped {
            None => {}
            Some(0) if is_the_end(line) => self.skipped = None,
            Some(0) => {
                if self.last.len() == MOST_KEPT {
                    self.last.pop_front();
                }
                self.last.push_back(String::from_utf8_lossy(line).into_owned());
                lock(&self.screen).show(line);
            }
            Some(left) => *left -= 1,
        }
    }
}

/// The runner's own words once the driver has ended.
fn is_the_end(line: &[u8]) -> bool {
    let text = String::from_utf8_lossy(line);
    text.starts_with("[Container] ")
        && (text.contains(" Command did not exit successfully (") || text.contains(" Phase complete: BUILD State: "))
}

struct Screen {
    terminal: bool,
    colour: bool,
    /// The stage that runs, and since when.
    stage: Option<(String, Instant)>,
    is_drawn: bool,
}

impl Screen {
    fn show(&mut self, line: &[u8]) {
        self.erase();
        let text = String::from_utf8_lossy(line);
        let shown = match text.strip_prefix("==> stage ") {
            None => line.to_vec(),
            Some(rest) => match rest.split_once(": ") {
                None => {
                    self.stage = Some((rest.to_owned(), Instant::now()));
                    self.paint("1", &text)
                }
                Some((_, result)) => {
                    self.stage = None;
                    self.paint(if result.starts_with("passed") { "32" } else { "31" }, &text)
                }
            },
        };
        let mut out = std::io::stderr().lock();
        // Nobody may be reading any more; the build goes on all the same.
        let _ = out.write_all(&shown).and_then(|()| out.write_all(b"\n"));
    }

    fn paint(&self, code: &str, text: &str) -> Vec<u8> {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m").into_bytes() } else { text.as_bytes().to_vec() }
    }

    fn draw(&mut self) {
        let Some((stage, since)) = &self.stage else { return };
        let _ = write!(std::io::stderr().lock(), "\r\x1b[2K  {stage} runs, {} s", since.elapsed().as_secs());
        self.is_drawn = true;
    }

    fn erase(&mut self) {
        if std::mem::take(&mut self.is_drawn) {
            let _ = write!(std::io::stderr().lock(), "\r\x1b[2K");
        }
    }
}

/// The machine's clock, in milliseconds since 1970.
pub(super) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// What it guards is whole after every step, so that a panic elsewhere does not matter.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
