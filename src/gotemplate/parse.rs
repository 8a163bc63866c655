//! Tokens to trees.

use std::rc::Rc;

use compact_str::CompactString;
use stockade_source::{FileId, Span};

use crate::constant;
use crate::exec::Fail;
use crate::lex::{Keyword, LexError, Token, TokenKind, lex};
use crate::templates::Error;
use crate::text::{Place, Text};
use crate::tree::{Branch, Callee, Command, Fields, Invocation, Node, Pipe, Range, Template, Term, TermKind, UNSET};

/// How deeply blocks and parentheses may nest; rendering recurses as deeply.
const MAX_NESTING: usize = 100;

/// Reads the text of a file: the template named `name`, and those that it defines, in the order of their ends.
pub(crate) fn parse(name: &str, file: FileId, text: &Rc<str>) -> Result<Vec<Template>, Fail> {
    let (tokens, error) = lex(text);
    let open = Token { kind: TokenKind::Open, start: 0, end: 0 };
    let (scope, defined) = (Scope::new(), Vec::new());
    let mut parser = Parser { file, text, tokens, error, at: 0, open, nesting: 0, scope, defined };
    let body = parser.file()?;
    let slots = parser.scope.slots;
    let mut templates = parser.defined;
    templates.push(Template { name: name.into(), file, source: Rc::clone(text), body, slots });
    Ok(templates)
}

struct Parser<'s> {
    file: FileId,
    text: &'s Rc<str>,
    tokens: Vec<Token>,
    /// What stopped the lexer: the error at the end of the tokens.
    error: Option<LexError>,
    at: usize,
    /// The delimiter that opened the action at hand.
    open: Token,
    nesting: usize,
    scope: Scope,
    defined: Vec<Template>,
}

/// The variables of one template.
struct Scope {
    /// Those in sight, with their slots.
    variables: Vec<(CompactString, usize)>,
    slots: usize,
    /// Names that may be written although no variable of the name is set: Go finds them missing when it comes to them.
    unset: Vec<CompactString>,
    /// How many `range` are open.
    ranges: usize,
}

impl Scope {
    fn new() -> Scope {
        Scope { variables: vec![("$".into(), 0)], slots: 1, unset: Vec::new(), ranges: 0 }
    }

    fn declare(&mut self, name: &str) -> usize {
        self.variables.push((name.into(), self.slots));
        self.slots += 1;
        self.slots - 1
    }

    fn find(&self, name: &str) -> Option<usize> {
        let known = self.variables.iter().rev().find(|(known, _)| known == name).map(|(_, slot)| *slot);
        known.or_else(|| self.unset.iter().any(|unset| unset == name).then_some(UNSET))
    }
}

/// What ends a list of nodes.
enum End {
    End,
    /// The `{{else` is read, what follows the word is not.
    Else,
}

type Parsed<T> = Result<T, Fail>;

impl<'s> Parser<'s> {
    fn file(&mut self) -> Parsed<Vec<Node>> {
        let mut nodes = Vec::new();
        loop {
            let token = self.peek()?;
            match token.kind {
                TokenKind::Eof => return Ok(nodes),
                TokenKind::Open => {
                    if self.keyword_after_open() == Some(Keyword::Define) {
                        self.definition()?;
                        continue;
                    }
                    match self.action()? {
                        Item::Node(node) => nodes.push(node),
                        Item::End(End::End) => return Err(self.fail(token, "unexpected {{end}}")),
                        Item::End(End::Else) => return Err(self.fail(token, "unexpected {{else}}")),
                    }
                }
                _ => nodes.push(self.literal()?),
            }
        }
    }

    fn keyword_after_open(&self) -> Option<Keyword> {
        let next = self.tokens.get(self.at + 1..)?.iter().find(|token| token.kind != TokenKind::Space)?;
        match next.kind {
            TokenKind::Keyword(keyword) => Some(keyword),
            _ => None,
        }
    }

    /// `{{ define "name" }} body {{ end }}`
    fn definition(&mut self) -> Parsed<()> {
        self.next()?;
        let keyword = self.next_nonspace()?;
        let name = self.template_name("define clause")?;
        self.expect(TokenKind::Close, "define clause")?;
        let outer = std::mem::replace(&mut self.scope, Scope::new());
        let (body, end) = self.nodes()?;
        if !matches!(end, End::End) {
            return Err(self.fail(keyword, "unexpected {{else}} in define clause"));
        }
        self.define(name, body, outer, keyword)
    }

    /// Ends the definition of a template, whose scope gives way to `outer`.
    fn define(&mut self, name: CompactString, body: Vec<Node>, outer: Scope, at: Token) -> Parsed<()> {
        let slots = std::mem::replace(&mut self.scope, outer).slots;
        let template = Template { name, file: self.file, source: Rc::clone(self.text), body, slots };
        let Some(known) = self.defined.iter_mut().find(|known| known.name == template.name) else {
            self.defined.push(template);
            return Ok(());
        };
        if known.is_empty() {
            *known = template;
        } else if !template.is_empty() {
            let message = format!("template: multiple definition of template {:?}", template.name);
            return Err(self.fail(at, message));
        }
        Ok(())
    }

    /// Nodes up to an `{{end}}` or an `{{else`.
    fn nodes(&mut self) -> Parsed<(Vec<Node>, End)> {
        let mut nodes = Vec::new();
        loop {
            let token = self.peek()?;
            match token.kind {
                TokenKind::Eof => return Err(self.fail(token, "unexpected EOF")),
                TokenKind::Open => match self.action()? {
                    Item::Node(node) => nodes.push(node),
                    Item::End(end) => return Ok((nodes, end)),
                },
                _ => nodes.push(self.literal()?),
            }
        }
    }

    fn literal(&mut self) -> Parsed<Node> {
        let token = self.next()?;
        Ok(Node::Literal(Range::new(token.start, token.end)))
    }

    fn action(&mut self) -> Parsed<Item> {
        let open = self.next()?;
        self.open = open;
        let token = self.peek_nonspace()?;
        let TokenKind::Keyword(keyword) = token.kind else {
            let pipe = self.pipeline("command", TokenKind::Close)?;
            return Ok(Item::Node(Node::Action { range: self.range_from(open), pipe }));
        };
        if keyword != Keyword::Define {
            self.next_nonspace()?;
        }
        Ok(Item::Node(match keyword {
            Keyword::End => {
                self.expect(TokenKind::Close, "end")?;
                return Ok(Item::End(End::End));
            }
            Keyword::Else => {
                let next = self.peek_nonspace()?;
                if !matches!(next.kind, TokenKind::Keyword(Keyword::If | Keyword::With)) {
                    self.expect(TokenKind::Close, "else")?;
                }
                return Ok(Item::End(End::Else));
            }
            Keyword::If => Node::If(self.branch(open, keyword, "if")?),
            Keyword::With => Node::With(self.branch(open, keyword, "with")?),
            Keyword::Range => Node::Range(self.branch(open, keyword, "range")?),
            Keyword::Break | Keyword::Continue => {
                let (word, node) = match keyword {
                    Keyword::Break => ("{{break}}", Node::Break),
                    _ => ("{{continue}}", Node::Continue),
                };
                self.expect(TokenKind::Close, word)?;
                if self.scope.ranges == 0 {
                    return Err(self.fail(token, format!("{word} outside {{{{range}}}}")));
                }
                node
            }
            Keyword::Template => {
                let name = self.template_name("template clause")?;
                let pipe = if self.peek_nonspace()?.kind == TokenKind::Close {
                    self.next_nonspace()?;
                    None
                } else {
                    Some(self.pipeline("template clause", TokenKind::Close)?)
                };
                Node::Template(Box::new(Invocation { range: self.range_from(open), name, pipe }))
            }
            Keyword::Block => {
                let name = self.template_name("block clause")?;
                let pipe = self.pipeline("block clause", TokenKind::Close)?;
                let range = self.range_from(open);
                let outer = std::mem::replace(&mut self.scope, Scope::new());
                let (body, end) = self.nested(token, Parser::nodes)?;
                if !matches!(end, End::End) {
                    return Err(self.fail(token, "unexpected {{else}} in block clause"));
                }
                self.define(name.clone(), body, outer, token)?;
                Node::Template(Box::new(Invocation { range, name, pipe: Some(pipe) }))
            }
            Keyword::Define => return Err(self.unexpected(token, "command")),
        }))
    }

    /// What follows the word `if`, `with` or `range`, up to and with its `{{end}}`.
    fn branch(&mut self, open: Token, keyword: Keyword, context: &str) -> Parsed<Box<Branch>> {
        let outside = self.scope.variables.len();
        let pipe = self.pipeline(context, TokenKind::Close)?;
        let range = self.range_from(open);
        let inside = self.scope.variables.len();
        let looping = usize::from(keyword == Keyword::Range);
        self.scope.ranges += looping;
        let (body, end) = self.nested(open, Parser::nodes)?;
        self.scope.ranges -= looping;
        let body_only = self.scope.variables.drain(inside..).map(|(name, _)| name);
        let unset = self.scope.unset.len();
        self.scope.unset.extend(body_only);
        let otherwise = match end {
            End::End => Vec::new(),
            End::Else => self.otherwise(keyword, context)?,
        };
        self.scope.unset.truncate(unset);
        self.scope.variables.truncate(outside);
        Ok(Box::new(Branch { range, pipe, body, otherwise }))
    }

    /// What follows `{{else`, or `{{else}}`, of such an action.
    fn otherwise(&mut self, keyword: Keyword, context: &str) -> Parsed<Vec<Node>> {
        let token = self.peek_nonspace()?;
        // Only where `{{else` is still open can a keyword come next: what follows `{{else}}` is text or a delimiter.
        if let TokenKind::Keyword(next) = token.kind {
            if next != keyword {
                return Err(self.unexpected(token, "input"));
            }
            self.next_nonspace()?;
            let open = self.open;
            let branch = self.nested(token, |parser| parser.branch(open, next, context))?;
            return Ok(vec![if next == Keyword::If { Node::If(branch) } else { Node::With(branch) }]);
        }
        let (nodes, end) = self.nested(token, Parser::nodes)?;
        match end {
            End::End => Ok(nodes),
            End::Else => Err(self.fail(token, "expected end; found {{else}}")),
        }
    }

    fn template_name(&mut self, context: &str) -> Parsed<CompactString> {
        let token = self.next_nonspace()?;
        match token.kind {
            TokenKind::Quoted | TokenKind::Raw => self.string(token),
            _ => Err(self.unexpected(token, context)),
        }
    }

    /// `$a, $b := command | command`, up to and with the token `end`.
    fn pipeline(&mut self, context: &str, end: TokenKind) -> Parsed<Pipe> {
        let first = self.peek_nonspace()?;
        let (names, declares) = self.declarations(context)?;
        let mut commands: Vec<Command> = Vec::new();
        loop {
            let token = self.next_nonspace()?;
            if token.kind == end {
                break;
            }
            match token.kind {
                TokenKind::Bool
                | TokenKind::CharConstant
                | TokenKind::Dot
                | TokenKind::Field
                | TokenKind::Identifier
                | TokenKind::Number
                | TokenKind::Nil
                | TokenKind::Raw
                | TokenKind::Quoted
                | TokenKind::Variable
                | TokenKind::LeftParen => {
                    self.at -= 1;
                    commands.push(self.command()?);
                }
                _ => return Err(self.unexpected(token, context)),
            }
        }
        let Some(last) = commands.last() else {
            return Err(self.fail(first, format!("missing value for {context}")));
        };
        let range = Range { start: Range::new(first.start, first.end).start, end: last.range.end };
        for (index, command) in commands.iter().enumerate().skip(1) {
            let constant = matches!(
                command.first.kind,
                TermKind::Bool(_)
                    | TermKind::Int(_)
                    | TermKind::Float(_)
                    | TermKind::Text(_)
                    | TermKind::Nil
                    | TermKind::Dot
            );
            if constant {
                let message = format!("non executable command in pipeline stage {}", index + 1);
                return Err(self.fail_in(command.first.range, message));
            }
        }
        let mut variables = Vec::with_capacity(names.len());
        for token in names {
            let name = self.text_of(token);
            variables.push(match (declares, self.scope.find(name)) {
                (true, _) => self.scope.declare(name),
                (false, Some(slot)) => slot,
                (false, None) => {
                    self.scope.unset.push(name.into());
                    UNSET
                }
            });
        }
        Ok(Pipe { range, variables, commands })
    }

    /// The variables that a pipeline sets, and whether it declares them.
    fn declarations(&mut self, context: &str) -> Parsed<(Vec<Token>, bool)> {
        let mut names = Vec::new();
        loop {
            let start = self.at;
            let variable = self.peek_nonspace()?;
            if variable.kind != TokenKind::Variable {
                return Ok((names, true));
            }
            self.next_nonspace()?;
            let next = self.peek_nonspace()?;
            match next.kind {
                TokenKind::Assign | TokenKind::Declare => {
                    self.next_nonspace()?;
                    names.push(variable);
                    return Ok((names, next.kind == TokenKind::Declare));
                }
                TokenKind::Char if self.text_of(next) == "," => {
                    self.next_nonspace()?;
                    names.push(variable);
                    if context != "range" || names.len() > 1 {
                        return Err(self.fail(next, format!("too many declarations in {context}")));
                    }
                    if self.peek_nonspace()?.kind != TokenKind::Variable {
                        return Err(self.fail(next, "range can only initialize variables"));
                    }
                }
                _ => {
                    self.at = start;
                    return Ok((names, true));
                }
            }
        }
    }

    /// Operands up to a `|`, which is read, or the end of the pipeline, which is not.
    fn command(&mut self) -> Parsed<Command> {
        let mut terms = Vec::new();
        loop {
            let token = self.peek_nonspace()?;
            if let Some(term) = self.operand()? {
                terms.push(term);
            }
            let next = self.next()?;
            match next.kind {
                TokenKind::Space => {}
                TokenKind::Close | TokenKind::RightParen => {
                    self.at -= 1;
                    return self.finish_command(terms, token);
                }
                TokenKind::Pipe => return self.finish_command(terms, token),
                _ => return Err(self.unexpected(next, "operand")),
            }
        }
    }

    fn finish_command(&self, mut terms: Vec<Term>, token: Token) -> Parsed<Command> {
        let end = terms.last().map(|term| term.range.end);
        match (end, terms.is_empty()) {
            (Some(end), false) => {
                let first = terms.remove(0);
                Ok(Command { range: Range { start: first.range.start, end }, first, rest: terms })
            }
            _ => Err(self.fail(token, "empty command")),
        }
    }

    /// A term with the fields after it.
    fn operand(&mut self) -> Parsed<Option<Term>> {
        let Some(mut term) = self.term()? else { return Ok(None) };
        if self.peek()?.kind != TokenKind::Field {
            return Ok(Some(term));
        }
        let dotted = self.peek()?;
        let fields = self.fields()?;
        let range = Range { start: term.range.start, end: self.range_from(dotted).end };
        term = match term.kind {
            TermKind::Field(mut names) => {
                names.extend(fields);
                Term { range, kind: TermKind::Field(names) }
            }
            TermKind::Variable(slot, mut names) => {
                names.extend(fields);
                Term { range, kind: TermKind::Variable(slot, names) }
            }
            TermKind::Bool(_)
            | TermKind::Int(_)
            | TermKind::Float(_)
            | TermKind::Text(_)
            | TermKind::Nil
            | TermKind::Dot => {
                let shown = term.range.text(self.text);
                return Err(self.fail(dotted, format!("unexpected . after term {shown:?}")));
            }
            _ => Term { range, kind: TermKind::Chain(Box::new(term), fields) },
        };
        Ok(Some(term))
    }

    fn fields(&mut self) -> Parsed<Fields> {
        let mut fields = Vec::new();
        while self.peek()?.kind == TokenKind::Field {
            let token = self.next()?;
            fields.push(CompactString::from(self.text_of(token).strip_prefix('.').unwrap_or("")));
        }
        Ok(fields)
    }

    fn term(&mut self) -> Parsed<Option<Term>> {
        let token = self.next_nonspace()?;
        let text = self.text_of(token);
        let kind = match token.kind {
            TokenKind::Identifier => match Callee::named(text) {
                Some(callee) => TermKind::Function(callee),
                None => return Err(self.fail(token, format!("function {text:?} not defined"))),
            },
            TokenKind::Dot => TermKind::Dot,
            TokenKind::Nil => TermKind::Nil,
            TokenKind::Bool => TermKind::Bool(text == "true"),
            TokenKind::Variable => match self.scope.find(text) {
                Some(slot) => TermKind::Variable(slot, Vec::new()),
                None => return Err(self.fail(token, format!("undefined variable {text:?}"))),
            },
            TokenKind::Field => TermKind::Field(vec![text.strip_prefix('.').unwrap_or("").into()]),
            TokenKind::Number => constant::number(text).map_err(|message| self.fail(token, message))?,
            TokenKind::CharConstant => match constant::character(text) {
                Some(code) => TermKind::Int(code),
                None => return Err(self.fail(token, format!("malformed character constant: {text}"))),
            },
            TokenKind::Quoted | TokenKind::Raw => TermKind::Text(self.text_constant(token)?),
            TokenKind::LeftParen => {
                let pipe =
                    self.nested(token, |parser| parser.pipeline("parenthesized pipeline", TokenKind::RightParen))?;
                TermKind::Pipe(Box::new(pipe))
            }
            _ => {
                self.at -= 1;
                return Ok(None);
            }
        };
        Ok(Some(Term { range: self.range_from(token), kind }))
    }

    /// The characters of a quoted or raw string.
    fn string(&self, token: Token) -> Parsed<CompactString> {
        constant::string(self.text_of(token)).ok_or_else(|| self.fail(token, "invalid syntax"))
    }

    /// A string that knows its place, which a text without a file does not have.
    fn text_constant(&self, token: Token) -> Parsed<Text> {
        let string = self.string(token)?;
        let content = self.text.get(token.start + 1..token.end - 1).unwrap_or("");
        let span = self.span(token.start + 1, token.end - 1);
        if span.is_none() {
            return Ok(Text::new(string));
        }
        let place = Rc::new(Place { span, ..Place::default() });
        if content != string {
            return Ok(Text::new(string).at(place));
        }
        let mut text = Text::default();
        text.push_verbatim(content, place);
        Ok(text)
    }

    fn nested<T>(&mut self, token: Token, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.nesting >= MAX_NESTING {
            return Err(self.fail(token, format!("nested more than {MAX_NESTING} levels deep")));
        }
        self.nesting += 1;
        let result = read(self);
        self.nesting -= 1;
        result
    }

    fn peek(&self) -> Parsed<Token> {
        self.token(self.at)
    }

    fn token(&self, at: usize) -> Parsed<Token> {
        match (self.tokens.get(at), &self.error) {
            (Some(token), _) => Ok(*token),
            (None, Some(error)) => Err(self.fail_in(Range::new(error.start, error.end), error.message.clone())),
            (None, None) => Ok(Token { kind: TokenKind::Eof, start: self.text.len(), end: self.text.len() }),
        }
    }

    fn next(&mut self) -> Parsed<Token> {
        let token = self.peek()?;
        self.at += 1;
        Ok(token)
    }

    fn next_nonspace(&mut self) -> Parsed<Token> {
        self.at = self.nonspace();
        self.next()
    }

    fn peek_nonspace(&self) -> Parsed<Token> {
        self.token(self.nonspace())
    }

    /// The next token that is not white space, which never comes twice in a row.
    fn nonspace(&self) -> usize {
        let space = self.tokens.get(self.at).is_some_and(|token| token.kind == TokenKind::Space);
        self.at + usize::from(space)
    }

    fn expect(&mut self, kind: TokenKind, context: &str) -> Parsed<Token> {
        let token = self.next_nonspace()?;
        if token.kind == kind { Ok(token) } else { Err(self.unexpected(token, context)) }
    }

    fn text_of(&self, token: Token) -> &'s str {
        self.text.get(token.start..token.end).unwrap_or("")
    }

    /// From the start of `first` to the end of the token before the next.
    fn range_from(&self, first: Token) -> Range {
        let end = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(first.end, |token| token.end);
        Range::new(first.start, end)
    }

    fn span(&self, start: usize, end: usize) -> Span {
        let Range { start, end } = Range::new(start, end);
        Span { file: self.file, start, end }
    }

    fn unexpected(&self, token: Token, context: &str) -> Fail {
        let text = self.text_of(token);
        let shown = match token.kind {
            TokenKind::Eof => "EOF".to_owned(),
            TokenKind::Keyword(_) => format!("<{text}>"),
            _ if text.chars().count() > 10 => format!("{:?}...", text.chars().take(10).collect::<String>()),
            _ => format!("{text:?}"),
        };
        self.fail(token, format!("unexpected {shown} in {context}"))
    }

    fn fail(&self, token: Token, message: impl Into<String>) -> Fail {
        self.fail_in(Range::new(token.start, token.end), message)
    }

    fn fail_in(&self, range: Range, message: impl Into<String>) -> Fail {
        Box::new(Error::new(message, Span { file: self.file, start: range.start, end: range.end }))
    }
}

/// What an action turned out to be.
enum Item {
    Node(Node),
    End(End),
}
