//! Prints the reference of the lint rules, which is published as `policies/LINTS.md`.
#![allow(clippy::print_stdout)] // printing is what it is for

fn main() {
    print!("{}", gated_policy::reference());
}
