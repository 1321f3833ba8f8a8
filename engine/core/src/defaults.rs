//! What holds where no layer says anything. Defaults are filled in after the layers are joined, never before: a layer
//! must not win with a value that nobody wrote.

use crate::policy::{Compute, Container, Coverage, Environment, FailOn, Gate, Policy, Scan, Stage, Unscannable};
use crate::units::Seconds;

/// `environment.image`
pub const IMAGE: &str = "aws/codebuild/amazonlinux-x86_64-standard:5.0";
/// `environment.compute`
pub const COMPUTE: Compute = Compute::Small;
/// `environment.timeout`
pub const TIMEOUT: Seconds = Seconds(30 * 60);
/// The longest `timeout` where the floor names none.
pub const LONGEST_TIMEOUT: Seconds = Seconds(2 * 60 * 60);
/// `stages.*.dir`, `container.context`
pub const DIRECTORY: &str = ".";
/// `container.dockerfile`
pub const DOCKERFILE: &str = "Dockerfile";
/// `container.scan.fail-on`
pub const FAIL_ON: FailOn = FailOn::High;
/// `container.scan.unscannable`
pub const UNSCANNABLE: Unscannable = Unscannable::Fail;
/// `coverage.min-patch-lines`: every changed coverable line counts.
pub const MIN_PATCH_LINES: u32 = 0;

/// A repository's policy with every default filled in: what a floor's `constraints` are held against.
pub fn filled(policy: &Policy) -> Policy {
    let Policy { gate, environment, setup, stages, container, coverage, skip } = policy.clone();
    let Gate { fail_fast, ignore, policy_owners } = gate;
    Policy {
        gate: Gate { fail_fast: Some(fail_fast.unwrap_or(false)), ignore, policy_owners },
        environment: filled_environment(environment),
        setup: Some(setup.unwrap_or_default()),
        stages: stages.into_iter().map(filled_stage).collect(),
        container: container.map(filled_container),
        coverage: coverage.map(filled_coverage),
        skip,
    }
}

fn filled_environment(written: Environment) -> Environment {
    let Environment { image, compute, timeout, profile, docker, variables, parameters, secrets, runtimes, cache } =
        written;
    Environment {
        image: Some(image.unwrap_or_else(|| IMAGE.to_owned())),
        compute: Some(compute.unwrap_or(COMPUTE)),
        timeout: Some(timeout.unwrap_or(TIMEOUT)),
        profile,
        docker: Some(docker.unwrap_or(false)),
        variables: Some(variables.unwrap_or_default()),
        parameters: Some(parameters.unwrap_or_default()),
        secrets: Some(secrets.unwrap_or_default()),
        runtimes: Some(runtimes.unwrap_or_default()),
        cache: Some(cache.unwrap_or_default()),
    }
}

fn filled_stage(written: Stage) -> Stage {
    let Stage { name, run, dir, reports, when, timeout, required, retry, min_duration } = written;
    Stage {
        name,
        run,
        dir: Some(dir.unwrap_or_else(|| DIRECTORY.to_owned())),
        reports: Some(reports.unwrap_or_default()),
        when,
        timeout,
        required: Some(required.unwrap_or(true)),
        retry: Some(retry.unwrap_or(0)),
        min_duration,
    }
}

fn filled_container(written: Container) -> Container {
    let Container { build, dockerfile, context, when, scan } = written;
    let Scan { fail_on, unscannable, accept } = scan.unwrap_or_default();
    Container {
        build: Some(build.unwrap_or(true)),
        dockerfile: Some(dockerfile.unwrap_or_else(|| DOCKERFILE.to_owned())),
        context: Some(context.unwrap_or_else(|| DIRECTORY.to_owned())),
        when,
        scan: Some(Scan {
            fail_on: Some(fail_on.unwrap_or(FAIL_ON)),
            unscannable: Some(unscannable.unwrap_or(UNSCANNABLE)),
            accept: Some(accept.unwrap_or_default()),
        }),
    }
}

fn filled_coverage(written: Coverage) -> Coverage {
    let Coverage { line, branch, patch, min_patch_lines, exclude, paths } = written;
    Coverage { line, branch, patch, min_patch_lines: Some(min_patch_lines.unwrap_or(MIN_PATCH_LINES)), exclude, paths }
}
