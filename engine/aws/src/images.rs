//! Images in ECR: where a scan stands, and taking a pull request's images away. It judges no finding. Source: Amazon ECR
//! API (`DescribeImageScanFindings`, `ListImages`, `BatchDeleteImage`), by hand-signed requests as in [`crate::signed`].

use gated_core::scan::{PushedImage, ScanFinding, ScanOutcome};
use serde_json::{Value, json};

use crate::json::Service;
use crate::{Aws, Fault};

const ECR: Service =
    Service { name: "ecr", host: "api.ecr", target: "AmazonEC2ContainerRegistry_V20150921", version: "1.1" };

/// Most pages of a list that are read; what has more is refused, since what nobody read cannot be judged.
const MOST_PAGES: usize = 100;
/// Longest text of a finding, in characters.
const LONGEST_TEXT: usize = 200;

impl Aws {
    /// Where the scan of an image stands, all pages of it. The image is asked for by its tag, so that the answer tells which
    /// image bears it.
    ///
    /// # Errors
    /// When ECR refuses or cannot be reached.
    pub async fn scan(&self, image: &PushedImage) -> Result<ScanOutcome, Fault> {
        const CALL: &str = "ecr:DescribeImageScanFindings";
        let (mut findings, mut token) = (Vec::new(), None::<String>);
        for _ in 0..MOST_PAGES {
            let mut input = repository(&image.repository);
            input["imageId"] = json!({"imageTag": image.tag});
            input["maxResults"] = json!(1000);
            if let Some(token) = &token {
                input["nextToken"] = json!(token);
            }
            let answer = match self.ecr(CALL, "DescribeImageScanFindings", &input).await {
                Err(fault) if fault.is("ScanNotFoundException") => {
                    return Ok(ScanOutcome::Unfinished { status: "not started".to_owned() });
                }
                answer => answer?,
            };
            let told = |name: &str| answer["imageScanStatus"][name].as_str().unwrap_or_default();
            if let Some(outcome) = without_findings(told("status"), told("description")) {
                return Ok(outcome);
            }
            findings.extend(read(&answer["imageScanFindings"]));
            token = answer["nextToken"].as_str().map(str::to_owned);
            if token.is_none() {
                let digest = answer["imageId"]["imageDigest"].as_str().unwrap_or_default().to_owned();
                return Ok(ScanOutcome::Scanned { digest, findings });
            }
        }
        Ok(ScanOutcome::Unknown { status: format!("more than {MOST_PAGES} pages of findings") })
    }

    /// The tags of a repository's images; none when there is no such repository.
    ///
    /// # Errors
    /// When ECR refuses or cannot be reached.
    pub async fn image_tags(&self, uri: &str) -> Result<Vec<String>, Fault> {
        const CALL: &str = "ecr:ListImages";
        let (mut tags, mut token) = (Vec::new(), None::<String>);
        loop {
            let mut input = repository(uri);
            input["filter"] = json!({"tagStatus": "TAGGED"});
            input["maxResults"] = json!(1000);
            if let Some(token) = &token {
                input["nextToken"] = json!(token);
            }
            let answer = match self.ecr(CALL, "ListImages", &input).await {
                Err(fault) if fault.is("RepositoryNotFoundException") => return Ok(Vec::new()),
                answer => answer?,
            };
            let listed = answer["imageIds"].as_array().into_iter().flatten();
            tags.extend(listed.filter_map(|id| id["imageTag"].as_str().map(str::to_owned)));
            token = answer["nextToken"].as_str().map(str::to_owned);
            if token.is_none() {
                return Ok(tags);
            }
        }
    }

    /// Deletes every image whose tag begins like this, and tells how many there were. What is gone already is done.
    ///
    /// # Errors
    /// When ECR refuses, cannot delete one of them, or cannot be reached.
    pub async fn delete_images(&self, uri: &str, tag_prefix: &str) -> Result<usize, Fault> {
        const DELETE: &str = "ecr:BatchDeleteImage";
        let mut tags = self.image_tags(uri).await?;
        tags.retain(|tag| tag.starts_with(tag_prefix));
        for hundred in tags.chunks(100) {
            let mut input = repository(uri);
            input["imageIds"] = hundred.iter().map(|tag| json!({"imageTag": tag})).collect();
            let answer = self.ecr(DELETE, "BatchDeleteImage", &input).await?;
            let failed = answer["failures"].as_array().into_iter().flatten();
            if let Some(failure) = failed.into_iter().find(|failure| failure["failureCode"] != "ImageNotFound") {
                let text = |name: &str| failure[name].as_str().map(str::to_owned);
                let message = text("failureReason").unwrap_or_default();
                return Err(Fault { call: DELETE, code: text("failureCode"), message, transient: false });
            }
        }
        Ok(tags.len())
    }

    /// Deletes every image of a repository, tagged or not, and tells how many there were.
    ///
    /// # Errors
    /// When ECR refuses, cannot delete one of them, or cannot be reached.
    pub async fn delete_all_images(&self, uri: &str) -> Result<usize, Fault> {
        let tagged = self.delete_images(uri, "").await?;
        let mut input = repository(uri);
        input["maxResults"] = json!(100);
        let mut untagged = 0;
        loop {
            let answer = match self.ecr("ecr:ListImages", "ListImages", &input).await {
                Err(fault) if fault.is("RepositoryNotFoundException") => return Ok(tagged),
                answer => answer?,
            };
            let ids = answer["imageIds"].as_array().cloned().unwrap_or_default();
            if ids.is_empty() {
                return Ok(tagged + untagged);
            }
            let mut delete = repository(uri);
            delete["imageIds"] = ids.iter().map(|id| json!({"imageDigest": id["imageDigest"]})).collect();
            let answer = self.ecr("ecr:BatchDeleteImage", "BatchDeleteImage", &delete).await?;
            let gone = answer["imageIds"].as_array().map_or(0, Vec::len);
            if gone == 0 {
                let reason = answer["failures"][0]["failureReason"].as_str().unwrap_or_default().to_owned();
                return Err(Fault { call: "ecr:BatchDeleteImage", code: None, message: reason, transient: false });
            }
            untagged += gone;
        }
    }

    async fn ecr(&self, call: &'static str, operation: &str, input: &Value) -> Result<Value, Fault> {
        self.json(call, &ECR, operation, input).await
    }
}

/// Registry and name of a repository's URI: `111122223333.dkr.ecr.eu-central-1.amazonaws.com/team/gated`.
fn repository(uri: &str) -> Value {
    let (host, name) = uri.split_once('/').unwrap_or(("", uri));
    let mut input = json!({"repositoryName": name});
    if let Some(account) = host.split('.').next().filter(|a| a.len() == 12 && a.bytes().all(|b| b.is_ascii_digit())) {
        input["registryId"] = json!(account);
    }
    input
}

/// What a status means that comes without findings; `None` for the two that come with them. Basic scanning calls an image
/// that it cannot scan `FAILED`, and only its words tell that from a scan that went wrong.
fn without_findings(status: &str, description: &str) -> Option<ScanOutcome> {
    let words = cut(description);
    let told = if words.is_empty() { status.to_owned() } else { format!("{status}: {words}") };
    match status {
        "COMPLETE" | "ACTIVE" => None,
        "FAILED" if description.starts_with("UnsupportedImageError") => {
            Some(ScanOutcome::Unscannable { description: told })
        }
        "UNSUPPORTED_IMAGE" | "IMAGE_SIZE_EXCEEDED" => Some(ScanOutcome::Unscannable { description: told }),
        // Findings that are not there yet may come: whoever waits looks again.
        "IN_PROGRESS" | "PENDING" | "FINDINGS_UNAVAILABLE" => Some(ScanOutcome::Unfinished { status: told }),
        _ => Some(ScanOutcome::Unknown { status: told }),
    }
}

/// The findings of one page, of basic and of enhanced scanning. One that Inspector has closed is no finding any more.
fn read(page: &Value) -> Vec<ScanFinding> {
    let list = |name: &str| page[name].as_array().cloned().unwrap_or_default();
    let basic = list("findings").iter().map(basic).collect::<Vec<_>>();
    basic.into_iter().chain(list("enhancedFindings").iter().filter(|f| f["status"] != "CLOSED").map(enhanced)).collect()
}

fn basic(finding: &Value) -> ScanFinding {
    let attribute = |key: &str| {
        let attributes = finding["attributes"].as_array().into_iter().flatten();
        attributes.into_iter().find(|a| a["key"] == key).and_then(|a| a["value"].as_str())
    };
    ScanFinding {
        id: text(finding, "name"),
        severity: text(finding, "severity").into(),
        package: package(attribute("package_name"), attribute("package_version")),
        fix: None,
        fixed_in: None,
    }
}

fn enhanced(finding: &Value) -> ScanFinding {
    let details = &finding["packageVulnerabilityDetails"];
    let id = text(details, "vulnerabilityId");
    let vulnerable = &details["vulnerablePackages"][0];
    ScanFinding {
        id: if id.is_empty() { text(finding, "title") } else { id },
        severity: text(finding, "severity").into(),
        package: package(vulnerable["name"].as_str(), vulnerable["version"].as_str()),
        fix: match finding["fixAvailable"].as_str() {
            Some("YES" | "PARTIAL") => Some(true),
            Some("NO") => Some(false),
            Some(_) | None => None,
        },
        // `NotAvailable` is what Inspector says where there is none.
        fixed_in: vulnerable["fixedInVersion"].as_str().filter(|it| !it.is_empty() && *it != "NotAvailable").map(cut),
    }
}

fn package(name: Option<&str>, version: Option<&str>) -> Option<String> {
    let name = cut(name?);
    Some(version.map_or_else(|| name.clone(), |version| format!("{name} {}", cut(version))))
}

fn text(value: &Value, name: &str) -> String {
    cut(value[name].as_str().unwrap_or_default())
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use gated_core::scan::Severity;

    use super::*;

    #[test]
    fn a_basic_finding_names_its_package() {
        let page = json!({"findings": [{
            "name": "CVE-2026-1", "severity": "HIGH",
            "attributes": [{"key": "package_version", "value": "3.0"}, {"key": "package_name", "value": "openssl"}],
        }]});
        let package = Some("openssl 3.0".to_owned());
        assert_eq!(
            read(&page),
            [ScanFinding { id: "CVE-2026-1".into(), severity: Severity::High, package, fix: None, fixed_in: None }]
        );
    }

    #[test]
    fn an_enhanced_finding_tells_its_fix_and_a_closed_one_is_none() {
        let finding = |status: &str, severity: &str| {
            json!({
                "status": status, "severity": severity, "title": "CVE-2026-2 - zlib", "fixAvailable": "YES",
                "packageVulnerabilityDetails": {
                    "vulnerabilityId": "CVE-2026-2", "vulnerablePackages": [{"name": "zlib", "version": "1.2", "fixedInVersion": "1.2.12"}],
                },
            })
        };
        let page = json!({"enhancedFindings": [finding("ACTIVE", "UNTRIAGED"), finding("CLOSED", "CRITICAL")]});
        let found = read(&page);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].id.as_str(), found[0].fix), ("CVE-2026-2", Some(true)));
        assert_eq!(found[0].fixed_in.as_deref(), Some("1.2.12"));
        assert_eq!(found[0].severity, Severity::Unknown("UNTRIAGED".into()));
    }

    #[test]
    fn each_status_without_findings_has_its_meaning_and_none_is_a_scan() {
        let unsupported = "UnsupportedImageError: The operating system and/or package manager are not supported.";
        let kind = |status: &str, description: &str| match without_findings(status, description) {
            None => "scanned",
            Some(ScanOutcome::Unscannable { .. }) => "unscannable",
            Some(ScanOutcome::Unfinished { .. }) => "unfinished",
            Some(ScanOutcome::Unknown { .. } | ScanOutcome::Scanned { .. }) => "unknown",
        };
        for (status, description, wanted) in [
            ("COMPLETE", "The scan was completed successfully.", "scanned"),
            ("ACTIVE", "", "scanned"),
            ("FAILED", unsupported, "unscannable"),
            ("FAILED", "InternalError: UnsupportedImageError was not the cause", "unknown"),
            ("FAILED", "", "unknown"),
            ("UNSUPPORTED_IMAGE", "", "unscannable"),
            ("IMAGE_SIZE_EXCEEDED", "", "unscannable"),
            ("IN_PROGRESS", "", "unfinished"),
            ("PENDING", "", "unfinished"),
            ("FINDINGS_UNAVAILABLE", "", "unfinished"),
            ("SCAN_ELIGIBILITY_EXPIRED", "", "unknown"),
            ("LIMIT_EXCEEDED", "", "unknown"),
            ("IMAGE_ARCHIVED", "", "unknown"),
            ("", "", "unknown"),
            ("A_STATUS_OF_TOMORROW", unsupported, "unknown"),
        ] {
            assert_eq!(kind(status, description), wanted, "{status} {description}");
        }
        let told = without_findings("FAILED", unsupported);
        assert_eq!(told, Some(ScanOutcome::Unscannable { description: format!("FAILED: {unsupported}") }));
    }

    #[test]
    fn a_repositorys_uri_tells_registry_and_name() {
        let wanted = json!({"registryId": "111122223333", "repositoryName": "team/gated"});
        assert_eq!(repository("111122223333.dkr.ecr.eu-central-1.amazonaws.com/team/gated"), wanted);
    }
}
