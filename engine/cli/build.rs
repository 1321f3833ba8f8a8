//! How the command is linked. It generates nothing.

// Cargo says by variables what it builds for.
#![allow(clippy::disallowed_methods)]

fn main() {
    println!("cargo::rerun-if-changed=engine/cli/build.rs");
    let target = |name: &str| std::env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    // A program at a random address has to have its 70,000 pointers mended whenever it starts, 2.5 MB for nothing: `gated
    // lint` lives for milliseconds, and none of its own code can reach memory that it should not.
    if target("OS") == "linux" && target("ENV") == "gnu" {
        println!("cargo::rustc-link-arg-bin=gated=-no-pie");
    }
}
