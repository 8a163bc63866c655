//! Standard output and files.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::Path;

use stockade_report::{Report, Style, concise, full, json, summary};

use crate::args::Format;

/// Prints `text`; a reader that has gone away is no error.
///
/// # Errors
/// When standard output cannot be written.
pub(crate) fn print(text: &str) -> Result<(), String> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(format!("standard output: {error}")),
        _ => Ok(()),
    }
}

/// Writes `text` to `path` whole or not at all.
///
/// # Errors
/// When the file cannot be written; the message names it.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), String> {
    let fail = |error: io::Error| format!("{}: {error}", path.display());
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(fail)?;
    file.write_all(text.as_bytes()).map_err(fail)?;
    if let Ok(metadata) = std::fs::metadata(path) {
        file.as_file().set_permissions(metadata.permissions()).map_err(fail)?;
    }
    file.persist(path).map_err(|error| fail(error.error))?;
    Ok(())
}

/// Renders a report; `style` is for the formats that people read.
pub(crate) fn render(report: &Report<'_>, format: Format, style: Style) -> String {
    match format {
        Format::Full => full(report, style) + &summary(report),
        Format::Concise => concise(report) + &summary(report),
        Format::Json => json(report),
    }
}

/// How standard output wants its text: colour only on a terminal, and never with `NO_COLOR`.
pub(crate) fn stdout_style() -> Style {
    let terminal = io::stdout().is_terminal();
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let width = terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0));
    Style { color: terminal && !plain && !dumb, unicode: !dumb, width: width.clamp(60, 160) }
}

/// How a file wants its text.
pub(crate) fn file_style() -> Style {
    Style { color: false, unicode: true, width: 100 }
}
