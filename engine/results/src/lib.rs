//! MEASURES: what the reports of a build say, as [`gated_core::measured::Measured`]. Reports are claims of the code under
//! test: everything read here is bounded in size, depth and count. Bytes in, values out: this room never opens a file, a
//! network or a clock, and never decides whether a pull request passes.

mod cases;
mod counted;
mod coverage;
mod evidence;
mod fault;
mod files;
mod finder;
mod generated;
mod measure;
mod output;
mod patch;
mod paths;
mod reach;
mod remarks;
mod text;
mod xml;

pub use evidence::{
    Commit, Contents, LARGEST_BLOB, MOST_BLOBS, MOST_BYTES, RECORD, Room, Side, TOO_LARGE, is_stored_report,
    measure_build, needs_commit, stage_record,
};
pub use fault::limits;
pub use finder::Tree;
pub use generated::attribute_files;
pub use measure::{Input, measure};
pub use output::{is_enough, output, unexplained};
pub use patch::{ChangedText, NewLines, changed_lines, patch_lines};
pub use reach::{MOST_LENGTHS, Reach};
