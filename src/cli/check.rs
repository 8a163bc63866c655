//! `stockade check`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use stockade_analysis::{Analysis, Given, Options, Values, Variables};
use stockade_engine::{Registry, Selection, Severity};
use stockade_report::{Report, Style};
use stockade_source::LineIndex;

use crate::args::{CheckArgs, Format, ReportArgs, VariableArgs};
use crate::discover::{Found, discover};
use crate::progress::Progress;
use crate::{CLEAN, FOUND, INCOMPLETE, fix, output, select};

/// What a run reads, and how it judges it.
pub(crate) struct Run<'r> {
    pub(crate) found: Found,
    pub(crate) options: Options<'r>,
}

impl<'r> Run<'r> {
    /// Reads everything that `paths` name.
    ///
    /// # Errors
    /// When a path or a variables file cannot be read.
    pub(crate) fn new(
        paths: &[PathBuf],
        variables: &VariableArgs,
        registry: &'r Registry,
        selection: Selection,
    ) -> Result<Self, String> {
        let options = Options { registry, selection, variables: given(variables)? };
        Ok(Run { found: discover(paths)?, options })
    }

    /// Judges it.
    pub(crate) fn analyse(&self) -> Analysis {
        self.account(stockade_analysis::analyse(&self.found.inputs, &self.options))
    }

    /// Adds to an analysis what the walk passed over and could not read.
    fn account(&self, mut analysis: Analysis) -> Analysis {
        self.found.add_to(&mut analysis.account);
        analysis
    }
}

/// What the command line and, when asked, the environment give to variables and values.
///
/// # Errors
/// When a file with them cannot be read.
pub(crate) fn given(args: &VariableArgs) -> Result<Variables, String> {
    let at = |order: &[usize], nth: usize| order.get(nth).copied().unwrap_or(usize::MAX);
    let mut given = vec![];
    for (nth, path) in args.var_file.iter().enumerate() {
        let (path, text) = whole(path)?;
        given.push((at(&args.order.files, nth), Given::File { path, text }));
    }
    for (nth, (name, text)) in args.values.iter().enumerate() {
        given.push((at(&args.order.values, nth), Given::Value { name: name.clone(), text: text.clone() }));
    }
    given.sort_by_key(|(at, _)| *at);
    let mut environment: Vec<(String, String)> = vec![];
    if args.env {
        let variable = |(name, value): (OsString, OsString)| {
            Some((name.to_str()?.strip_prefix("TF_VAR_")?.to_owned(), value.to_str()?.to_owned()))
        };
        environment = std::env::vars_os().filter_map(variable).collect();
        environment.sort();
    }
    Ok(Variables {
        environment,
        given: given.into_iter().map(|(_, given)| given).collect(),
        workspace: args.workspace.clone(),
        matrix: args.matrix,
        helm: Values {
            files: args.helm_values.iter().map(|path| whole(path)).collect::<Result<_, _>>()?,
            set: args.helm_set.clone(),
        },
    })
}

/// A file that the command line names: its path as in reports, and its text.
fn whole(path: &Path) -> Result<(String, Arc<str>), String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok((path.to_string_lossy().replace('\\', "/"), text.into()))
}

/// Lints, prints, and says how it went.
///
/// # Errors
/// When the arguments name something that is not there, or a report cannot be written.
pub(crate) fn check(args: &CheckArgs) -> Result<u8, String> {
    let registry = stockade_checks::registry();
    let selection = select::selection(&registry, &args.report)?;
    let progress = Progress::new("scanning");
    let run = Run::new(&args.paths, &args.variables, &registry, selection)?;
    let mut analysis = run.analyse();
    if args.fix || args.diff {
        let fixed = stockade_analysis::fix(&run.found.inputs, &analysis, &run.options, args.r#unsafe);
        drop(progress);
        if args.diff {
            output::print(&fix::diff(&run.found.inputs, &fixed))?;
            return Ok(if fixed.texts.is_empty() { CLEAN } else { FOUND });
        }
        fix::write(&fixed)?;
        fix::announce(&fixed);
        analysis = run.account(fixed.analysis);
    } else {
        drop(progress);
    }
    let code = conclude(&args.report, &registry, &analysis, output::render)?;
    // The process ends here: taking the graph apart piece by piece would only cost time.
    std::mem::forget((analysis, run));
    Ok(code)
}

/// Says which check pages do not load.
fn complain(registry: &Registry, analysis: &Analysis) {
    for page in &analysis.page_errors {
        let text = registry.pages().get(page.page).map_or("", |page| page.text.as_ref());
        let lines = LineIndex::new(text);
        for error in &page.errors {
            let at = lines.position(text, error.span.start);
            eprintln!("error: {}:{}:{}: {}", page.path, at.line, at.column, error.message);
        }
    }
}

/// Says which pages do not load, writes the reports that were asked for, prints one, and gives the exit code of the
/// contract.
///
/// # Errors
/// When a report cannot be written.
pub(crate) fn conclude(
    args: &ReportArgs,
    registry: &Registry,
    analysis: &Analysis,
    render: impl Fn(&Report<'_>, Format, Style) -> String,
) -> Result<u8, String> {
    complain(registry, analysis);
    let report = Report {
        sources: &analysis.sources,
        registry,
        findings: &analysis.findings,
        undetermined: &analysis.undetermined,
        account: &analysis.account,
        disagreements: None,
    };
    for (format, path) in &args.output {
        output::write(path, &render(&report, *format, output::file_style()))?;
    }
    output::print(&render(&report, args.format, output::stdout_style()))?;
    Ok(exit_code(analysis, args.fail_on, args.allow_incomplete))
}

fn exit_code(analysis: &Analysis, fail_on: Severity, allow_incomplete: bool) -> u8 {
    let account = &analysis.account;
    if account.is_empty() && account.incomplete.is_empty() {
        eprintln!("nothing to scan: no Terraform, Kubernetes, Dockerfile or Ansible file was found");
    }
    let complete = account.incomplete.is_empty() && !account.is_empty();
    if analysis.findings.iter().any(|finding| finding.severity >= fail_on) {
        FOUND
    } else if complete || allow_incomplete {
        CLEAN
    } else {
        INCOMPLETE
    }
}
