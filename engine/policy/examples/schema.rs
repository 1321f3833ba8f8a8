//! Prints a published JSON Schema: `cargo run -p gated-policy --example schema > schema/gated.schema.json`, and with the
//! argument `floor` for `schema/floor.schema.json`. It never writes a file.
#![allow(clippy::print_stdout)] // printing is what it is for

fn main() -> Result<(), serde_json::Error> {
    let floor = std::env::args().nth(1).is_some_and(|which| which == "floor");
    let schema = if floor { gated_policy::floor_schema() } else { gated_policy::schema() };
    println!("{}", serde_json::to_string_pretty(&schema)?);
    Ok(())
}
