//! The life of one sandbox: settings in, a port that answers, a clean end.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

use crate::directory;
use crate::faults::Injector;
use crate::world::{Running, Shared, World};
use crate::{AwsError, Faults, Installation, Store, StoreError};

/// Where a sandbox listens and keeps its state.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address; port 0 picks a free one.
    pub listen: SocketAddr,
    /// The data directory, made when missing.
    pub data: PathBuf,
    /// The account, such as `111122223333`.
    pub account: String,
    /// The region, such as `us-east-1`.
    pub region: String,
    /// How long a minute of a build's time-out lasts: shorter than a minute to see what a time-out does without the wait.
    pub minute: Duration,
    /// What goes wrong on request.
    pub faults: Option<Faults>,
}

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data directory could not be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The port could not be taken.
    #[error("cannot listen on {listen}: {source}; choose another --listen address")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A service could not take up its state.
    #[error("the sandbox could not take up its state: {0}")]
    Service(#[from] AwsError),
}

/// A running sandbox. Dropping it without [`Sandbox::stop`] is as safe as killing it: nothing acknowledged is lost.
pub struct Sandbox {
    world: Shared,
    /// Dropped or sent, it ends the server.
    end: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<()>>,
}

/// Starts a sandbox and returns once it answers.
///
/// # Errors
/// See [`StartError`].
pub async fn start(settings: Settings, installation: Installation) -> Result<Sandbox, StartError> {
    let data =
        std::path::absolute(&settings.data).map_err(|source| StoreError::Io { path: settings.data.clone(), source })?;
    let store = Store::open(&data)?;
    crate::service::check(&store)?;
    let faults = settings.faults.map(|asked| Injector::new(asked, &store)).transpose()?;
    let listen = settings.listen;
    let failed = |source| StartError::Listen { listen, source };
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let endpoint_url = format!("http://{}", reachable(listener.local_addr().map_err(failed)?));
    let world = Arc::new(World {
        store,
        data,
        endpoint_url,
        account: settings.account,
        region: settings.region,
        installation,
        faults,
        outbox: Notify::new(),
        running: Running { codebuild: crate::codebuild::Running::new(settings.minute), ..Running::default() },
    });
    let (end, ended) = oneshot::channel::<()>();
    // From here on, a failure drops the sandbox, which gives the data directory free again.
    let mut sandbox = Sandbox { world, end: Some(end), server: None };
    let world = &sandbox.world;
    crate::s3::start(world)?;
    crate::ssm::start(world)?;
    crate::ecr::start(world)?;
    crate::codecommit::start(world).await?;
    crate::lambda::start(world).await?;
    crate::codebuild::start(world).await?;
    crate::states::start(world).await?;
    crate::events::start(world).await?;
    // Whoever connected meanwhile waits in the listener's queue.
    let router = crate::http::router(world.clone());
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true); // only slower without
    });
    let serving = axum::serve(listener, router).with_graceful_shutdown(async {
        let _ = ended.await; // sent or dropped, it is the end
    });
    let server = tokio::spawn(async {
        let _ = serving.await; // never ends with an error
    });
    directory::record_endpoint(&world.data, &world.endpoint_url)?;
    sandbox.server = Some(server);
    Ok(sandbox)
}

/// An address that clients on this machine can connect to.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), address.port()),
        IpAddr::V6(ip) if ip.is_unspecified() => SocketAddr::new(Ipv6Addr::LOCALHOST.into(), address.port()),
        _ => address,
    }
}

impl Sandbox {
    /// `http://127.0.0.1:PORT`
    pub fn endpoint_url(&self) -> &str {
        &self.world.endpoint_url
    }

    /// Ends builds, tasks and the port, and gives the data directory free.
    pub async fn stop(mut self) {
        let world = self.world.clone();
        crate::events::stop(&world).await;
        crate::states::stop(&world).await;
        crate::codebuild::stop(&world).await;
        crate::lambda::stop(&world).await;
        drop(self.end.take());
        if let Some(mut server) = self.server.take()
            && tokio::time::timeout(Duration::from_secs(1), &mut server).await.is_err()
        {
            server.abort(); // a client that holds its connection open does not hold us
        }
        directory::forget_endpoint(&world.data);
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // Tasks that still run can write nothing from now on.
        self.world.store.close();
    }
}
