//! Every argument of the command line, and its help text.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use gated_sandbox::Faults;

/// A merge gate for AWS CodeCommit: policy as code, judged on every pull request.
#[derive(Debug, Parser)]
#[command(
    name = "gated",
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 yes, 1 no (findings, fail or error), 2 wrong use, 3 the tool could not do its work, 4 waiting or only a part was run."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a first policy: for what lies in the repository, or from a buildspec
    Init(crate::init::InitArgs),
    /// Check policies: every fault at its line and column
    Lint(crate::lint::LintArgs),
    /// Say why a rule of the linter is there, and how to mend what it finds
    Explain(crate::explain::ExplainArgs),
    /// Say what the gate will do with a pull request, and why
    Plan(Box<PlanArgs>),
    /// Test a policy: what it does with pull requests that are described in `.gated.test.yml`
    Test(crate::test::TestArgs),
    /// Print a published JSON Schema
    Schema(crate::schema::SchemaArgs),
    /// Say whether a pull request will pass, by running what the gate would run
    Run(Box<crate::run::RunArgs>),
    /// Print what the gate hands to CodeBuild
    Render(Box<RenderArgs>),
    /// Say what the gate decided about a pull request, and why
    Why(WhyArgs),
    /// Show what the gate runs now, stage by stage
    Status(StatusArgs),
    /// Start a new attempt at a pull request's revision
    Rerun(RerunArgs),
    /// Prove that a deployed gate binds, or say what is open and how to mend it
    Doctor(crate::doctor::DoctorArgs),
    /// Propose a first policy to each repository that has none
    Adopt(crate::adopt::AdoptArgs),
    /// Delete what a deployment has made, before `cdk destroy`
    Teardown(crate::teardown::TeardownArgs),
    /// Run the whole gate on this machine, with nothing to sign up for
    Sandbox(SandboxArgs),
    /// Watch one pull request from failure to merge, in a sandbox
    Demo(DemoArgs),
    /// Print a shell's completions
    Completions(crate::completions::CompletionsArgs),
}

/// Which AWS is called, as in the AWS command line.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct AwsArgs {
    /// Profile of the AWS configuration files
    #[arg(long)]
    pub(crate) profile: Option<String>,
    /// Region, such as us-east-1
    #[arg(long)]
    pub(crate) region: Option<String>,
    /// Endpoint of every service: a sandbox's address
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Text for people
    Human,
    /// One JSON document
    Json,
}

/// A pull request, as it is or as it might be.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SubjectArgs {
    /// The proposal's policy; default: `.gated.yml` at HEAD
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// The destination's policy; default: `.gated.yml` at the destination's tip
    #[arg(long, value_name = "FILE")]
    pub(crate) destination_policy: Option<PathBuf>,
    /// The organisation's floor
    #[arg(long, value_name = "FILE")]
    pub(crate) floor: Option<PathBuf>,
    /// Title of the pull request; default: the last commit's
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// Source branch; default: the current one
    #[arg(long, value_name = "BRANCH")]
    pub(crate) source: Option<String>,
    /// Destination branch; default: origin's HEAD, else main or master
    #[arg(long, value_name = "BRANCH")]
    pub(crate) destination: Option<String>,
    /// ARN of who opens the pull request
    #[arg(long, value_name = "ARN")]
    pub(crate) author: Option<String>,
    /// ARNs of who approved
    #[arg(long, value_name = "ARN")]
    pub(crate) approved_by: Vec<String>,
    /// Changed paths; default: what differs from the merge base
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) changed: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) subject: SubjectArgs,
    /// Form of the output
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct RenderArgs {
    /// What to print
    #[arg(value_enum)]
    pub(crate) what: Rendering,
    /// Name of the deployment that it is for: its serviceName
    #[arg(long, value_name = "NAME", default_value = crate::install::SERVICE)]
    pub(crate) service: String,
    #[command(flatten)]
    pub(crate) subject: SubjectArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Rendering {
    /// The buildspec, as YAML
    Buildspec,
    /// The CodeBuild project, as the JSON of CreateProject
    Project,
}

/// Which deployment of the gate.
#[derive(Debug, Clone, Args)]
pub(crate) struct DeploymentArgs {
    /// Name of the deployment: its serviceName
    #[arg(long, value_name = "NAME", default_value = crate::install::SERVICE)]
    pub(crate) service: String,
    #[command(flatten)]
    pub(crate) aws: AwsArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RerunArgs {
    /// Number of the pull request
    #[arg(value_name = "PULL_REQUEST")]
    pub(crate) pull_request: String,
    #[command(flatten)]
    pub(crate) deployment: DeploymentArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 the newest verdict is a pass, 1 it is not, 2 wrong use, 3 AWS refused or cannot be \
                        reached, 4 there is no verdict yet, or it waits for an approval."
)]
pub(crate) struct WhyArgs {
    /// Number of the pull request
    #[arg(value_name = "PULL_REQUEST")]
    pub(crate) pull_request: String,
    /// Open the report page in a browser
    #[arg(long)]
    pub(crate) open: bool,
    /// Write the report page to a file
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Form of the output; JSON is the stored report (`gated schema report`)
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) deployment: DeploymentArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes of a pull request: 0 its revision now passed, 1 it did not, 4 it runs, waits or is not decided \
                        yet. Without one: 0 nothing runs, 4 something does. With --watch they are those of the end. \
                        2 wrong use, 3 AWS refused or cannot be reached."
)]
pub(crate) struct StatusArgs {
    /// Number of the pull request; default: every one that is being gated
    #[arg(value_name = "PULL_REQUEST")]
    pub(crate) pull_request: Option<String>,
    /// Go on until the pull request's revision now has its verdict, or nothing runs any more
    #[arg(long)]
    pub(crate) watch: bool,
    /// Form of the output
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) deployment: DeploymentArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SandboxArgs {
    #[command(subcommand)]
    pub(crate) command: SandboxCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// Serve everything on one loopback port until interrupted
    Start(StartArgs),
    /// Print the `export` lines that point AWS clients at a running sandbox
    Env(DataArgs),
    /// Say whether a sandbox runs on a data directory
    Status(DataArgs),
    /// Forget everything in a data directory
    Reset(DataArgs),
}

#[derive(Debug, Clone, Args)]
pub(crate) struct DataArgs {
    /// The data directory
    #[arg(long, value_name = "DIR", default_value = ".gated-sandbox")]
    pub(crate) data: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct StartArgs {
    /// Address to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4600")]
    pub(crate) listen: SocketAddr,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// The organisation's floor
    #[arg(long, value_name = "FILE")]
    pub(crate) floor: Option<PathBuf>,
    /// How long a minute of a build's time-out lasts, to see what a time-out does without the wait
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 60_000)]
    pub(crate) minute: u64,
    /// What goes wrong on request, such as seed=7,throttle=0.05,error=0.02,delay=0.1:50ms,duplicate=0.2,drop=0.1,reorder=0.2,crash=0.001
    ///
    /// Rates are shares of 1. throttle refuses calls as too frequent, deny as forbidden; error answers 500, before a call was carried out or
    /// after; delay lets calls wait for a time (50ms, 2s); crash ends the sandbox as by SIGKILL, before or after.
    /// duplicate, drop and reorder do so with the delivery of events. Calls are those of the gate's roles;
    /// callers=everyone adds people's, and only=codebuild:StartBuild leaves out those of other operations. Each fault is
    /// written to DIR/faults.log, and the same seed on a fresh DIR injects the same ones.
    #[arg(long, value_name = "SPEC")]
    pub(crate) faults: Option<Faults>,
    /// Run the gate's functions as on AWS: as processes of this program, behind the Lambda runtime API
    #[arg(long, value_name = "PATH")]
    pub(crate) bootstrap: Option<PathBuf>,
    /// Have the stack's report groups, which builds write to: its switch reportGroups
    #[arg(long)]
    pub(crate) report_groups: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Keep the sandbox running at the end, to look around
    #[arg(long)]
    pub(crate) keep: bool,
}
