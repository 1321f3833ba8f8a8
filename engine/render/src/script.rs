//! The shell text of a build: the driver, then one paragraph per step of the plan. Commands of the policy stand in quoted
//! here-documents only; every other value is quoted as a word.

use std::fmt::Write as _;

use gated_core::decision::{Decision, PlannedContainer, PlannedStage, StageAction};
use gated_core::names::sha256_hex;
use gated_core::units::Seconds;

use crate::buildspec::RenderFault;
use crate::glob;
use crate::report_groups::Known;

/// Report files that the driver keeps at most; with more of them the build fails.
pub const MAX_REPORT_FILES: usize = 10_000;

/// Bytes of the largest report file that the driver keeps; a larger one is recorded with an empty `stored`.
pub const MAX_REPORT_SIZE: u64 = 8_388_608;

/// The functions that the text calls.
const DRIVER: &str = include_str!("driver.sh");
/// More of them, where a stage has reports.
const REPORTS: &str = include_str!("reports.sh");

/// The variable in which a build tells CodeBuild the SHA-256 of [`DIGESTS`]: CodeBuild keeps it with the build, where no
/// other build can change it.
pub const DIGEST: &str = "GATED_SHA256";

/// The list of what a build leaves, `SHA-256  FILE` a line as `sha256sum` writes it: the record, and each file of `reports/`.
pub const DIGESTS: &str = "sha256sums";

/// What follows the driver, in the shell whose variables CodeBuild reads. It ends as the driver did.
const ENDING: &str = r#"|| gated_code=$?
export GATED_SHA256=$(cd "$CODEBUILD_SRC_DIR.gated" && sha256sum record.json reports/* 2>/dev/null | tee sha256sums | sha256sum | cut -c-64)
[[ $GATED_SHA256 ]] || echo 'gated: the image has no sha256sum: the gate takes nothing from it'
(exit ${gated_code:-0})"#;

/// The one command of the build phase. It is a group, so that bash has read all of it before any of it runs, and in it a
/// subshell, so that nothing but the digest reaches the shell that CodeBuild goes on with. `shown` are the formats that have a
/// report group.
pub(crate) fn script(decision: &Decision, shown: &[&Known]) -> Result<String, RenderFault> {
    let steps = steps(decision)?;
    let delimiter = delimiter(&steps);
    let mut text = String::from("{ (\n");
    let mut functions = |from: &str| {
        for line in from.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            text.push_str(line);
            text.push('\n');
        }
    };
    functions(DRIVER);
    if steps.iter().any(|step| !step.reports.is_empty()) {
        functions(REPORTS);
        text.push_str("gated_measure\n");
    }
    for step in &steps {
        step.write(&delimiter, shown, &mut text)?;
    }
    let _ = write!(text, "gated_finish\n) {ENDING}\n}}");
    Ok(text)
}

/// Refuses text that no shell can hold.
pub(crate) fn without_nul(text: &str, place: impl Fn() -> String) -> Result<(), RenderFault> {
    if text.contains('\0') { Err(RenderFault::Nul { place: place() }) } else { Ok(()) }
}

/// One step of the build, as the driver takes it.
struct Step<'a> {
    name: &'a str,
    kind: &'static str,
    timeout: Option<Seconds>,
    retry: u8,
    dir: &'a str,
    run: Vec<String>,
    reports: &'a [gated_core::policy::Report],
}

fn steps(decision: &Decision) -> Result<Vec<Step<'_>>, RenderFault> {
    let mut steps = Vec::new();
    if !decision.setup.is_empty() {
        steps.push(Step::plain("setup", "setup", decision.setup.clone()));
    }
    for stage in decision.running() {
        steps.push(Step::of(stage, decision.fail_fast)?);
    }
    if let Some(container) = decision.container.as_ref().filter(|container| container.action == StageAction::Run) {
        steps.push(Step::plain("container", "required", vec![image_build(container)]));
    }
    for step in &steps {
        for command in &step.run {
            without_nul(command, || format!("a command of stage {}", step.name))?;
        }
        without_nul(step.dir, || format!("the directory of stage {}", step.name))?;
    }
    Ok(steps)
}

impl<'a> Step<'a> {
    fn plain(name: &'a str, kind: &'static str, run: Vec<String>) -> Self {
        Self { name, kind, timeout: None, retry: 0, dir: ".", run, reports: &[] }
    }

    fn of(stage: &'a PlannedStage, fail_fast: bool) -> Result<Self, RenderFault> {
        let name = stage.name.as_str();
        if ["setup", "container"].contains(&name) {
            return Err(RenderFault::NameTaken { stage: name.to_owned() });
        }
        if stage.run.is_empty() {
            return Err(RenderFault::NoCommands { stage: name.to_owned() });
        }
        let kind = match (stage.required, fail_fast || stage.name.is_reserved()) {
            (true, true) => "stops",
            (true, false) => "required",
            (false, _) => "advisory",
        };
        let dir = if stage.dir.is_empty() { "." } else { &stage.dir };
        let (run, reports) = (stage.run.clone(), stage.reports.as_slice());
        Ok(Self { name, kind, timeout: stage.timeout, retry: stage.retry, dir, run, reports })
    }

    fn write(&self, delimiter: &str, shown: &[&Known], text: &mut String) -> Result<(), RenderFault> {
        for command in &self.run {
            let end = if command.ends_with('\n') { "" } else { "\n" };
            let _ = write!(text, "gated_run <<'{delimiter}'\n{command}{end}{delimiter}\n");
        }
        let Self { name, kind, retry, .. } = self;
        let seconds = self.timeout.map_or(0, |timeout| timeout.0);
        let _ = writeln!(text, "gated_stage {name} {kind} {seconds} {retry} {}", quoted(self.dir));
        for (index, report) in self.reports.iter().enumerate() {
            let patterns = glob::patterns(&report.files)?;
            let _ = write!(text, "gated_report {name} {index} {} {}", patterns.adds, patterns.takes);
            if let Some(known) = shown.iter().find(|known| known.format == report.format && *kind != "advisory") {
                let _ = write!(text, " {} {}", known.name, known.ending);
            }
            text.push('\n');
        }
        Ok(())
    }
}

/// The command that builds the image and, where the stack has a repository for it, pushes it and leaves its digest for
/// the record. `./` keeps a path from being read as an option, a URL, or standard input. The registry's password goes from
/// one process to the other, and stands on no command line; it comes first, since an image may be built from one of the same
/// registry. The tag is `gated_core::scan::image_tag`'s.
fn image_build(container: &PlannedContainer) -> String {
    let dockerfile = quoted(&format!("./{}", container.dockerfile));
    let context = quoted(&format!("./{}", container.context));
    IMAGE.replace("DOCKERFILE", &dockerfile).replace("CONTEXT", &context)
}

const IMAGE: &str = r#"uri=${GATED_IMAGE_REPOSITORY:-} image=gated id=${CODEBUILD_BUILD_ID#*:}
if [ -n "$uri" ]; then
image=$uri:pr-$GATED_PULL_REQUEST-${GATED_SOURCE_COMMIT:0:12}-${id:0:8}
aws ecr get-login-password | docker login --username AWS --password-stdin "${uri%%/*}"
fi
DOCKER_BUILDKIT=1 docker build --tag "$image" --file DOCKERFILE CONTEXT
if [ -z "$uri" ]; then echo 'gated: the image is not pushed: there is no image repository'; else
docker push "$image"
docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$image" >"$CODEBUILD_SRC_DIR.gated-work/digests"
while IFS= read -r digest; do [ "${digest%@*}" != "$uri" ] || echo "$uri ${image##*:} ${digest#*@}"; done \
  <"$CODEBUILD_SRC_DIR.gated-work/digests" >"$CODEBUILD_SRC_DIR.gated-work/image"
fi"#;

/// A line that no command contains.
fn delimiter(steps: &[Step<'_>]) -> String {
    let commands: Vec<&str> = steps.iter().flat_map(|step| &step.run).map(String::as_str).collect();
    let mut hash = sha256_hex(commands.join("\n").as_bytes());
    loop {
        let delimiter = format!("GATED_{}", &hash[..8]);
        if !commands.iter().any(|command| command.contains(&delimiter)) {
            return delimiter;
        }
        hash = sha256_hex(hash.as_bytes());
    }
}

/// One word of the shell, whatever is in it.
fn quoted(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-/".contains(&b);
    if !text.is_empty() && text.bytes().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
