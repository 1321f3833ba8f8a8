//! What somebody gets who asks for an end, at any moment of a run. A build is asked to end, and is still reported; before and
//! after it nothing is left behind: no process, no directory. It decides nothing.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use anyhow::Context;
use gated_runner::{CancelHandle, ShellProcess};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::progress::lock;
use crate::screen;

/// Times that is looked for what is left, with a pause between them.
const ROUNDS: usize = 200;
const ROUND: Duration = Duration::from_millis(5);

/// What is going on, as far as an end concerns it.
#[derive(Default)]
struct Doing {
    /// The temporary directory of the run.
    home: Option<PathBuf>,
    build: Build,
}

#[derive(Default)]
enum Build {
    #[default]
    ToCome,
    Runs(Running),
    Over,
}

/// A build that runs.
pub(super) struct Running {
    pub(super) handle: CancelHandle,
    pub(super) shell: Arc<Mutex<Option<ShellProcess>>>,
    pub(super) is_asked: bool,
}

/// Hears of interrupts on a thread of its own, since most of a run waits for processes without looking up.
pub(super) struct Interrupts {
    shared: Arc<Shared>,
    signals: Signals,
}

#[derive(Default)]
struct Shared {
    doing: Mutex<Doing>,
    /// The run waits for `doing`: it begins nothing any more while somebody else has it.
    is_at_rest: AtomicBool,
}

impl Shared {
    /// For the run, to begin what an interrupt must know of.
    fn calmly(&self) -> MutexGuard<'_, Doing> {
        self.is_at_rest.store(true, Ordering::SeqCst);
        let doing = lock(&self.doing);
        self.is_at_rest.store(false, Ordering::SeqCst);
        doing
    }

    fn answer(&self, number: i32) {
        let mut doing = lock(&self.doing);
        match &mut doing.build {
            Build::Runs(running) if !running.is_asked => {
                running.is_asked = true;
                screen::tell("\ninterrupted: the build is asked to end (once more kills it)");
                running.handle.cancel();
            }
            Build::Runs(running) => {
                if let Some(shell) = lock(&running.shell).take() {
                    gated_runner::kill_leftover(&shell);
                }
                self.leave(number, &doing, "interrupted twice: the build was killed, and nothing is known of it");
            }
            Build::ToCome => self.leave(number, &doing, "interrupted: no stage was run"),
            Build::Over => {
                self.leave(number, &doing, "interrupted: the stages have run, and what they left was not judged");
            }
        }
    }

    /// Ends the program, once the run waits for `doing` and nothing of it is left.
    fn leave(&self, number: i32, doing: &Doing, words: &str) -> ! {
        let mut quiet = 0;
        for _ in 0..ROUNDS {
            let was_none = gated_runner::end_children();
            // A process that was about to write there makes this fail, and is ended in the next round.
            let is_gone = doing.home.as_ref().is_none_or(|home| match std::fs::remove_dir_all(home) {
                Ok(()) => true,
                Err(error) => error.kind() == std::io::ErrorKind::NotFound,
            });
            let is_at_rest = self.is_at_rest.load(Ordering::SeqCst) || !matches!(doing.build, Build::ToCome);
            quiet = if was_none && is_gone && is_at_rest { quiet + 1 } else { 0 };
            if quiet == 2 {
                break;
            }
            std::thread::sleep(ROUND);
        }
        screen::tell(&format!("\n{words}"));
        std::process::exit(128 + number);
    }
}

impl Interrupts {
    /// From here on an interrupt no longer ends the program by itself.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub(super) fn listen() -> anyhow::Result<Self> {
        let shared = Arc::<Shared>::default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().context("a second runtime")?;
        let mut heard = {
            let _inside = runtime.enter();
            Signals::new()?
        };
        let told = Arc::clone(&shared);
        let listen = move || {
            runtime.block_on(async {
                loop {
                    told.answer(heard.next().await);
                }
            });
        };
        std::thread::Builder::new().name("interrupts".to_owned()).spawn(listen).context("a thread")?;
        Ok(Self { shared, signals: Signals::new()? })
    }

    /// Makes the temporary directory, which an interrupt takes away.
    ///
    /// # Errors
    /// Of making it.
    pub(super) fn home(
        &self,
        make: impl FnOnce() -> std::io::Result<tempfile::TempDir>,
    ) -> std::io::Result<tempfile::TempDir> {
        let mut doing = self.shared.calmly();
        let home = make()?;
        doing.home = Some(home.path().to_owned());
        Ok(home)
    }

    /// What must be whole before an interrupt is heard: it is held off while this is kept.
    pub(super) fn calmly(&self) -> impl Sized + '_ {
        self.shared.calmly()
    }

    /// A build begins.
    pub(super) fn begin(&self, running: Running) {
        self.shared.calmly().build = Build::Runs(running);
    }

    /// The build is over.
    pub(super) fn end(&self) {
        self.shared.calmly().build = Build::Over;
    }

    /// To be called where something failed: at a terminal an interrupt ends git as well. It does not return when one came.
    pub(super) async fn settle(&mut self) {
        tokio::select! {
            biased;
            number = self.signals.next() => {
                drop(self.shared.calmly());
                self.shared.is_at_rest.store(true, Ordering::SeqCst);
                self.shared.answer(number);
            }
            () = tokio::time::sleep(Duration::from_millis(1)) => drop(self.shared.calmly()),
        }
    }
}

/// The ways in which a person or a system asks for an end.
struct Signals(Vec<(i32, Signal)>);

impl Signals {
    /// `nohup` has a hang-up ignored, and it is left so. What a shell has ignored of what it runs behind is heard all the same:
    /// whoever interrupts a run wants it to end.
    fn new() -> anyhow::Result<Self> {
        let mut kinds = vec![SignalKind::interrupt(), SignalKind::terminate()];
        if !ignores(SignalKind::hangup()) {
            kinds.push(SignalKind::hangup());
        }
        let signals: std::io::Result<Vec<_>> =
            kinds.into_iter().map(|kind| Ok((kind.as_raw_value(), signal(kind)?))).collect();
        Ok(Self(signals.context("signals")?))
    }

    /// The number of the next one.
    async fn next(&mut self) -> i32 {
        std::future::poll_fn(|context| {
            for (number, signal) in &mut self.0 {
                if signal.poll_recv(context).is_ready() {
                    return std::task::Poll::Ready(*number);
                }
            }
            std::task::Poll::Pending
        })
        .await
    }
}

/// Whether whoever started this has a signal ignored: a bit each (proc(5), `SigIgn`).
fn ignores(kind: SignalKind) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    mask >> (kind.as_raw_value() - 1) & 1 == 1
}
