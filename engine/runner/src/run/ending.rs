//! How a build is ended from outside: what interrupts it, and how its processes are asked and then made to end. It
//! never waits longer than its grace and a bounded number of rounds.

use std::io;
use std::time::Duration;

use rustix::process::Signal;
use tokio::time::{Instant, sleep, sleep_until};

use crate::cancel::Cancellation;
use crate::process::{ROUND, signal, signal_group, survivors};
use crate::shell::{Output, Shell};

/// Times that what is left is killed anew, a pause between each.
const ROUNDS: usize = 200;

/// Why a build is ended from outside.
#[derive(Debug, Clone, Copy)]
pub(super) enum Interrupt {
    Stopped,
    TimedOut,
}

/// Waits for a reason to end the build; a stop goes before a time-out.
pub(super) async fn interrupt(cancel: &mut Cancellation, deadline: Option<Instant>) -> Interrupt {
    let time_is_up = async {
        match deadline {
            Some(deadline) => sleep_until(deadline).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        () = cancel.cancelled() => Interrupt::Stopped,
        () = time_is_up => Interrupt::TimedOut,
    }
}

/// A reason to end the build that is there already.
pub(super) fn is_interrupted(cancel: &Cancellation, deadline: Option<Instant>) -> Option<Interrupt> {
    if cancel.is_cancelled() {
        return Some(Interrupt::Stopped);
    }
    deadline.filter(|deadline| *deadline <= Instant::now()).map(|_| Interrupt::TimedOut)
}

/// SIGTERM, up to `grace` of patience, SIGKILL. Output is read meanwhile, so that nobody blocks on a full pipe.
pub(super) async fn terminate(
    shells: &[Shell],
    marker: &str,
    grace: Duration,
    output: &mut Output,
    sink: &mut (dyn FnMut(&[u8]) + Send),
) -> io::Result<()> {
    let patience = Instant::now() + grace;
    for shell in shells {
        signal_group(shell.process.pid, Signal::TERM);
    }
    left(shells, marker).iter().for_each(|pid| signal(*pid, Signal::TERM));
    while Instant::now() < patience && !left(shells, marker).is_empty() {
        let pause = sleep(ROUND);
        tokio::pin!(pause);
        loop {
            tokio::select! {
                biased;
                () = &mut pause => break,
                pumped = output.pump(sink) => pumped?,
            }
        }
    }
    kill(shells, marker).await;
    Ok(())
}

/// SIGKILL until nothing is left; gives those that are left all the same, such as one that waits for a device.
pub(super) async fn kill(shells: &[Shell], marker: &str) -> Vec<u32> {
    for _ in 0..ROUNDS {
        for shell in shells {
            signal_group(shell.process.pid, Signal::KILL);
        }
        let found = left(shells, marker);
        if found.is_empty() {
            return found;
        }
        found.iter().for_each(|pid| signal(*pid, Signal::KILL));
        sleep(ROUND).await;
    }
    left(shells, marker)
}

/// The shells are not reaped yet, so their groups' ids are still their own.
fn left(shells: &[Shell], marker: &str) -> Vec<u32> {
    let Some(since) = shells.iter().map(|shell| shell.process.start_time).min() else { return Vec::new() };
    let groups: Vec<u32> = shells.iter().map(|shell| shell.process.pid).collect();
    survivors(&groups, marker, since)
}
