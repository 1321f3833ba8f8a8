//! Reads a tree of values into a [`Buildspec`], key by key. It never fills in what CodeBuild would refuse to guess.

use super::fields::{BuildspecFault, FaultKind, Field, Fields, Read};
use super::{Artifacts, Buildspec, Cache, Environment, FileSet, OnFailure, Phase, PhaseSpec, Report, ShellKind};
use crate::yaml::{self, Value};

/// The formats of test and coverage reports that CodeBuild reads (*documented*).
const FORMATS: [&str; 10] = [
    "CUCUMBERJSON",
    "JUNITXML",
    "NUNITXML",
    "NUNIT3XML",
    "TESTNGXML",
    "VISUALSTUDIOTRX",
    "CLOVERXML",
    "COBERTURAXML",
    "JACOCOXML",
    "SIMPLECOV",
];

pub(super) fn buildspec(text: &str) -> Read<Buildspec> {
    let root = yaml::read(text).map_err(|fault| BuildspecFault {
        kind: FaultKind::Syntax,
        key: String::new(),
        line: fault.place.line,
        column: fault.place.column,
        message: format!("{} at line {}, column {}", fault.message, fault.place.line, fault.place.column),
    })?;
    let mut fields = Fields::of("", &root)?;
    version(&fields.require("version")?)?;
    run_as(fields.take("run-as"))?;
    fields.take("proxy").map(|field| proxy(&field)).transpose()?;
    refuse(fields.take("batch"))?;
    let env = fields.take("env").map(|field| environment(&field)).transpose()?.unwrap_or_default();
    let phases = phases(&fields.require("phases")?)?;
    let reports = fields.take("reports").map(|field| reports(&field)).transpose()?.unwrap_or_default();
    let artifacts = fields.take("artifacts").map(|field| artifacts(&field, true)).transpose()?;
    let cache = fields.take("cache").map(|field| cache(&field)).transpose()?;
    fields.end()?;
    Ok(Buildspec { env, phases, reports, artifacts, cache })
}

fn version(field: &Field<'_>) -> Read<()> {
    match field.text()?.as_str() {
        "0.2" => Ok(()),
        "0.1" => Err(field.not_emulated("version 0.1 is not emulated; write 0.2")),
        other => Err(field.invalid(&format!("version `{other}` does not exist; write 0.2"))),
    }
}

fn run_as(field: Option<Field<'_>>) -> Read<()> {
    match field {
        Some(field) if field.text()? != "root" => Err(field.not_emulated("another user than root is not emulated")),
        _ => Ok(()),
    }
}

/// How CodeBuild's own agent reaches S3 and CloudWatch Logs, which says nothing about commands (*documented*).
fn proxy(field: &Field<'_>) -> Read<()> {
    let mut fields = Fields::of(&field.path, field.node)?;
    for key in ["upload-artifacts", "logs"] {
        fields.take(key).map(|field| field.flag()).transpose()?;
    }
    fields.end()
}

fn refuse(field: Option<Field<'_>>) -> Read<()> {
    field.map_or(Ok(()), |field| Err(field.not_emulated("is not emulated")))
}

fn environment(field: &Field<'_>) -> Read<Environment> {
    let mut fields = Fields::of(&field.path, field.node)?;
    let shell = match fields.take("shell") {
        None => ShellKind::Sh,
        Some(field) => match field.text()?.as_str() {
            "bash" => ShellKind::Bash,
            "/bin/sh" => ShellKind::Sh,
            "powershell.exe" | "cmd.exe" => return Err(field.not_emulated("Windows shells are not emulated")),
            other => return Err(field.invalid(&format!("must be bash or /bin/sh, not `{other}`"))),
        },
    };
    let mut variables =
        |key| fields.take(key).map(|field| variables(&field)).transpose().map(Option::unwrap_or_default);
    let (plain, parameters, secrets) =
        (variables("variables")?, variables("parameter-store")?, variables("secrets-manager")?);
    let exported = fields.take("exported-variables").map(|field| names(&field)).transpose()?.unwrap_or_default();
    let helper = fields.take("git-credential-helper").map(|field| field.flag()).transpose()?.unwrap_or_default();
    fields.end()?;
    Ok(Environment {
        shell,
        variables: plain,
        parameter_store: parameters,
        secrets_manager: secrets,
        exported_variables: exported,
        git_credential_helper: helper,
    })
}

fn variables(field: &Field<'_>) -> Read<Vec<(String, String)>> {
    let pairs = field.pairs()?.into_iter();
    pairs.map(|(name, value)| variable(&name, &value).and_then(|()| Ok((name, value.text()?)))).collect()
}

fn names(field: &Field<'_>) -> Read<Vec<String>> {
    let items = field.items()?;
    items.iter().map(|item| item.text().and_then(|name| exported(&name, item).map(|()| name))).collect()
}

/// A name the shell can use. The prefix is reserved (*documented*); that its use is refused is *assumed*.
fn variable(name: &str, field: &Field<'_>) -> Read<()> {
    if name.starts_with("CODEBUILD_") {
        return Err(field.invalid("names that begin with CODEBUILD_ are reserved"));
    }
    identifier(name, field)
}

/// CODEBUILD_ variables may be exported, AWS_ ones may not (*documented*).
fn exported(name: &str, field: &Field<'_>) -> Read<()> {
    if name.starts_with("AWS_") {
        return Err(field.invalid("names that begin with AWS_ cannot be exported"));
    }
    identifier(name, field)
}

fn identifier(name: &str, field: &Field<'_>) -> Read<()> {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if plain && !name.is_empty() && !name.starts_with(|first: char| first.is_ascii_digit()) {
        return Ok(());
    }
    Err(field.invalid(&format!("`{name}` is no name of a variable: letters, digits and _ only")))
}

fn phases(field: &Field<'_>) -> Read<Vec<PhaseSpec>> {
    let mut fields = Fields::of(&field.path, field.node)?;
    let mut phases = Vec::new();
    for phase in Phase::ALL {
        if let Some(field) = fields.take(phase.key()) {
            phases.push(phase_spec(phase, &field)?);
        }
    }
    fields.end()?;
    if phases.is_empty() {
        return Err(field.invalid("names no phase"));
    }
    Ok(phases)
}

fn phase_spec(phase: Phase, field: &Field<'_>) -> Read<PhaseSpec> {
    let mut fields = Fields::of(&field.path, field.node)?;
    run_as(fields.take("run-as"))?;
    let on_failure = fields.take("on-failure").map(|field| on_failure(&field)).transpose()?;
    let runtimes = match phase {
        Phase::Install => fields.take("runtime-versions").map(|field| texts_by_name(&field)).transpose()?,
        Phase::PreBuild | Phase::Build | Phase::PostBuild => None,
    };
    // Only `install` may do without commands (*documented*: "required" in the others).
    let list = match phase {
        Phase::Install => fields.take("commands"),
        Phase::PreBuild | Phase::Build | Phase::PostBuild => Some(fields.require("commands")?),
    };
    let list = list.map(|field| commands("Commands", &field)).transpose()?.unwrap_or_default();
    let finally = fields.take("finally").map(|field| commands("Finally", &field)).transpose()?.unwrap_or_default();
    fields.end()?;
    Ok(PhaseSpec { phase, commands: list, finally, on_failure, runtime_versions: runtimes.unwrap_or_default() })
}

fn on_failure(field: &Field<'_>) -> Read<OnFailure> {
    match field.text()?.as_str() {
        "ABORT" => Ok(OnFailure::Abort),
        "CONTINUE" => Ok(OnFailure::Continue),
        retry if retry.starts_with("RETRY") => Err(field.not_emulated("RETRY is not emulated")),
        other => Err(field.invalid(&format!("must be ABORT or CONTINUE, not `{other}`"))),
    }
}

/// `echo a: b` without quotes is a mapping; the wording of that fault is *recorded* for the first command of a list,
/// where the second line is both the key's and the one before. That it is the one before is *assumed*.
fn commands(list: &str, field: &Field<'_>) -> Read<Vec<String>> {
    let items = field.items()?;
    let texts = items.iter().enumerate().map(|(index, item)| match &item.node.value {
        Value::Scalar(text) if text.contains('\0') => Err(item.invalid("a command cannot contain a NUL character")),
        Value::Scalar(text) => Ok(text.clone()),
        Value::Null => Err(item.invalid("the command is empty")),
        Value::List(_) => Err(item.invalid("a command must be text, not a list")),
        Value::Map(_) => Err(BuildspecFault {
            message: format!(
                "Expected {list}[{index}] to be of string type: found subkeys instead at line {}, value of the key \
                 tag on line {} might be empty",
                item.at.line,
                item.at.line.saturating_sub(1)
            ),
            ..item.invalid("")
        }),
    });
    texts.collect()
}

fn texts_by_name(field: &Field<'_>) -> Read<Vec<(String, String)>> {
    field.pairs()?.into_iter().map(|(name, value)| Ok((name, value.text()?))).collect()
}

fn reports(field: &Field<'_>) -> Read<Vec<Report>> {
    field.pairs()?.into_iter().map(|(group, field)| report(group, &field)).collect()
}

fn report(group: String, field: &Field<'_>) -> Read<Report> {
    let mut fields = Fields::of(&field.path, field.node)?;
    let set = file_set(&mut fields, false)?;
    let file_format = match fields.take("file-format") {
        None => "JUNITXML".to_owned(),
        Some(field) => {
            let format = field.text()?.to_ascii_uppercase();
            if !FORMATS.contains(&format.as_str()) {
                return Err(field.invalid(&format!("unknown format; known: {}", FORMATS.join(", "))));
            }
            format
        }
    };
    fields.end()?;
    Ok(Report { group, set, file_format })
}

fn artifacts(field: &Field<'_>, primary: bool) -> Read<Artifacts> {
    let mut fields = Fields::of(&field.path, field.node)?;
    let set = file_set(&mut fields, true)?;
    let name = fields.take("name").map(|field| field.text()).transpose()?;
    let s3_prefix = fields.take("s3-prefix").map(|field| field.text()).transpose()?;
    if let Some(field) = fields.take("enable-symlinks")
        && field.flag()?
    {
        return Err(field.not_emulated("keeping links is not emulated"));
    }
    let secondary = match primary.then(|| fields.take("secondary-artifacts")).flatten() {
        None => Vec::new(),
        Some(field) => {
            let pairs = field.pairs()?.into_iter();
            pairs.map(|(id, field)| Ok((id, artifacts(&field, false)?))).collect::<Read<Vec<_>>>()?
        }
    };
    fields.end()?;
    Ok(Artifacts { set, name, s3_prefix, secondary })
}

fn file_set(fields: &mut Fields<'_>, excludes: bool) -> Read<FileSet> {
    let files = fields.require("files")?;
    let list = files.texts()?;
    if list.is_empty() {
        return Err(files.invalid("names no file"));
    }
    let exclude_paths = match excludes.then(|| fields.take("exclude-paths")).flatten() {
        None => Vec::new(),
        Some(field) if matches!(field.node.value, Value::List(_)) => field.texts()?,
        Some(field) => vec![field.text()?],
    };
    Ok(FileSet {
        files: list,
        base_directory: fields.take("base-directory").map(|field| field.text()).transpose()?,
        discard_paths: fields.take("discard-paths").map(|field| field.flag()).transpose()?.unwrap_or_default(),
        exclude_paths,
    })
}

fn cache(field: &Field<'_>) -> Read<Cache> {
    let mut fields = Fields::of(&field.path, field.node)?;
    let key = fields.take("key").map(|field| field.text()).transpose()?;
    let fallback_keys = fields.take("fallback-keys").map(|field| field.texts()).transpose()?.unwrap_or_default();
    let action = match fields.take("action") {
        None => None,
        Some(field) => match field.text()?.as_str() {
            known @ ("restore" | "save") => Some(known.to_owned()),
            other => return Err(field.invalid(&format!("must be restore or save, not `{other}`"))),
        },
    };
    let paths = fields.take("paths").map(|field| field.texts()).transpose()?.unwrap_or_default();
    fields.end()?;
    Ok(Cache { key, fallback_keys, action, paths })
}
