//! Prints a published JSON Schema: `cargo run -p gated-policy --example schema > schema/gated.schema.json`, and with the
//! argument `floor`, `test`, `decision`, `record` or `report` that one. It never writes a file.
#![allow(clippy::print_stdout)] // printing is what it is for

fn main() -> Result<(), serde_json::Error> {
    let schema = match std::env::args().nth(1).as_deref() {
        Some("floor") => gated_policy::floor_schema(),
        Some("test") => gated_policy::test_schema(),
        Some("decision") => gated_policy::decision_schema(),
        Some("record") => gated_policy::record_schema(),
        Some("report") => gated_policy::report_schema(),
        Some(_) | None => gated_policy::schema(),
    };
    println!("{}", serde_json::to_string_pretty(&schema)?);
    Ok(())
}
