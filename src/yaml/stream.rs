//! A YAML stream to documents.

use std::collections::HashSet;

use compact_str::CompactString;
use granit_parser::{Event, Parser, ScalarStyle, ScanError, StructureStyle};
use stockade_source::{FileId, SyntaxError};

use crate::{Document, Entry, MAX_DEPTH, MAX_ERRORS, Node, NodeKind, Scalar, Style, Tag, link, span};

/// The byte order mark of UTF-8.
const BOM: &str = "\u{feff}";

/// Reads every document of `text`, which spans can address.
pub(crate) fn parse(file: FileId, text: &str) -> (Vec<Document>, Vec<SyntaxError>) {
    let mut options = granit_parser::options! {
        emit_anchor_events: true,
        emit_unresolved_aliases: true,
        bom_inside_document_as_content: true,
        block_scalar_eof_without_line_feed: true,
    };
    options.set_emit_comments(false);
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut reader = Reader::new(file, text);
    let mut failed_at = None;
    while let Some(next) = parser.next_event() {
        let fault = match next {
            Ok((event, at)) => {
                let place = at.byte_range().unwrap_or(reader.last..reader.last);
                let tag = at.tag_span().and_then(|tag| tag.byte_range());
                match reader.event(event, place.start, place.end, tag) {
                    Ok(()) => continue,
                    Err(fault) => fault,
                }
            }
            Err(error) => Fault { at: error.marker().byte_offset().unwrap_or(text.len()), message: message(&error) },
        };
        reader.fail(&fault);
        // Each error must lie behind the one before, or reading would never end.
        let moved = failed_at.replace(fault.at).is_none_or(|before| fault.at > before);
        if !moved || !matches!(parser.proceed_next_document(), Ok(true)) {
            break;
        }
    }
    reader.finish()
}

/// What is wrong and where; ends its document.
struct Fault {
    at: usize,
    message: String,
}

/// A collection that is being read.
struct Open {
    start: usize,
    /// Where its children start in [`Reader::nodes`]; a mapping's are keys and values in turn.
    first: usize,
    mapping: bool,
    flow: bool,
    tag: Option<Box<Tag>>,
    anchor: Option<CompactString>,
}

/// What the next node is to the collection that it stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Root,
    Item,
    Key,
    Value,
}

struct Reader<'t> {
    file: FileId,
    text: &'t str,
    documents: Vec<Document>,
    errors: Vec<SyntaxError>,
    /// Where the document that is being read starts, behind its `---`.
    document: Option<usize>,
    /// Whether text was left out since the last token: an error was met.
    resumed: bool,
    /// Finished nodes of collections that are not finished.
    nodes: Vec<Node>,
    open: Vec<Open>,
    /// The end of the last token that an event told of.
    last: usize,
    /// The names of the aliases of this document.
    aliases: HashSet<CompactString>,
    /// The last stretch of blanks and comments that was skipped: nested nodes may ask for the same one.
    skipped: (usize, usize),
}

impl<'t> Reader<'t> {
    fn new(file: FileId, text: &'t str) -> Self {
        Reader {
            file,
            text,
            documents: Vec::new(),
            errors: Vec::new(),
            document: None,
            resumed: false,
            nodes: Vec::new(),
            open: Vec::new(),
            last: if text.starts_with(BOM) { BOM.len() } else { 0 },
            aliases: HashSet::new(),
            skipped: (usize::MAX, 0),
        }
    }

    fn event(
        &mut self,
        event: Event<'t>,
        start: usize,
        end: usize,
        tag: Option<std::ops::Range<usize>>,
    ) -> Result<(), Fault> {
        match event {
            Event::Scalar(text, style, anchor, written) => {
                let bare = tag.is_none() && written.is_none() && anchor == 0;
                let tag = self.tag(tag);
                let node = match style {
                    ScalarStyle::Plain if start == end => self.empty(start, bare),
                    ScalarStyle::Literal => self.block_scalar(text.into(), Style::Literal, start, end),
                    ScalarStyle::Folded => self.block_scalar(text.into(), Style::Folded, start, end),
                    ScalarStyle::Plain => self.scalar(text.into(), Style::Plain, start, end),
                    ScalarStyle::SingleQuoted => self.scalar(text.into(), Style::Single, start, end),
                    ScalarStyle::DoubleQuoted => self.scalar(text.into(), Style::Double, start, end),
                };
                self.push(Node { tag, ..node });
            }
            Event::SequenceStart(style, _, _) => self.start(false, style, start, tag)?,
            Event::MappingStart(style, _, _) => self.start(true, style, start, tag)?,
            Event::SequenceEnd | Event::MappingEnd => self.close((start < end).then_some(end)),
            Event::Anchor(_, name) => {
                // The event follows its node: a scalar is finished, a collection has only been opened.
                let opened = self.open.last_mut().filter(|open| open.first == self.nodes.len());
                let anchor = match opened {
                    Some(open) => Some(&mut open.anchor),
                    None => self.nodes.last_mut().map(|node| &mut node.anchor),
                };
                if let Some(anchor) = anchor {
                    *anchor = Some(name.into());
                }
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                let name = CompactString::from(self.text.get(start + 1..end).unwrap_or_default());
                self.aliases.insert(name.clone());
                self.push(node(NodeKind::Alias(name, None), span(self.file, start, end)));
            }
            Event::DocumentStart(explicit, _) => self.start_document(explicit, start, end),
            Event::DocumentEnd => {
                self.end_document();
                self.last = self.last.max(end);
            }
            _ => {}
        }
        Ok(())
    }

    fn push(&mut self, node: Node) {
        self.last = self.last.max(node.span.end as usize);
        self.nodes.push(node);
    }

    fn tag(&self, at: Option<std::ops::Range<usize>>) -> Option<Box<Tag>> {
        let at = at?;
        let text = CompactString::from(self.text.get(at.clone())?);
        Some(Box::new(Tag { text, span: span(self.file, at.start, at.end) }))
    }

    fn role(&self) -> Role {
        match self.open.last() {
            None => Role::Root,
            Some(open) if !open.mapping => Role::Item,
            Some(open) if (self.nodes.len() - open.first).is_multiple_of(2) => Role::Key,
            Some(_) => Role::Value,
        }
    }

    fn scalar(&self, text: CompactString, style: Style, start: usize, end: usize) -> Node {
        node(NodeKind::Scalar(Scalar { text, style }), span(self.file, start, end))
    }

    /// A node without text. The events give the end of the key before it or the token after it; where
    /// it stands is right behind its indicator.
    fn empty(&mut self, told: usize, bare: bool) -> Node {
        let at = match self.role() {
            Role::Value if bare => {
                let found = self.skip_blank(self.last);
                if self.is_colon_of_innermost(found) { found + 1 } else { self.last }
            }
            Role::Item if bare => {
                let found = self.skip_blank(self.last);
                if self.byte(found) == Some(b'-') { found + 1 } else { told }
            }
            Role::Key if bare => {
                let found = self.skip_blank(self.last);
                if self.byte(found) == Some(b'?') && found < told { found + 1 } else { told }
            }
            _ => told,
        };
        self.scalar(CompactString::default(), Style::Plain, at, at)
    }

    /// Whether at `at`, the first token after a key, stands the `:` of the mapping that is being read,
    /// and not that of one around it or a scalar.
    fn is_colon_of_innermost(&self, at: usize) -> bool {
        let Some(open) = self.open.last().filter(|_| self.byte(at) == Some(b':')) else { return false };
        let next = self.byte(at + 1);
        if open.flow {
            return matches!(next, None | Some(b' ' | b'\t' | b'\r' | b'\n' | b',' | b']' | b'}'));
        }
        let same_line = || !self.text.as_bytes()[self.last..at].iter().any(|byte| matches!(byte, b'\r' | b'\n'));
        matches!(next, None | Some(b' ' | b'\t' | b'\r' | b'\n'))
            && (same_line() || self.column(at) == self.column(open.start))
    }

    /// How many bytes stand before `at` on its line.
    fn column(&self, at: usize) -> usize {
        let before = &self.text.as_bytes()[..at];
        let column = before.iter().rev().take_while(|byte| !matches!(byte, b'\r' | b'\n')).count();
        if column == at && self.text.starts_with(BOM) { column - BOM.len() } else { column }
    }

    /// A block scalar, whose events tell of its content alone.
    fn block_scalar(&mut self, text: CompactString, style: Style, start: usize, end: usize) -> Node {
        let header = self.skip_properties(self.last, true);
        if !matches!(self.byte(header), Some(b'|' | b'>')) {
            return self.scalar(text, style, start, end);
        }
        let indicators = self.text.as_bytes()[header + 1..]
            .iter()
            .take_while(|byte| matches!(byte, b'+' | b'-' | b'0'..=b'9'))
            .count();
        let content = self.text.get(start..end).unwrap_or_default().trim_end_matches([' ', '\t', '\r', '\n']);
        let end = if content.is_empty() || start <= header {
            header + 1 + indicators
        } else {
            let end = start + content.len();
            let blanks = self.text.as_bytes()[end..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            end + blanks
        };
        self.scalar(text, style, header, end)
    }

    fn start(
        &mut self,
        mapping: bool,
        style: StructureStyle,
        start: usize,
        tag: Option<std::ops::Range<usize>>,
    ) -> Result<(), Fault> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Fault { at: start, message: format!("nested deeper than {MAX_DEPTH} levels") });
        }
        let tag = self.tag(tag);
        let flow = style == StructureStyle::Flow;
        let mut start = start;
        if !mapping && !flow && matches!(self.role(), Role::Key | Role::Value) {
            // A sequence that is not indented against its key: the events tell of its first element.
            let dash = self.skip_properties(self.last, false);
            if dash < start && self.byte(dash) == Some(b'-') {
                start = dash;
            }
        }
        self.last =
            self.last.max(if flow && matches!(self.byte(start), Some(b'[' | b'{')) { start + 1 } else { start });
        self.open.push(Open { start, first: self.nodes.len(), mapping, flow, tag, anchor: None });
        Ok(())
    }

    /// Ends the innermost collection, at `end` where it has a bracket there.
    fn close(&mut self, end: Option<usize>) {
        let Some(open) = self.open.pop() else { return };
        let children = self.nodes.drain(open.first..);
        let (mut start, mut last) = (open.start, open.start);
        if let Some(child) = children.as_slice().first() {
            start = start.min(child.span.start as usize);
        }
        if let Some(child) = children.as_slice().last() {
            last = last.max(child.span.end as usize);
        }
        let kind = if open.mapping {
            let mut entries = Vec::with_capacity(children.len() / 2);
            let mut children = children;
            while let (Some(key), Some(value)) = (children.next(), children.next()) {
                entries.push(Entry { key, value });
            }
            NodeKind::Mapping(entries)
        } else {
            NodeKind::Sequence(children.collect())
        };
        let end = end.unwrap_or(last).max(last);
        self.push(Node { kind, span: span(self.file, start, end), tag: open.tag, anchor: open.anchor });
    }

    fn start_document(&mut self, explicit: bool, start: usize, end: usize) {
        let (start, content) = if explicit {
            (start, end)
        } else if self.resumed {
            (start, start)
        } else {
            // Of a block scalar, the event would tell where its content starts.
            let mut content = self.skip_blank(self.last);
            // The end markers of documents that never were, and byte order marks.
            while content < start {
                let rest = &self.text[content..];
                let Some(skipped) = ["...", BOM].iter().find(|mark| rest.starts_with(**mark)) else { break };
                content = self.skip_blank(content + skipped.len());
            }
            (content, content)
        };
        self.end_last_document(start);
        self.resumed = false;
        self.document = Some(content);
        self.last = content;
    }

    /// A document reaches to the start of the next.
    fn end_last_document(&mut self, at: usize) {
        if let Some(before) = self.documents.last_mut() {
            before.span = span(self.file, before.span.start as usize, at);
        }
    }

    fn end_document(&mut self) {
        let Some(start) = self.document.take() else { return };
        while !self.open.is_empty() {
            if self.role() == Role::Value {
                let value = self.empty(self.last, true);
                self.push(value);
            }
            self.close(None);
        }
        let mut root = self.nodes.pop();
        self.nodes.clear();
        if let Some(node) = root.as_mut().filter(|_| !self.aliases.is_empty()) {
            link::link(node, &self.aliases, &mut self.errors);
            self.aliases.clear();
        }
        let root = root.filter(|node| !(node.span.is_empty() && node.tag.is_none() && node.anchor.is_none()));
        let start = root.as_ref().map_or(start, |node| self.skip_blank(start).min(node.span.start as usize));
        self.documents.push(Document { root, span: span(self.file, start, self.last.max(start)) });
    }

    fn fail(&mut self, fault: &Fault) {
        let start = self.text.floor_char_boundary(fault.at.min(self.text.len()));
        let len = self.text[start..].chars().next().filter(|c| !matches!(c, '\r' | '\n')).map_or(0, char::len_utf8);
        self.errors.push(SyntaxError::new(span(self.file, start, start + len), fault.message.as_str()));
        self.end_document();
        self.resumed = true;
        self.errors.truncate(MAX_ERRORS);
    }

    fn finish(mut self) -> (Vec<Document>, Vec<SyntaxError>) {
        self.end_document();
        self.end_last_document(self.text.len());
        self.errors.sort();
        self.errors.truncate(MAX_ERRORS);
        (self.documents, self.errors)
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// Where blanks, line breaks and comments end that start at `from`.
    fn skip_blank(&mut self, from: usize) -> usize {
        if self.skipped.0 == from {
            return self.skipped.1;
        }
        let bytes = self.text.as_bytes();
        let mut at = from;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => at += 1,
                b'#' => at += bytes[at..].iter().take_while(|byte| !matches!(byte, b'\r' | b'\n')).count(),
                _ => break,
            }
        }
        self.skipped = (from, at);
        at
    }

    /// Where the content of the next node starts: skips indicators (`-` only where `dashes`), tags and
    /// anchors.
    fn skip_properties(&mut self, from: usize, dashes: bool) -> usize {
        let mut at = self.skip_blank(from);
        while let Some(byte) = self.byte(at) {
            let alone = matches!(self.byte(at + 1), None | Some(b' ' | b'\t' | b'\r' | b'\n'));
            at = match byte {
                b':' | b'?' if alone => at + 1,
                b'-' if alone && dashes => at + 1,
                b'!' | b'&' => {
                    let rest = &self.text.as_bytes()[at..];
                    at + rest.iter().take_while(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count()
                }
                _ => break,
            };
            at = self.skip_blank(at);
        }
        at
    }
}

fn node(kind: NodeKind, span: stockade_source::Span) -> Node {
    Node { kind, span, tag: None, anchor: None }
}

fn message(error: &ScanError) -> String {
    let mut message = error.kind().to_string();
    if message.is_empty() {
        message.push_str("not valid YAML");
    }
    message
}
