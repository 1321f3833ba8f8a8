//! Addresses of AWS's console, for people. It calls nothing.

use gated_core::report::Links;

/// Where an execution is seen; nowhere when AWS's own endpoint is not the one that is called.
pub(crate) fn links(endpoint: Option<&str>, state_machine_arn: &str, execution: &str) -> Links {
    let console = Console::of(state_machine_arn).filter(|_| endpoint.is_none());
    Links { execution: console.map(|console| console.execution(state_machine_arn, execution)), ..Links::default() }
}

/// The console of a partition and region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Console {
    region: String,
    domain: &'static str,
}

impl Console {
    /// The console that shows what an ARN names; `None` in a partition whose console is not known.
    pub(crate) fn of(arn: &str) -> Option<Self> {
        let mut parts = arn.split(':').skip(1);
        let (partition, region) = (parts.next()?, parts.nth(1)?);
        let domain = match partition {
            "aws" => "console.aws.amazon.com",
            "aws-cn" => "console.amazonaws.cn",
            "aws-us-gov" => "console.amazonaws-us-gov.com",
            _ => return None,
        };
        Some(Self { region: region.to_owned(), domain })
    }

    /// An object of a bucket.
    pub(crate) fn object(&self, bucket: &str, key: &str) -> String {
        let Self { region, domain } = self;
        format!("https://{region}.{domain}/s3/object/{bucket}?region={region}&prefix={key}")
    }

    /// An execution of a state machine.
    pub(crate) fn execution(&self, state_machine_arn: &str, name: &str) -> String {
        let Self { region, domain } = self;
        let arn = state_machine_arn.replacen(":stateMachine:", ":execution:", 1);
        format!("https://{region}.{domain}/states/home?region={region}#/v2/executions/details/{arn}:{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::{Console, links};

    #[test]
    fn an_execution_is_shown_where_it_runs_and_not_where_a_sandbox_plays_aws() {
        let machine = "arn:aws:states:eu-central-1:111122223333:stateMachine:gated";
        let page =
            "https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1#/v2/executions/details/";
        let arn = "arn:aws:states:eu-central-1:111122223333:execution:gated:pr-3-x";
        assert_eq!(links(None, machine, "pr-3-x").execution, Some(format!("{page}{arn}")));
        assert_eq!(links(Some("http://127.0.0.1:4600"), machine, "pr-3-x"), gated_core::report::Links::default());
    }

    #[test]
    fn every_partition_has_its_own_console() {
        let object = |partition: &str, region: &str| {
            let arn = format!("arn:{partition}:states:{region}:111122223333:stateMachine:gated");
            Console::of(&arn).map(|console| console.object("b", "decisions/r/pr-1/x.html"))
        };
        let wanted = |host: &str, region: &str| {
            Some(format!("https://{region}.{host}/s3/object/b?region={region}&prefix=decisions/r/pr-1/x.html"))
        };
        assert_eq!(object("aws", "eu-central-1"), wanted("console.aws.amazon.com", "eu-central-1"));
        assert_eq!(object("aws-cn", "cn-north-1"), wanted("console.amazonaws.cn", "cn-north-1"));
        assert_eq!(object("aws-us-gov", "us-gov-west-1"), wanted("console.amazonaws-us-gov.com", "us-gov-west-1"));
        assert_eq!(object("aws-elsewhere", "x-1"), None);
    }
}
