//! The command line.

use std::path::PathBuf;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use stockade_engine::Severity;

/// A linter for whole infrastructure repositories: Terraform, Kubernetes, Dockerfiles and Ansible in one graph.
#[derive(Debug, Parser)]
#[command(name = "stockade", version, args_conflicts_with_subcommands = true, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) check: CheckArgs,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  nothing at or over the threshold
  1  findings at or over the threshold (`--fail-on`)
  2  wrong use
  3  incomplete: something could not be read or parsed, or there was nothing to scan";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lint files and folders (the default command)
    Check(Box<CheckArgs>),
    /// Lint a Terraform plan before it is applied
    Plan(Box<crate::plan::PlanArgs>),
    /// List every rule
    Rules(RulesArgs),
    /// Show the page of a rule
    Explain {
        /// The id of a rule, or another tool's id for it (`checkov:CKV_AWS_20`, `DL3002`)
        rule: String,
    },
    /// Print the resource graph
    Graph(Box<GraphArgs>),
    /// Run the examples of check pages; without a path those of the built-in ones
    Test {
        /// Pages, or folders of pages
        #[arg(value_hint = ValueHint::AnyPath)]
        paths: Vec<PathBuf>,
    },
    /// Run the language server on standard input and output
    Lsp,
    /// Print a script that completes commands in a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Files and folders; `-` reads one manifest or Dockerfile from standard input
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
    #[command(flatten)]
    pub(crate) variables: VariableArgs,
    /// Apply the safe fixes
    #[arg(long)]
    pub(crate) fix: bool,
    /// With `--fix` or `--diff`: the fixes that need a person's look too
    #[arg(long)]
    pub(crate) r#unsafe: bool,
    /// Show what `--fix` would change, and change nothing
    #[arg(long, conflicts_with = "fix")]
    pub(crate) diff: bool,
}

/// Which rules run, how their findings are printed, and what the exit code says of them.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// How findings are printed
    #[arg(long, value_enum, default_value_t = Format::Full)]
    pub(crate) format: Format,
    /// Write a report to a file as well
    #[arg(long, value_name = "FORMAT=FILE", value_parser = output)]
    pub(crate) output: Vec<(Format, PathBuf)>,
    /// Read no configuration file
    #[arg(long)]
    pub(crate) no_config: bool,
    /// Only these rules: ids, or patterns such as `aws-s3-*`
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(crate) select: Vec<String>,
    /// Without these rules: ids, or patterns such as `aws-s3-*`
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// Leave out findings below this severity
    #[arg(long, value_name = "SEVERITY", default_value = "info")]
    pub(crate) min_severity: Severity,
    /// Exit with 1 for findings of this severity or worse
    #[arg(long, value_name = "SEVERITY", default_value = "low")]
    pub(crate) fail_on: Severity,
    /// Exit with 0 or 1 even when something could not be read
    #[arg(long)]
    pub(crate) allow_incomplete: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    /// How the rules are printed
    #[arg(long, value_enum, default_value_t = RulesFormat::Table)]
    pub(crate) format: RulesFormat,
}

#[derive(Debug, Args)]
pub(crate) struct GraphArgs {
    /// Files and folders; `-` reads one manifest or Dockerfile from standard input
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
    /// How the graph is printed
    #[arg(long, value_enum, default_value_t = GraphFormat::Json)]
    pub(crate) format: GraphFormat,
    /// Only resources of these kinds
    #[arg(long)]
    pub(crate) kind: Vec<String>,
    /// Only resources of these projects
    #[arg(long)]
    pub(crate) project: Vec<String>,
    /// The items of views too
    #[arg(long)]
    pub(crate) views: bool,
    #[command(flatten)]
    pub(crate) variables: VariableArgs,
}

/// What is given to Terraform's variables and Helm's values, over what these read by themselves.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Terraform's variables")]
pub(crate) struct VariableArgs {
    /// A file with values for variables; of several values of a variable the last one counts
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) var_file: Vec<PathBuf>,
    /// The value of a variable, as `terraform plan -var` takes it
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = assignment)]
    pub(crate) values: Vec<(String, String)>,
    /// Read variables from the environment (`TF_VAR_NAME`)
    #[arg(long)]
    pub(crate) env: bool,
    /// The workspace that is selected
    #[arg(long, value_name = "NAME")]
    pub(crate) workspace: Option<String>,
    /// Judge each `--var-file` as an environment of its own, named after the file
    #[arg(long, requires = "var_file")]
    pub(crate) matrix: bool,
    /// A values file for every chart, over its own `values.yaml`; of several the last one counts
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Helm's values")]
    pub(crate) helm_values: Vec<PathBuf>,
    /// Values for every chart, as `helm --set` takes them
    #[arg(long, value_name = "PATH=VALUE", help_heading = "Helm's values")]
    pub(crate) helm_set: Vec<String>,
    /// Where the files and the values stood on the command line, in their orders.
    #[arg(skip)]
    pub(crate) order: Order,
}

/// The positions of arguments on the command line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Order {
    pub(crate) files: Vec<usize>,
    pub(crate) values: Vec<usize>,
}

impl Cli {
    /// Reads the command line of this process; ends it where that is malformed.
    pub(crate) fn read() -> Self {
        let matches = Cli::command().get_matches();
        let mut cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        let within = matches.subcommand().map_or(&matches, |(_, matches)| matches);
        let variables = match &mut cli.command {
            None => Some(&mut cli.check.variables),
            Some(Command::Check(args)) => Some(&mut args.variables),
            Some(Command::Graph(args)) => Some(&mut args.variables),
            Some(_) => None,
        };
        if let Some(variables) = variables {
            let indices = |name: &str| within.indices_of(name).map(Iterator::collect).unwrap_or_default();
            variables.order = Order { files: indices("var_file"), values: indices("values") };
        }
        cli
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// The source around each finding, with labels and help
    Full,
    /// One line a finding
    Concise,
    /// One JSON object
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RulesFormat {
    /// One line a rule
    Table,
    /// One JSON list
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// One JSON object
    Json,
    /// The language of Graphviz
    Dot,
    /// A picture
    Svg,
    /// A page to search, fold and read the picture, without anything from elsewhere
    Html,
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE, as in region=eu-west-1")?;
    if name.trim().is_empty() {
        return Err("the name is missing".into());
    }
    Ok((name.trim().to_owned(), value.to_owned()))
}

fn output(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, file) = text.split_once('=').ok_or("expected FORMAT=FILE, as in json=report.json")?;
    if file.is_empty() {
        return Err("the file is missing".into());
    }
    Ok((Format::from_str(format, false)?, PathBuf::from(file)))
}
