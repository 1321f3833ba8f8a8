//! ECR: a registry that holds no repositories yet. It answers each question as ECR answers it about what is not
//! there, and refuses every operation that it does not emulate.

use serde_json::{Value, json};

use crate::AwsError;
use crate::fields::Fields;
use crate::world::{Caller, Shared};

/// Answers one operation of ECR.
pub(crate) async fn call(world: &Shared, _caller: &Caller, operation: &str, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new(operation, input)?;
    fields.str("registryId")?;
    match operation {
        "DescribeRepositories" => {
            let named = fields.strings("repositoryNames")?.unwrap_or_default();
            fields.u64("maxResults")?;
            fields.finish()?;
            match named.first() {
                Some(name) => Err(no_repository(world, name)),
                None => Ok(json!({ "repositories": [] })),
            }
        }
        "DescribeImages" | "BatchDeleteImage" | "DescribeImageScanFindings" => {
            let name = fields.required_str("repositoryName", "InvalidParameterException")?;
            for read in ["imageIds", "imageId", "filter", "maxResults", "nextToken"] {
                fields.value(read);
            }
            fields.finish()?;
            Err(no_repository(world, &name))
        }
        _ => Err(AwsError::not_emulated(format!("the operation {operation} of ECR"))),
    }
}

/// Worded as ECR does (*recorded*).
fn no_repository(world: &Shared, name: &str) -> AwsError {
    let account = &world.account;
    AwsError::client(
        "RepositoryNotFoundException",
        format!("The repository with name '{name}' does not exist in the registry with id '{account}'"),
    )
}
