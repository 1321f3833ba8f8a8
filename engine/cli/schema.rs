//! `gated schema`: prints the published JSON Schemas, for editors and validators. They are the ones under `schema/`.

use clap::{Args, ValueEnum};

use crate::exit::Exit;
use crate::screen;

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Of what
    #[arg(value_enum, default_value_t = Subject::Policy)]
    of: Subject,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// `.gated.yml`
    Policy,
    /// An organisation's floor
    Floor,
    /// What `gated plan --format json` prints
    Decision,
    /// What the gate votes by: its decision record
    Record,
    /// What comment and page are made from, and `gated why --format json` prints
    Report,
    /// `.gated.test.yml`
    Test,
}

pub(crate) fn run(args: &SchemaArgs) -> anyhow::Result<Exit> {
    let schema = match args.of {
        Subject::Policy => gated_policy::schema(),
        Subject::Floor => gated_policy::floor_schema(),
        Subject::Decision => gated_policy::decision_schema(),
        Subject::Record => gated_policy::record_schema(),
        Subject::Report => gated_policy::report_schema(),
        Subject::Test => gated_policy::test_schema(),
    };
    screen::print(&format!("{}\n", serde_json::to_string_pretty(&schema)?))?;
    Ok(Exit::Yes)
}
