//! What every emulated service works on: the state, who is calling, where things lie. It holds no service's rules.

use std::path::PathBuf;
use std::sync::Arc;

use crate::{Installation, Store};

/// The shared ground of all services of one sandbox.
pub struct World {
    /// The durable state.
    pub store: Store,
    /// The data directory.
    pub data: PathBuf,
    /// `http://127.0.0.1:PORT`, for this run only: it is never stored.
    pub endpoint_url: String,
    /// `111122223333`
    pub account: String,
    /// `us-east-1`
    pub region: String,
    /// What was installed.
    pub installation: Installation,
}

/// Who signed a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// `arn:aws:iam::111122223333:user/alice` or `arn:aws:sts::111122223333:assumed-role/ROLE/SESSION`
    pub arn: String,
    /// `AIDA…` for users, `AROA…:SESSION` for role sessions
    pub user_id: String,
}

impl World {
    /// An ARN in this account and region, such as `arn:aws:codebuild:us-east-1:111122223333:project/x`.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account)
    }

    /// The caller that is a session of a role: `assumed-role/ROLE/SESSION`.
    pub fn role_session(&self, role: &str, session: &str) -> Caller {
        Caller {
            arn: format!("arn:aws:sts::{}:assumed-role/{role}/{session}", self.account),
            user_id: format!("AROA{}:{session}", role.to_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "")),
        }
    }
}

/// How services hold the world.
#[allow(dead_code)] // used by the services
pub type Shared = Arc<World>;
