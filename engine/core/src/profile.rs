//! Build profiles: the networks, roles and keys that a platform owns and repositories choose by name. What a profile holds
//! is the organisation's alone; no repository's policy can write it.

use serde::{Deserialize, Serialize};

use crate::names::PolicyName;

/// One entry of a floor's `profiles`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// Its name: what `environment.profile` says.
    pub name: PolicyName,
    /// The network that builds are in; `None` is CodeBuild's own.
    pub network: Option<Network>,
    /// The proxy that builds go through.
    pub proxy: Option<Proxy>,
    /// ARN of the role that builds run with, in place of the stack's.
    pub role: Option<String>,
    /// ARN or alias of the KMS key that encrypts what builds leave; `None` is AWS's own for S3.
    pub key: Option<String>,
    /// Whether builds get a Docker daemon (privileged mode); `None` leaves it to the policies.
    pub docker: Option<bool>,
}

/// Where in a VPC builds are (CodeBuild API reference, `VpcConfig`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Network {
    /// `vpc-0a1b2c3d`
    pub vpc: String,
    /// `subnet-0a1b2c3d`, 1 to 16.
    pub subnets: Vec<String>,
    /// `sg-0a1b2c3d`, 1 to 5.
    pub security_groups: Vec<String>,
}

/// An explicit proxy, by the variables that tools read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Proxy {
    /// `HTTP_PROXY`
    pub http: Option<String>,
    /// `HTTPS_PROXY`
    pub https: Option<String>,
    /// `NO_PROXY`: hosts that are reached without it.
    pub no_proxy: Vec<String>,
}

impl Proxy {
    /// Variables and values, in both spellings, since tools read the one or the other.
    pub fn variables(&self) -> Vec<(String, String)> {
        let Self { http, https, no_proxy } = self;
        let without = (!no_proxy.is_empty()).then(|| no_proxy.join(","));
        let all = [("HTTP_PROXY", http.clone()), ("HTTPS_PROXY", https.clone()), ("NO_PROXY", without)];
        let there = all.into_iter().filter_map(|(name, value)| Some((name, value?)));
        there.flat_map(|(name, value)| [(name.to_owned(), value.clone()), (name.to_lowercase(), value)]).collect()
    }
}
