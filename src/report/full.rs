//! Findings with their source around them, for a terminal.

use std::fmt;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents,
};
use stockade_engine::{Finding, Label, Safety, Severity};
use stockade_source::{Source, Span};

use crate::Report;

/// How a terminal wants its text.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether colours are wanted.
    pub color: bool,
    /// Whether boxes may be drawn with more than ASCII.
    pub unicode: bool,
    /// The number of columns.
    pub width: usize,
}

/// Lines longer than this are shown through a window around the label: plan files are one line.
const LONG_LINE: usize = 4096;
/// How much of a long line is shown on either side.
const WINDOW: usize = 120;

/// Every finding with its source, labels, provenance and help.
pub fn full(report: &Report<'_>, style: Style) -> String {
    let theme = match (style.color, style.unicode) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::ascii(),
        (false, true) => GraphicalTheme::unicode_nocolor(),
        (false, false) => GraphicalTheme::none(),
    };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(style.width).with_context_lines(1);
    let mut out = String::new();
    for finding in report.findings {
        let shown = Shown::new(report, finding);
        if handler.render_report(&mut out, &shown).is_err() {
            // Rendering into a String fails only where miette cannot read a span, which a plain line can do without.
            out.push_str(&crate::concise(&Report { findings: std::slice::from_ref(finding), ..*report }));
        }
        out.push('\n');
    }
    out
}

/// One finding as miette sees it: one source, its labels, and further sources as related diagnostics.
struct Shown<'a> {
    code: Option<&'a str>,
    severity: miette::Severity,
    message: String,
    help: Option<String>,
    snippet: Option<Snippet<'a>>,
    labels: Vec<LabeledSpan>,
    related: Vec<Shown<'a>>,
}

impl<'a> Shown<'a> {
    fn new(report: &Report<'a>, finding: &'a Finding) -> Self {
        let source = report.sources.get(finding.primary.file);
        let snippet = source.map(Snippet);
        let mut labels = vec![];
        if let Some(source) = source {
            let shows = Some(finding.shows.as_str()).filter(|shows| !shows.is_empty());
            labels.push(LabeledSpan::new_primary_with_span(
                shows.map(str::to_owned),
                *label(source, finding.primary, None).inner(),
            ));
        }
        let mut related = vec![];
        for other in &finding.related {
            match report.sources.get(other.span.file) {
                Some(source) if other.span.file == finding.primary.file && !on_long_line(source, other.span) => {
                    labels.push(label(source, other.span, Some(&other.text)));
                }
                Some(source) => related.push(Shown::elsewhere(source, other)),
                None => {}
            }
        }
        Shown {
            code: Some(&finding.rule),
            severity: match finding.severity {
                Severity::Critical | Severity::High => miette::Severity::Error,
                Severity::Medium => miette::Severity::Warning,
                Severity::Low | Severity::Info => miette::Severity::Advice,
            },
            message: format!("{}: {}", finding.severity, finding.message),
            help: help(finding),
            snippet,
            labels,
            related,
        }
    }

    fn elsewhere(source: &'a Source, other: &'a Label) -> Self {
        Shown {
            code: None,
            severity: miette::Severity::Advice,
            message: other.text.clone(),
            help: None,
            snippet: Some(Snippet(source)),
            labels: vec![label(source, other.span, None)],
            related: vec![],
        }
    }
}

fn help(finding: &Finding) -> Option<String> {
    let mut lines = vec![];
    if let Some(fix) = &finding.fix {
        lines.push(match fix.safety {
            Safety::Safe => format!("{} (`--fix` does it)", fix.title),
            Safety::Unsafe => format!("{} (`--fix --unsafe` does it)", fix.title),
        });
    }
    if finding.instances.len() > 1 {
        let named: Vec<&str> = finding.instances.iter().take(5).map(AsRef::as_ref).collect();
        let more = finding.instances.len().saturating_sub(named.len());
        let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
        lines.push(format!("it holds of {} instances: {}{tail}", finding.instances.len(), named.join(", ")));
    }
    if !finding.environments.is_empty() {
        lines.push(format!("only in {}", finding.environments.join(", ")));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// The label of `span`, cut at the end of its first line: the whole of a block says less than its header.
fn label(source: &Source, span: Span, text: Option<&str>) -> LabeledSpan {
    let slice = span.text(source.text());
    let len = slice.find(['\n', '\r']).unwrap_or(slice.len()).min(LONG_LINE);
    // A label without any width is dropped by miette at the end of a text.
    let text = text.map(str::to_owned);
    LabeledSpan::new(text, span.start as usize, slice.floor_char_boundary(len))
}

fn on_long_line(source: &Source, span: Span) -> bool {
    let line = source.lines().line(span.start);
    let start = source.lines().start(line).unwrap_or(0) as usize;
    let end = source.lines().start(line + 1).map_or(source.text().len(), |next| next as usize);
    end - start > LONG_LINE
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn code<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.code.map(|code| Box::new(code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.snippet.as_ref().map(|snippet| snippet as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }

    fn related<'b>(&'b self) -> Option<Box<dyn Iterator<Item = &'b dyn Diagnostic> + 'b>> {
        if self.related.is_empty() {
            return None;
        }
        Some(Box::new(self.related.iter().map(|shown| shown as &dyn Diagnostic)))
    }
}

/// A source whose lines are found by its index. miette's own sources scan the text from its start for every
/// label, and a label far along a long line makes it panic.
struct Snippet<'a>(&'a Source);

impl SourceCode for Snippet<'_> {
    fn read_span<'b>(
        &'b self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'b> + 'b>, MietteError> {
        let (text, lines) = (self.0.text(), self.0.lines());
        let offset = |at: usize| u32::try_from(at).map_err(|_| MietteError::OutOfBounds);
        let (from, to) = (offset(span.offset())?, offset(span.offset() + span.len())?);
        if to as usize > text.len() {
            return Err(MietteError::OutOfBounds);
        }
        let first = lines.line(from).saturating_sub(offset(before)?);
        let last = lines.line(to).saturating_add(offset(after)?).min(lines.count() - 1);
        // Without context, what is asked for is the place itself: miette prints its line and column.
        let start = if before == 0 { from } else { lines.start(first).unwrap_or(0) };
        let mut start = start as usize;
        let mut end = lines.start(last + 1).map_or(text.len(), |next| next as usize);
        let mut line = if before == 0 { lines.line(from) } else { first };
        if end - start > LONG_LINE {
            start = text.floor_char_boundary((from as usize).saturating_sub(WINDOW).max(start));
            end = text.ceil_char_boundary((to as usize + WINDOW).min(end));
            line = lines.line(offset(start)?);
        }
        let column = lines.position(text, offset(start)?).column.saturating_sub(1) as usize;
        Ok(Box::new(MietteSpanContents::new_named(
            self.0.path().to_owned(),
            &text.as_bytes()[start..end],
            (start, end - start).into(),
            line as usize,
            column,
            (last - first + 1) as usize,
        )))
    }
}
