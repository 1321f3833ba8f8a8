//! Parameters of the Parameter Store, by hand-signed requests. Source: AWS Systems Manager API (`GetParameter`,
//! `GetParametersByPath`, `DeleteParameter`). It reads no secret.

use serde_json::json;

use crate::json::Service;
use crate::{Aws, Fault};

const SSM: Service = Service { name: "ssm", host: "ssm", target: "AmazonSSM", version: "1.1" };

impl Aws {
    /// A parameter's value; `None` when there is none of that name.
    ///
    /// # Errors
    /// When Systems Manager refuses or cannot be reached.
    pub async fn parameter(&self, name: &str) -> Result<Option<String>, Fault> {
        match self.json("ssm:GetParameter", &SSM, "GetParameter", &json!({ "Name": name })).await {
            Ok(answer) => Ok(answer["Parameter"]["Value"].as_str().map(str::to_owned)),
            Err(fault) if fault.is("ParameterNotFound") => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Names of the parameters below a path, at any depth. A page may be empty and not the last.
    ///
    /// # Errors
    /// When Systems Manager refuses or cannot be reached.
    pub async fn parameter_names(&self, path: &str) -> Result<Vec<String>, Fault> {
        const CALL: &str = "ssm:GetParametersByPath";
        let input = json!({"Path": path, "Recursive": true, "MaxResults": 10});
        let found = self.json_pages(CALL, &SSM, "GetParametersByPath", input, "Parameters").await?;
        Ok(found.iter().filter_map(|parameter| parameter["Name"].as_str().map(str::to_owned)).collect())
    }

    /// Deletes a parameter. What is not there is done.
    ///
    /// # Errors
    /// When Systems Manager refuses or cannot be reached.
    pub async fn delete_parameter(&self, name: &str) -> Result<(), Fault> {
        match self.json("ssm:DeleteParameter", &SSM, "DeleteParameter", &json!({ "Name": name })).await {
            Err(fault) if !fault.is("ParameterNotFound") => Err(fault),
            _ => Ok(()),
        }
    }
}
