//! The life of one sandbox: settings in, a port that answers, a clean end.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use crate::world::{Running, Shared, World};
use crate::{AwsError, Installation, Store, StoreError};

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

/// A running sandbox. Dropping it without [`Sandbox::stop`] loses nothing acknowledged.
pub struct Sandbox {
    world: Shared,
    server: tokio::task::JoinHandle<()>,
}

/// Starts a sandbox and returns once it answers.
///
/// # Errors
/// See [`StartError`].
pub async fn start(settings: Settings, installation: Installation) -> Result<Sandbox, StartError> {
    let store = Store::open(&settings.data)?;
    let listen = settings.listen;
    let listener =
        tokio::net::TcpListener::bind(listen).await.map_err(|source| StartError::Listen { listen, source })?;
    let address = listener.local_addr().map_err(|source| StartError::Listen { listen, source })?;
    let world = Arc::new(World {
        store,
        data: settings.data,
        endpoint_url: format!("http://{address}"),
        account: settings.account,
        region: settings.region,
        installation,
        outbox: tokio::sync::Notify::new(),
        running: Running::default(),
    });
    let server = tokio::spawn(async move { drop(listener) });
    crate::ecr::start(&world).await?;
    crate::lambda::start(&world).await?;
    crate::codebuild::start(&world).await?;
    crate::states::start(&world).await?;
    crate::events::start(&world).await?;
    Ok(Sandbox { world, server })
}

impl Sandbox {
    /// `http://127.0.0.1:PORT`
    pub fn endpoint_url(&self) -> &str {
        &self.world.endpoint_url
    }

    /// Ends builds, tasks and the port.
    pub async fn stop(self) {
        self.server.abort();
        crate::events::stop(&self.world).await;
        crate::states::stop(&self.world).await;
        crate::codebuild::stop(&self.world).await;
        crate::lambda::stop(&self.world).await;
        crate::ecr::stop(&self.world).await;
    }
}
