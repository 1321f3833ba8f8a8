//! A deployment of the gate, found by its name: what the commands that ask AWS or a sandbox have in common. It writes nothing.

use anyhow::{Context, anyhow};
use gated_aws::{Aws, ConnectOptions, PullRequest};
use gated_core::names::PullRequestId;
use serde_json::Value;

use crate::args::{AwsArgs, DeploymentArgs};
use crate::exit::WrongUse;

/// A deployment that was found.
pub(crate) struct Deployment {
    pub(crate) aws: Aws,
    /// Its name.
    pub(crate) service: String,
    /// Bucket of artifacts and records.
    pub(crate) bucket: String,
    pub(crate) state_machine_arn: String,
}

impl Deployment {
    /// Finds the deployment in the account and region that the usual flags and variables say.
    ///
    /// # Errors
    /// When there is none of that name, or AWS refuses or cannot be reached.
    pub(crate) async fn find(args: DeploymentArgs) -> anyhow::Result<Self> {
        let DeploymentArgs { service, aws } = args;
        let aws = connect(aws).await?;
        let (name, region) = (format!("/{service}/config"), aws.region().to_owned());
        let caller = caller(&aws).await?;
        let Some(text) = aws.parameter(&name).await? else {
            return Err(WrongUse(format!(
                "there is no gate named {service} in {region}, whose parameter {name} would be there: give --service, \
                 --region or --profile"
            ))
            .into());
        };
        let config: Value = serde_json::from_str(&text).with_context(|| format!("the parameter {name} is no JSON"))?;
        let bucket = config["artifactBucket"].as_str();
        let bucket = bucket.with_context(|| format!("the parameter {name} has no artifactBucket"))?.to_owned();
        let mut parts = caller.split(':').skip(1);
        let (partition, account) = (parts.next().unwrap_or("aws"), parts.nth(2).unwrap_or_default());
        let state_machine_arn = format!("arn:{partition}:states:{region}:{account}:stateMachine:{service}");
        Ok(Self { aws, service, bucket, state_machine_arn })
    }

    /// A pull request as it is now.
    ///
    /// # Errors
    /// When there is none of that number, or AWS refuses or cannot be reached.
    pub(crate) async fn pull_request(&self, id: &PullRequestId) -> anyhow::Result<PullRequest> {
        let live = self.aws.pull_request(id).await?;
        let region = self.aws.region();
        Ok(live.ok_or_else(|| {
            WrongUse(format!("there is no pull request {id} in {region}: give --region or --profile"))
        })?)
    }
}

/// Who is calling: the first question to any endpoint, so that one that is not there is named.
///
/// # Errors
/// When AWS refuses or cannot be reached.
pub(crate) async fn caller(aws: &Aws) -> anyhow::Result<String> {
    aws.caller_arn().await.map_err(|fault| match (fault.code.is_none() && fault.transient, aws.endpoint_url()) {
        (true, Some(endpoint)) => anyhow!(
            "{endpoint} cannot be reached ({}): does a sandbox run there (`gated sandbox status --data DIR`)? It is named by \
             --endpoint-url or AWS_ENDPOINT_URL",
            fault.message
        ),
        (true, None) => anyhow!(
            "AWS cannot be reached in {} ({}): look at the network, and at --region and --profile",
            aws.region(),
            fault.message
        ),
        (false, _) => fault.into(),
    })
}

/// The number that somebody typed.
///
/// # Errors
/// When it is none.
pub(crate) fn pull_request_id(text: &str) -> anyhow::Result<PullRequestId> {
    Ok(PullRequestId::new(text).map_err(|error| WrongUse(error.to_string()))?)
}

/// Clients for AWS or a sandbox, as the usual flags and variables say.
pub(crate) async fn connect(args: AwsArgs) -> anyhow::Result<Aws> {
    // The endpoint decides whether TLS is needed, so it is read here as well as by the SDK.
    let endpoint_url = args.endpoint_url.or_else(|| std::env::var("AWS_ENDPOINT_URL").ok());
    Ok(Aws::connect(ConnectOptions { profile: args.profile, region: args.region, endpoint_url }).await?)
}
