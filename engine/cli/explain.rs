//! `gated explain`: why a rule is there, with an example that breaks it, one that does not, and how to mend it. The text
//! is inside the tool; nothing is fetched.

use clap::Args;
use gated_policy::{RULES, Rule, explanation, nearest_rule};

use crate::exit::{Exit, WrongUse};
use crate::screen;

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Codes or names of rules: GT101, unknown-key; default: a list of all
    #[arg(value_name = "RULE")]
    rules: Vec<String>,
}

pub(crate) fn run(args: &ExplainArgs) -> anyhow::Result<Exit> {
    if args.rules.is_empty() {
        let line = |rule: &Rule| format!("{}  {:<30}  {}\n", rule.code, rule.name, rule.summary);
        screen::print(&RULES.iter().map(line).collect::<String>())?;
    }
    for wanted in &args.rules {
        let Some(found) = explanation(wanted) else {
            let help = match nearest_rule(wanted) {
                Some(guess) => format!("did you mean `{guess}`?"),
                None => "`gated explain` without a name lists all of them".to_owned(),
            };
            return Err(WrongUse(format!("there is no rule `{wanted}`: {help}")).into());
        };
        screen::print(&format!("{} {}\n\n{}\n", found.rule.code, found.rule.name, found.markdown()))?;
    }
    Ok(Exit::Yes)
}
