//! The command line of Stockade: arguments, walking the disk, exit codes.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is the one place that prints")]

mod archive;
mod args;
mod check;
mod discover;
mod fix;
mod named;
mod output;
mod pages;
mod plan;
mod progress;
mod select;

use std::process::ExitCode;

use clap::CommandFactory;
use stockade_engine::Selection;
use stockade_report::{GraphFilter, dot, graph_json, html, rule_page, rules_json, rules_table, svg};

use args::{Cli, Command, GraphArgs, GraphFormat, RulesFormat};
use check::Run;

/// Trees and values are many small allocations from many threads; the system's allocator took a third of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Nothing at or over the threshold.
const CLEAN: u8 = 0;
/// Findings at or over the threshold.
const FOUND: u8 = 1;
/// Wrong use.
const USAGE: u8 = 2;
/// Something could not be read, or there was nothing to scan.
const INCOMPLETE: u8 = 3;

/// Syntax trees nest as deep as their parsers allow; the walkers of a debug build need room for it.
const STACK: usize = 16 * 1024 * 1024;

fn main() -> ExitCode {
    let cli = Cli::read();
    let pool = match rayon::ThreadPoolBuilder::new().stack_size(STACK).build() {
        Ok(pool) => pool,
        Err(error) => return usage(&format!("cannot start threads: {error}")),
    };
    match pool.install(|| run(cli)) {
        Ok(code) => ExitCode::from(code),
        Err(message) => usage(&message),
    }
}

fn usage(message: &str) -> ExitCode {
    eprintln!("error: {message}");
    ExitCode::from(USAGE)
}

/// Runs a command; an error is wrong use, or a file that cannot be written.
fn run(cli: Cli) -> Result<u8, String> {
    match cli.command {
        None => check::check(&cli.check),
        Some(Command::Check(args)) => check::check(&args),
        Some(Command::Plan(args)) => plan::plan(&args),
        Some(Command::Rules(args)) => {
            let registry = stockade_checks::registry();
            output::print(&match args.format {
                RulesFormat::Table => rules_table(&registry),
                RulesFormat::Json => rules_json(&registry),
            })?;
            Ok(CLEAN)
        }
        Some(Command::Explain { rule }) => {
            let registry = stockade_checks::registry();
            output::print(&rule_page(select::find(&registry, &rule)?))?;
            Ok(CLEAN)
        }
        Some(Command::Graph(args)) => graph(&args),
        Some(Command::Test { paths }) => pages::test(&paths),
        Some(Command::Lsp) => stockade_lsp::serve().map(|()| CLEAN).map_err(|error| error.to_string()),
        Some(Command::Completions { shell }) => {
            let mut script = vec![];
            clap_complete::generate(shell, &mut Cli::command(), "stockade", &mut script);
            output::print(&String::from_utf8_lossy(&script))?;
            Ok(CLEAN)
        }
    }
}

fn graph(args: &GraphArgs) -> Result<u8, String> {
    let registry = stockade_checks::registry();
    let analysis = Run::new(&args.paths, &args.variables, &registry, Selection::default())?.analyse();
    let filter = GraphFilter { kinds: args.kind.clone(), projects: args.project.clone(), views: args.views };
    output::print(&match args.format {
        GraphFormat::Json => graph_json(&analysis.graph, &analysis.sources, &filter),
        GraphFormat::Dot => dot(&analysis.graph, &analysis.sources, &filter),
        GraphFormat::Svg => svg(&analysis.graph, &analysis.sources, &filter),
        GraphFormat::Html => html(&analysis.graph, &analysis.sources, &filter),
    })?;
    for one in &analysis.account.incomplete {
        eprintln!("incomplete: {}: {}", one.path, one.reason);
    }
    Ok(if analysis.account.is_empty() || !analysis.account.incomplete.is_empty() { INCOMPLETE } else { CLEAN })
}
