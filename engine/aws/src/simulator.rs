//! What IAM's policy simulator says that a user or role may do. It does none of it. Source: AWS IAM API
//! (`SimulatePrincipalPolicy`).

use crate::xml::Element;
use crate::{Aws, Fault};

/// Resources that one call names: with all actions of a deed far below the thousand results of a page.
const RESOURCES: usize = 20;

/// Something that somebody might do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed<'a> {
    /// Actions: `codecommit:PutFile`.
    pub actions: &'a [&'a str],
    /// ARNs of what they are done to; `*` for actions that know no resource.
    pub resources: &'a [String],
    /// What is known of the request.
    pub context: &'a [ContextEntry],
}

/// The value of a condition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextEntry {
    /// `codecommit:References`
    pub key: &'static str,
    /// `string`, `stringList`, `boolean`
    pub kind: &'static str,
    /// The one value.
    pub value: String,
}

/// How one action on one resource stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulated {
    /// The action.
    pub action: String,
    /// The resource, as it was asked for.
    pub resource: String,
    /// The decision.
    pub decision: Decision,
}

/// What the simulator decided, and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It may be done.
    Allowed,
    /// It may not, as far as the context goes.
    Denied {
        /// Names of the policies that deny it; none: nothing allows it.
        by: Vec<String>,
        /// Condition keys that policies ask for and that were not given: another value may be another decision.
        missing: Vec<String>,
        /// Whether it is the organisation alone that denies it, as far as the simulator goes: it evaluates no service control
        /// policy that has conditions.
        organization: bool,
    },
}

impl Aws {
    /// What the policies of a user or role say of each action on each resource.
    ///
    /// # Errors
    /// When IAM refuses, knows no such principal, leaves a question unanswered, or cannot be reached.
    pub async fn simulate(&self, policy_source: &str, deed: &Deed<'_>) -> Result<Vec<Simulated>, Fault> {
        const CALL: &str = "iam:SimulatePrincipalPolicy";
        let mut found = Vec::new();
        for resources in deed.resources.chunks(RESOURCES) {
            let pages = self.iam_pages(CALL, "SimulatePrincipalPolicy", &form(policy_source, deed, resources)).await?;
            let results: Vec<&Element> = pages.iter().flat_map(|page| page.members("EvaluationResults")).collect();
            for action in deed.actions {
                for resource in resources {
                    let decision = decision(&results, action, resource, resources.len() == 1);
                    let decision = decision
                        .ok_or_else(|| Fault::odd_answer(CALL, &format!("decision on {action} on {resource}")))?;
                    found.push(Simulated { action: (*action).to_owned(), resource: resource.clone(), decision });
                }
            }
        }
        Ok(found)
    }
}

fn form(policy_source: &str, deed: &Deed<'_>, resources: &[String]) -> Vec<(String, String)> {
    let mut form = vec![("PolicySourceArn".to_owned(), policy_source.to_owned())];
    for (number, action) in (1..).zip(deed.actions) {
        form.push((format!("ActionNames.member.{number}"), (*action).to_owned()));
    }
    for (number, resource) in (1..).zip(resources) {
        form.push((format!("ResourceArns.member.{number}"), resource.clone()));
    }
    for (number, ContextEntry { key, kind, value }) in (1..).zip(deed.context) {
        let entry = format!("ContextEntries.member.{number}");
        form.push((format!("{entry}.ContextKeyName"), (*key).to_owned()));
        form.push((format!("{entry}.ContextKeyType"), (*kind).to_owned()));
        form.push((format!("{entry}.ContextKeyValues.member.1"), value.clone()));
    }
    form
}

/// The decision on one action on one resource; `None` when there is none, or one that is not of IAM's three. One result of an
/// action may stand for all resources: then only what it says of each of them counts.
fn decision(results: &[&Element], action: &str, resource: &str, alone: bool) -> Option<Decision> {
    let is_it = |name: Option<&str>| name == Some(resource) || alone && matches!(name, None | Some("*"));
    let (mut decided, mut by, mut missing, mut organization) = (false, Vec::new(), Vec::new(), false);
    for result in results.iter().filter(|result| result.text("EvalActionName") == Some(action)) {
        let of_each: Vec<&Element> = result.members("ResourceSpecificResults").collect();
        let found = match of_each.is_empty() {
            true => vec![(*result, result.text("EvalDecision")?)],
            false => of_each
                .into_iter()
                .map(|each| Some((each, each.text("EvalResourceDecision")?)))
                .collect::<Option<Vec<_>>>()?,
        };
        for (told, word) in found.into_iter().filter(|(told, _)| is_it(told.text("EvalResourceName"))) {
            match word {
                "allowed" => return Some(Decision::Allowed),
                "explicitDeny" => {
                    let statements = told.members("MatchedStatements");
                    by.extend(statements.filter_map(|statement| statement.text("SourcePolicyId")).map(str::to_owned));
                }
                "implicitDeny" => {}
                _ => return None,
            }
            decided = true;
            let refused = |detail, word| [told, *result].iter().any(|at| refuses(at, detail, word));
            organization |= refused("OrganizationsDecisionDetail", "AllowedByOrganizations")
                && !refused("PermissionsBoundaryDecisionDetail", "AllowedByPermissionsBoundary");
            let keys = told.members("MissingContextValues").chain(result.members("MissingContextValues"));
            missing.extend(keys.map(|key| key.own_text().to_owned()));
        }
    }
    missing.sort();
    missing.dedup();
    let organization = organization && by.is_empty();
    decided.then_some(Decision::Denied { by, missing, organization })
}

/// Whether what stands above somebody's policies does not allow it.
fn refuses(result: &Element, detail: &str, word: &str) -> bool {
    result.child(detail).and_then(|detail| detail.text(word)) == Some("false")
}

#[cfg(test)]
mod tests {
    use super::{Decision, decision};
    use crate::xml::Element;

    const SAMPLE: &str = include_str!("../../../tests/fixtures/iam/simulate-principal-policy.xml");
    const PAYMENTS: &str = "arn:aws:codecommit:us-east-1:111122223333:payments";
    const SHOP: &str = "arn:aws:codecommit:us-east-1:111122223333:shop";

    fn decided(text: &str, action: &str, resource: &str, alone: bool) -> Option<Decision> {
        let answer = Element::read(text).unwrap();
        let result = answer.child("SimulatePrincipalPolicyResult").unwrap();
        decision(&result.members("EvaluationResults").collect::<Vec<_>>(), action, resource, alone)
    }

    fn denied(by: &[&str], missing: &[&str]) -> Option<Decision> {
        let texts = |list: &[&str]| list.iter().map(ToString::to_string).collect();
        Some(Decision::Denied { by: texts(by), missing: texts(missing), organization: false })
    }

    #[test]
    fn an_action_has_the_decision_of_its_own_result_on_each_resource() {
        let guard = denied(&["gated-guard-branches-us-east-1"], &["aws:SourceIp"]);
        assert_eq!(decided(SAMPLE, "codecommit:GitPush", PAYMENTS, false), guard);
        assert_eq!(decided(SAMPLE, "codecommit:GitPush", SHOP, false), Some(Decision::Allowed));
        assert_eq!(decided(SAMPLE, "codecommit:PutFile", PAYMENTS, false), denied(&[], &[]));
        assert_eq!(decided(SAMPLE, "codecommit:PutFile", SHOP, false), denied(&[], &["aws:MultiFactorAuthPresent"]));
    }

    #[test]
    fn a_denial_is_the_organisations_alone_where_no_statement_and_no_boundary_denies_too() {
        let plain = "<MatchedStatements/>\n        <MissingContextValues/>\n        <EvalResourceName>";
        let by_it = |more: &str| {
            let detail = "<OrganizationsDecisionDetail><AllowedByOrganizations>false</AllowedByOrganizations>\
                          </OrganizationsDecisionDetail>";
            let told =
                SAMPLE.replace("<EvalDecisionDetails/>", detail).replace(plain, &format!("{detail}{more}{plain}"));
            let of = |action| match decided(&told, action, PAYMENTS, false) {
                Some(Decision::Denied { organization, .. }) => organization,
                other => panic!("{other:?}"),
            };
            (of("codecommit:GitPush"), of("codecommit:PutFile"))
        };
        assert_eq!(by_it(""), (false, true));
        let boundary = "<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>false\
                        </AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>";
        assert_eq!(by_it(boundary), (false, false));
    }

    #[test]
    fn what_has_no_result_or_a_strange_one_has_no_decision() {
        assert_eq!(decided(SAMPLE, "codecommit:CreateCommit", PAYMENTS, true), None);
        assert_eq!(
            decided(SAMPLE, "codecommit:GitPush", "arn:aws:codecommit:us-east-1:111122223333:other", true),
            None
        );
        let strange = SAMPLE.replace("implicitDeny", "perhaps");
        assert_eq!(decided(&strange, "codecommit:PutFile", PAYMENTS, false), None);
    }
}
