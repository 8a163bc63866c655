//! `stockade plan`.

use std::fmt::Write;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use stockade_analysis::{
    Disagreement, Input, MANIFEST, Options, PlanAnalysis, Role, Variables, analyse_plan, is_configuration,
};
use stockade_report::Report;
use stockade_source::{Sources, decode};

use crate::args::{Format, ReportArgs};
use crate::check::conclude;
use crate::discover::discover;
use crate::progress::Progress;
use crate::{output, select};

/// Plans over this size are not read.
const MAX_PLAN: u64 = 1024 * 1024 * 1024;
/// One file of a saved plan, and all of them.
const MAX_MEMBER: u64 = 16 * 1024 * 1024;
const MAX_MEMBERS: u64 = 256 * 1024 * 1024;
/// How many files a saved plan may hold.
const MAX_FILES: usize = 20_000;

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// A plan or a state as `terraform show -json` prints it; `-` reads it from standard input
    #[arg(value_name = "PLAN.json", value_hint = ValueHint::FilePath)]
    plan: PathBuf,
    /// The folder of the source, for the places of findings; without it the plan's folder or the working directory,
    /// where it declares the plan's resources
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    source: Option<PathBuf>,
    /// The saved plan (`terraform plan -out`), which holds the source
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    plan_file: Option<PathBuf>,
    /// Only findings of what the plan creates or changes
    #[arg(long)]
    changed_only: bool,
    /// List what plan and source do not agree about
    #[arg(long)]
    disagreements: bool,
    #[command(flatten)]
    report: ReportArgs,
}

/// Judges a plan, prints, and says how it went.
///
/// # Errors
/// When the plan, the source or the saved plan cannot be read, or a report cannot be written.
pub(crate) fn plan(args: &PlanArgs) -> Result<u8, String> {
    let registry = stockade_checks::registry();
    let selection = select::selection(&registry, &args.report)?;
    let progress = Progress::new("reading the plan");
    let input = read(&args.plan)?;
    let source = source(args, &input)?;
    let options = Options { registry: &registry, selection, variables: Variables::default() };
    let judged = analyse_plan(&input, &source, &options, args.changed_only);
    drop(progress);
    let PlanAnalysis { analysis, disagreements, source: root } = &judged;
    if root.is_none() && (args.source.is_some() || args.plan_file.is_some()) {
        eprintln!("note: the source declares none of the plan's resources, so that findings stand in the plan");
    }
    let known: Vec<_> = disagreements
        .iter()
        .map(|one| stockade_report::Disagreement {
            address: &one.address,
            attribute: &one.attribute,
            source: &one.source,
            plan: &one.plan,
            span: one.span,
        })
        .collect();
    let render = |report: &Report<'_>, format, style| {
        let text = output::render(&Report { disagreements: Some(&known), ..*report }, format, style);
        match format {
            Format::Json => text,
            _ => text + &listed(disagreements, &analysis.sources, args.disagreements),
        }
    };
    let code = conclude(&args.report, &registry, analysis, render)?;
    // The process ends here: taking the graph apart piece by piece would only cost time.
    std::mem::forget((judged, input, source));
    Ok(code)
}

fn read(path: &Path) -> Result<Input, String> {
    let name = path.to_string_lossy().replace('\\', "/");
    let fail = |error: io::Error| format!("{name}: {error}");
    let mut bytes = vec![];
    if name == "-" {
        io::stdin().take(MAX_PLAN + 1).read_to_end(&mut bytes).map_err(fail)?;
    } else {
        let file = File::open(path).map_err(fail)?;
        let size = file.metadata().map_err(fail)?.len();
        bytes.reserve_exact(usize::try_from(size.min(MAX_PLAN)).unwrap_or_default());
        file.take(MAX_PLAN + 1).read_to_end(&mut bytes).map_err(fail)?;
    }
    if bytes.len() as u64 > MAX_PLAN {
        return Err(format!("{name}: a plan of more than {MAX_PLAN} bytes"));
    }
    let decoded = decode(bytes);
    let path = name.strip_prefix("./").unwrap_or(&name).to_owned();
    Ok(Input { path, text: decoded.text.into(), invalid: decoded.invalid, role: Role::Judged })
}

/// The files that the plan may have been made from.
fn source(args: &PlanArgs, plan: &Input) -> Result<Vec<Input>, String> {
    if let Some(file) = &args.plan_file {
        let prefix = args.source.as_deref().unwrap_or(Path::new(".")).to_string_lossy().replace('\\', "/");
        return saved(file, &prefix).map_err(|error| format!("{}: {error}", file.display()));
    }
    let folder = match &args.source {
        Some(folder) if !folder.is_dir() => return Err(format!("{}: not a folder", folder.display())),
        Some(folder) => folder.clone(),
        None => {
            let beside = Path::new(&plan.path).parent().filter(|folder| !folder.as_os_str().is_empty());
            let near = [beside.unwrap_or(Path::new(".")), Path::new(".")];
            match near.into_iter().find(|folder| has_configuration(folder)) {
                Some(folder) => folder.to_owned(),
                None => return Ok(vec![]),
            }
        }
    };
    let mut found = discover(&[folder])?.inputs;
    found.retain(|input| input.path != plan.path);
    Ok(found)
}

fn has_configuration(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.take(10_000).any(|entry| is_configuration(&entry.file_name().to_string_lossy()))
}

/// The source that a saved plan holds, as the files of the folder `prefix`. Nothing is written anywhere: the paths are
/// names for reports.
fn saved(path: &Path, prefix: &str) -> Result<Vec<Input>, String> {
    let mut archive = zip::ZipArchive::new(File::open(path).map_err(|error| error.to_string())?)
        .map_err(|error| format!("not a saved plan: {error}"))?;
    if archive.len() > MAX_FILES {
        return Err(format!("a saved plan of more than {MAX_FILES} files"));
    }
    let (mut members, mut total) = (vec![], 0);
    for at in 0..archive.len() {
        let member = archive.by_index(at).map_err(|error| error.to_string())?;
        let name = member.name().map_err(|error| error.to_string())?.into_owned();
        let Some(name) = name.strip_prefix("tfconfig/").map(str::to_owned) else { continue };
        let mut bytes = vec![];
        member.take(MAX_MEMBER + 1).read_to_end(&mut bytes).map_err(|error| format!("{name}: {error}"))?;
        total += bytes.len() as u64;
        if bytes.len() as u64 > MAX_MEMBER || total > MAX_MEMBERS {
            return Err(format!("{name}: too big to be source"));
        }
        members.push((name, decode(bytes)));
    }
    let manifest = members.iter().find(|(name, _)| name == "modules.json").map(|(_, decoded)| decoded.text.clone());
    let manifest = manifest.ok_or("not a saved plan: it holds no source")?;
    let modules: serde_json::Value =
        serde_json::from_str(&manifest).map_err(|error| format!("modules.json: {error}"))?;
    let folder = |key: &str| {
        let module = modules.as_array()?.iter().find(|module| module["Key"] == key)?;
        module["Dir"].as_str().map(|dir| join(prefix, &dir.replace('\\', "/")))
    };
    let mut inputs = vec![];
    for (name, decoded) in members {
        let Some((key, file)) = name.strip_prefix("m-").and_then(|name| name.split_once('/')) else { continue };
        if let Some(folder) = folder(key).filter(|_| !file.contains(['/', '\\'])) {
            let text = decoded.text.into();
            inputs.push(Input { path: join(&folder, file), text, invalid: decoded.invalid, role: Role::Judged });
        }
    }
    let text = format!("{{\"Modules\":{manifest}}}").into();
    inputs.push(Input { path: join(prefix, MANIFEST), text, invalid: None, role: Role::Judged });
    Ok(inputs)
}

/// A path without `.` and, as far as it goes, without `..`.
fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = vec![];
    let root = if folder.starts_with('/') || path.starts_with('/') { "/" } else { "" };
    let folder = if path.starts_with('/') { "" } else { folder };
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    format!("{root}{}", parts.join("/"))
}

/// The place of a disagreement: file, line and column.
fn place<'a>(one: &Disagreement, sources: &'a Sources) -> Option<(&'a str, u32, u32)> {
    let source = sources.get(one.span.file)?;
    let at = source.lines().position(source.text(), one.span.start);
    Some((source.path(), at.line, at.column))
}

/// For people; without `all` only how many there are.
fn listed(disagreements: &[Disagreement], sources: &Sources, all: bool) -> String {
    let count = disagreements.len();
    let places = if count == 1 { "place" } else { "places" };
    if !all {
        let more = format!("plan and source disagree in {count} {places}; `--disagreements` lists them\n");
        return if count == 0 { String::new() } else { more };
    }
    let mut out = format!("plan and source disagree in {count} {places}\n");
    for one in disagreements {
        let dot = if one.attribute.is_empty() { "" } else { "." };
        let what = format!("{}{dot}{}", one.address, one.attribute);
        let at =
            place(one, sources).map_or_else(String::new, |(path, line, column)| format!("{path}:{line}:{column}: "));
        // Writing to a String cannot fail.
        let _ = writeln!(out, "  {at}{what}: the source says {}, the plan says {}", one.source, one.plan);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_archives_become_plain_paths() {
        assert_eq!(join(".", "modules/a"), "modules/a");
        assert_eq!(join("envs/prod", "../../modules/a"), "modules/a");
        assert_eq!(join(".", "../a"), "../a");
        assert_eq!(join("x", "/a/../b"), "/b");
    }
}
