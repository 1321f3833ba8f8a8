//! Where the hosts of a region are: each partition has a suffix of its own, and one IAM. Source: botocore, `partitions.json` and
//! IAM's endpoint rules.

/// Beginning of a region's name → suffix of hosts, and the region that the partition's IAM signs as of. What begins otherwise is
/// of the partition `aws`.
const PARTITIONS: [(&str, &str, &str); 7] = [
    ("cn-", "amazonaws.com.cn", "cn-north-1"),
    ("us-gov-", "amazonaws.com", "us-gov-west-1"),
    ("eusc-", "amazonaws.eu", "eusc-de-east-1"),
    ("us-iso-", "c2s.ic.gov", "us-iso-east-1"),
    ("us-isob-", "sc2s.sgov.gov", "us-isob-east-1"),
    ("us-isof-", "csp.hci.ic.gov", "us-isof-south-1"),
    ("eu-isoe-", "cloud.adc-e.uk", "eu-isoe-west-1"),
];

fn of(region: &str) -> (&'static str, &'static str) {
    let found = PARTITIONS.iter().find(|(beginning, ..)| region.starts_with(beginning));
    found.map_or(("amazonaws.com", "us-east-1"), |(_, suffix, home)| (*suffix, *home))
}

/// The host of a service in a region.
pub(crate) fn host(service: &str, region: &str) -> String {
    format!("https://{service}.{region}.{}", of(region).0)
}

/// IAM's host for a region, and the region that it signs as of.
pub(crate) fn iam(region: &str) -> (String, &'static str) {
    match of(region) {
        ("amazonaws.com", "us-east-1") => ("https://iam.amazonaws.com".to_owned(), "us-east-1"),
        ("amazonaws.com", home) => ("https://iam.us-gov.amazonaws.com".to_owned(), home),
        (_, home) => (host("iam", home), home),
    }
}

#[cfg(test)]
mod tests {
    use super::{host, iam};

    #[test]
    fn a_region_is_asked_where_its_partition_is() {
        for (region, sts, iam_host, home) in [
            ("eu-west-1", "sts.eu-west-1.amazonaws.com", "iam.amazonaws.com", "us-east-1"),
            ("cn-northwest-1", "sts.cn-northwest-1.amazonaws.com.cn", "iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            ("us-gov-east-1", "sts.us-gov-east-1.amazonaws.com", "iam.us-gov.amazonaws.com", "us-gov-west-1"),
            ("eusc-de-east-1", "sts.eusc-de-east-1.amazonaws.eu", "iam.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
            (
                "us-isob-west-1",
                "sts.us-isob-west-1.sc2s.sgov.gov",
                "iam.us-isob-east-1.sc2s.sgov.gov",
                "us-isob-east-1",
            ),
        ] {
            assert_eq!(host("sts", region), format!("https://{sts}"));
            assert_eq!(iam(region), (format!("https://{iam_host}"), home));
        }
    }
}
