//! What every emulated service works on: the state, who is calling, where things lie. It holds no service's rules.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::clock::{iso_seconds, now_ms};
use crate::{AwsError, Credentials, Installation, Store, StoreError, Transaction};

/// The shared ground of all services of one sandbox.
pub(crate) struct World {
    /// The durable state.
    pub(crate) store: Store,
    /// The data directory.
    pub(crate) data: PathBuf,
    /// `http://127.0.0.1:PORT`, for this run only: it is never stored.
    pub(crate) endpoint_url: String,
    /// `111122223333`
    pub(crate) account: String,
    /// `us-east-1`
    pub(crate) region: String,
    /// What was installed.
    pub(crate) installation: Installation,
    /// What goes wrong on request.
    pub(crate) faults: Option<crate::faults::Injector>,
    /// Rung whenever the table `outbox` may have grown.
    pub(crate) outbox: Notify,
    /// What the services hold in memory.
    pub(crate) running: Running,
}

/// What each service holds in memory while the sandbox runs.
#[derive(Default)]
pub(crate) struct Running {
    /// Locks of repositories.
    pub(crate) codecommit: crate::codecommit::Running,
    /// Builds.
    pub(crate) codebuild: crate::codebuild::Running,
    /// Executions.
    pub(crate) states: crate::states::Running,
    /// Deliveries.
    pub(crate) events: crate::events::Running,
    /// Function calls.
    pub(crate) lambda: crate::lambda::Running,
}

/// How services hold the world.
pub(crate) type Shared = Arc<World>;

/// Who signed a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// `arn:aws:iam::111122223333:user/alice` or `arn:aws:sts::111122223333:assumed-role/ROLE/SESSION`
    pub(crate) arn: String,
    /// `AIDA…` for users, `AROA…:SESSION` for role sessions
    pub(crate) user_id: String,
}

/// A role session as table `sessions` keeps it, by access key id.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Session {
    role: String,
    session: String,
}

/// Whether every record that is no service's own can be read.
///
/// # Errors
/// The first that cannot.
pub(crate) fn check(store: &Store) -> Result<(), StoreError> {
    store.check::<u64>("counters")?;
    store.check::<Session>("sessions")?;
    store.check::<String>("session_keys")
}

impl World {
    /// A world with nothing in it, which nobody serves.
    #[cfg(test)]
    pub(crate) fn bare(directory: &std::path::Path) -> Self {
        Self {
            store: Store::open(directory).unwrap(),
            data: directory.to_owned(),
            endpoint_url: "http://127.0.0.1:1".to_owned(),
            account: "111122223333".to_owned(),
            region: "us-east-1".to_owned(),
            faults: None,
            installation: Installation::default(),
            outbox: Notify::new(),
            running: Running::default(),
        }
    }

    /// An ARN in this account and region, such as `arn:aws:codebuild:us-east-1:111122223333:project/x`.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account)
    }

    /// The caller that is an IAM user.
    pub(crate) fn user(&self, name: &str) -> Caller {
        Caller { arn: format!("arn:aws:iam::{}:user/{name}", self.account), user_id: unique_id("AIDA", name) }
    }

    /// The caller that is a session of a role: `assumed-role/ROLE/SESSION`.
    pub(crate) fn role_session(&self, role: &str, session: &str) -> Caller {
        Caller {
            arn: format!("arn:aws:sts::{}:assumed-role/{role}/{session}", self.account),
            user_id: format!("{}:{session}", unique_id("AROA", role)),
        }
    }

    /// Credentials of a role session that calls back over HTTP. The same session has the same access key id each time,
    /// so that a function which runs a thousand times leaves one record. Nobody can guess it: since signatures are not
    /// verified, who knows the id is the session.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub(crate) fn credentials_for(&self, role: &str, session: &str) -> Result<Credentials, AwsError> {
        let name = format!("{role}/{session}");
        let known = self.store.get::<String>("session_keys", &name);
        let access_key_id = match known {
            Some(id) => id,
            None => self.store.transact(|tx| -> Result<String, AwsError> {
                if let Some(id) = tx.get("session_keys", &name) {
                    return Ok(id);
                }
                let mut id = unique_id("ASIA", &uuid::Uuid::new_v4().to_string());
                id.truncate(20); // *documented*: access key ids have 20 characters, other ids 21
                tx.put("session_keys", &name, &id);
                tx.put("sessions", &id, &Session { role: role.to_owned(), session: session.to_owned() });
                Ok(id)
            })?,
        };
        Ok(Credentials {
            secret_access_key: format!("sandbox-secret-of-{role}"),
            session_token: format!("sandbox-session-token/{role}/{session}"),
            access_key_id,
        })
    }

    /// The caller that an access key id stands for (*assumed*: signatures are not verified, so that any secret works).
    /// `alice` is the IAM user alice; `ASIA…` is a role session that was given out before, or nobody.
    pub(crate) fn caller(&self, access_key_id: &str) -> Option<Caller> {
        if access_key_id.starts_with("ASIA") {
            let found = self.store.get::<Session>("sessions", access_key_id)?;
            return Some(self.role_session(&found.role, &found.session));
        }
        let legal = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
        let named = !access_key_id.is_empty() && access_key_id.len() <= 64 && access_key_id.chars().all(legal);
        named.then(|| self.user(access_key_id))
    }

    /// An event as EventBridge carries it, of this account, region and moment.
    pub(crate) fn event(&self, source: &str, detail_type: &str, resources: &[String], detail: Value) -> Value {
        json!({
            "version": "0",
            "id": uuid::Uuid::new_v4().to_string(),
            "detail-type": detail_type,
            "source": source,
            "account": self.account,
            "time": iso_seconds(now_ms()),
            "region": self.region,
            "resources": resources,
            "detail": detail,
        })
    }

    /// Puts an event into table `outbox`, in the same transaction as the change that caused it: an event is as durable
    /// as its cause. Keys grow, so the order of the table is the order of the causes.
    pub(crate) fn emit(&self, tx: &mut Transaction<'_>, event: Value) {
        let number = tx.next("outbox");
        tx.put("outbox", &format!("{number:016}"), &event);
        // Whoever is woken reads through the store's lock, so not before this transaction is written.
        self.outbox.notify_one();
    }
}

/// An identifier in the form of IAM's unique ids, the same for the same name.
fn unique_id(prefix: &str, name: &str) -> String {
    use sha2::{Digest, Sha256};
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digest = Sha256::digest(name.as_bytes());
    let tail: String = digest.iter().take(17).map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
    format!("{prefix}{tail}")
}
