//! SHOWS: everything that is made from a decision or a record, for machines (buildspec, project, variables) and for
//! people (comment, plan). It decides nothing, reads no file and no clock; what machines read is serialised from
//! structures, never filled into a template.

mod buildspec;
mod comment;
mod demand;
pub mod findings;
mod glob;
mod html;
mod length;
mod markdown;
mod page;
mod plan;
mod project;
mod report_groups;
mod scan;
mod script;
mod templates;
mod terminal;
mod trouble;
mod words;
mod xml;

pub use buildspec::{BUILDSPEC_LIMIT, RenderFault, buildspec, buildspec_with_reports};
pub use comment::{COMMENT_LIMIT, comment, whole_comment};
pub use length::longest_buildspec;
pub use page::{page, rehearsal_page};
pub use plan::plan_text;
pub use project::{DEFAULT_IMAGE, QUEUE_MINUTES, StackConfig, build_role, full_project, machine, project, variables};
pub use report_groups::report_groups;
pub use script::{DIGEST, DIGESTS, MAX_REPORT_FILES, MAX_REPORT_SIZE};
pub use terminal::terminal;
pub use trouble::{Trouble, building, ended, is_under_way, running, trouble};
pub use words::{rehearsal, verdict_line};
pub use xml::xml_text;
