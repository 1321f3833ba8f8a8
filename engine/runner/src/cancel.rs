//! The way to stop a running build from elsewhere. It carries one bit and never a reason: the host knows its reasons.

use tokio::sync::watch;

/// Makes a pair: the handle asks for the stop, the other end is given to [`crate::run`].
pub fn cancellation() -> (CancelHandle, Cancellation) {
    let (sender, receiver) = watch::channel(false);
    (CancelHandle(sender), Cancellation(receiver))
}

/// Asks a build to stop. Dropping it asks for nothing.
#[derive(Debug, Clone)]
pub struct CancelHandle(watch::Sender<bool>);

impl CancelHandle {
    /// Asks for the stop; a second time, or after the end of the build, is harmless.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }
}

/// The build's end of a [`CancelHandle`].
#[derive(Debug, Clone)]
pub struct Cancellation(watch::Receiver<bool>);

impl Cancellation {
    /// Whether the stop was asked for.
    pub(crate) fn is_cancelled(&self) -> bool {
        *self.0.borrow()
    }

    /// Ends once the stop was asked for; never ends otherwise.
    pub(crate) async fn cancelled(&mut self) {
        if self.0.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
