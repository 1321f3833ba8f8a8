//! What can be wrong with one report file, and how large a report may be. A fault is told to a person as it is.

/// How large the reports of one build may be. A report past a limit is a fault, never read in part.
pub mod limits {
    /// Bytes of one report file.
    pub const FILE_BYTES: u64 = 8 << 20;
    /// Bytes of all report files of a build together.
    pub const ALL_BYTES: u64 = 64 << 20;
    /// Bytes of the driver's record.
    pub const RECORD_BYTES: u64 = 8 << 20;
    /// Report files of a build.
    pub const FILES: usize = 10_000;
    /// Elements inside each other.
    pub const DEPTH: usize = 64;
    /// Objects of one JSON report.
    pub const OBJECTS: usize = 500_000;
    /// Source files that a build's coverage reports may name.
    pub const SOURCES: usize = 100_000;
    /// Directories that a coverage report may name for its paths to start from.
    pub const SOURCE_DIRECTORIES: usize = 1_000;
    /// Bytes of a path that a coverage report names (`PATH_MAX` of Linux).
    pub const PATH: usize = 4_096;
    /// Paths that are looked up in the commit's files for a whole build; a long one counts more than once.
    pub const STEPS: u64 = 20_000_000;
    /// The highest line number that is believed.
    pub const LINE: u32 = 10_000_000;
    /// Failed cases that are kept of one report.
    pub const FAILURES: usize = 100;
    /// Coverable changed lines whose hits are listed, over all files.
    pub const CHANGED_LINES: usize = 5_000;
    /// Changed lines of one file that are kept with their text.
    pub const SOURCE_OF_FILE: usize = 400;
    /// The same over all files.
    pub const SOURCE: usize = 2_000;
    /// Characters of one line's text.
    pub const SOURCE_LINE: usize = 200;
    /// Lines that are kept of a stage's output.
    pub const OUTPUT_LINES: usize = 15;
    /// Characters of one of them.
    pub const OUTPUT_LINE: usize = 200;
    /// Stages whose output is kept.
    pub const OUTPUTS: usize = 10;
    /// Changed files without coverage that are named.
    pub const UNMEASURED: usize = 20;
    /// Characters of a failed case's message.
    pub const MESSAGE: usize = 2_000;
    /// Characters of a suite's, case's or file's name.
    pub const NAME: usize = 300;
    /// Faults and notes that are listed of one report.
    pub const REMARKS: usize = 20;
}

/// Why one report file does not count. Each reads on after the file's name and a colon.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("the file is empty")]
    Empty,
    #[error("the file is truncated: it ends before {0}")]
    Truncated(&'static str),
    #[error("the file cannot be read as {format}: {why}")]
    Unreadable { format: &'static str, why: String },
    #[error("its elements nest deeper than {}, refused", limits::DEPTH)]
    TooDeep,
    #[error("it declares entities in its DOCTYPE, refused: a report needs none")]
    Entities,
    #[error("it has {size} bytes, a report file may have {}", limits::FILE_BYTES)]
    TooLarge { size: u64 },
    #[error("the build's reports have more than {} bytes together, it was not read", limits::ALL_BYTES)]
    TooMuch,
    #[error("the build has more than {} report files, it was not read", limits::FILES)]
    TooMany,
    #[error("the build's coverage reports name more than {} source files", limits::SOURCES)]
    TooManySources,
    #[error(
        "finding the source files of the build's reports takes more than {} look-ups, it was not read to its end: set root",
        limits::STEPS
    )]
    TooMuchToFind,
    #[error("its path leaves the checkout, refused")]
    Outside,
    #[error(
        "it was written before the first stage began, so no stage wrote it: remove it before the build, or do not cache it"
    )]
    Stale,
    #[error("it is a file of the commit, so it proves nothing: remove it from git and let the stage write it")]
    Tracked,
    #[error("it could not be fetched: {0}")]
    Unfetched(String),
}

impl Fault {
    pub(crate) fn unreadable(format: &'static str, why: impl Into<String>) -> Self {
        Self::Unreadable { format, why: why.into() }
    }

    /// Tells an error of the JSON reader apart: cut off, too deep, or not of the shape.
    pub(crate) fn json(format: &'static str, error: &serde_json::Error) -> Self {
        if error.is_eof() {
            Self::Truncated("its JSON is closed")
        } else if error.to_string().starts_with("recursion limit") {
            Self::TooDeep
        } else {
            Self::unreadable(format, crate::text::clean(&error.to_string(), limits::NAME))
        }
    }
}
