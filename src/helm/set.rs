//! `--set`: `a.b[0].c=1,d={x,y}`.

use compact_str::CompactString;
use stockade_gotemplate::{Kind, List, Map, Text, Value};
use stockade_source::{FileId, Span, SyntaxError};

/// The highest index that a list may be given.
const MAX_INDEX: usize = 65_536;

/// How deep names may nest.
const MAX_DEPTH: usize = 30;

/// Sets in `values` what a text of `--set` says; what stood before a fault is set.
pub(crate) fn set(values: &Map, file: FileId, text: &str) -> Result<(), SyntaxError> {
    let mut parser = Parser { file, text, at: 0 };
    while parser.at < text.len() {
        parser
            .key(values, 0)
            .map_err(|message| SyntaxError::new(parser.span(parser.at.min(text.len()), text.len()), message))?;
    }
    Ok(())
}

struct Parser<'t> {
    file: FileId,
    text: &'t str,
    at: usize,
}

impl Parser<'_> {
    /// `name=value`, `name.name=value`, `name[0]=value`.
    fn key(&mut self, map: &Map, depth: usize) -> Result<(), String> {
        let (name, end) = self.until(&['=', '[', ',', '.']);
        match end {
            None if name.is_empty() => Ok(()),
            None => Err(format!("the key `{name}` has no value")),
            Some('=') => {
                let value = self.value()?;
                put(map, name, value);
                Ok(())
            }
            Some('[') => {
                let index = self.index()?;
                let list = match map.get(&name).map(|value| value.kind) {
                    None => Vec::new(),
                    Some(Kind::List(list)) => list.to_vec(),
                    Some(_) => return Err(format!("`{name}` is no list")),
                };
                let list = self.item(list, index, depth)?;
                put(map, name, Value::computed(Kind::List(List::new(list))));
                Ok(())
            }
            Some('.') => {
                if depth >= MAX_DEPTH {
                    return Err(format!("names nest more than {MAX_DEPTH} levels"));
                }
                let inner = match map.get(&name).map(|value| value.kind) {
                    None => Map::default(),
                    Some(Kind::Map(inner)) => inner,
                    Some(_) => return Err(format!("`{name}` is no mapping")),
                };
                self.key(&inner, depth + 1)?;
                if inner.is_empty() {
                    return Err(format!("the key map `{name}` has no value"));
                }
                put(map, name, Value::computed(Kind::Map(inner)));
                Ok(())
            }
            Some(_) => Err(format!("the key `{name}` has no value")),
        }
    }

    /// What stands after `[index]`.
    fn item(&mut self, mut list: Vec<Value>, index: usize, depth: usize) -> Result<Vec<Value>, String> {
        if depth >= MAX_DEPTH {
            return Err(format!("names nest more than {MAX_DEPTH} levels"));
        }
        if index > MAX_INDEX {
            return Err(format!("the index {index} is over {MAX_INDEX}"));
        }
        let (between, end) = self.until(&['[', '.', '=']);
        if !between.is_empty() {
            return Err(format!("`{between}` stands after an index"));
        }
        let before = list.get(index).map(|value| value.kind.clone());
        let value = match end {
            Some('=') => self.value()?,
            Some('[') => {
                let next = self.index()?;
                let inner = match before {
                    None | Some(Kind::Nil) => Vec::new(),
                    Some(Kind::List(inner)) => inner.to_vec(),
                    Some(_) => return Err(format!("the element {index} is no list")),
                };
                Value::computed(Kind::List(List::new(self.item(inner, next, depth + 1)?)))
            }
            Some('.') => {
                let inner = if let Some(Kind::Map(inner)) = before { inner } else { Map::default() };
                self.key(&inner, depth + 1)?;
                Value::computed(Kind::Map(inner))
            }
            _ => return Err("an index is followed by `=`, `.` or `[`".to_owned()),
        };
        if list.len() <= index {
            list.resize(index + 1, Value::NIL);
        }
        list[index] = value;
        Ok(list)
    }

    /// `0]`
    fn index(&mut self) -> Result<usize, String> {
        let (index, end) = self.until(&[']']);
        if end.is_none() {
            return Err("`[` is not closed".to_owned());
        }
        index.parse().map_err(|_| format!("`{index}` is no index"))
    }

    /// A scalar up to the next comma, or a list in braces.
    fn value(&mut self) -> Result<Value, String> {
        let start = self.at;
        if !self.text[start..].starts_with('{') {
            let (text, end) = self.until(&[',']);
            let stop = self.at - usize::from(end.is_some());
            return Ok(Value::new(scalar(text), self.span(start, stop)));
        }
        self.at += 1;
        let mut items = Vec::new();
        loop {
            let start = self.at;
            let (text, end) = self.until(&[',', '}']);
            match end {
                None => return Err("a list ends with `}`".to_owned()),
                Some(end) => {
                    items.push(Value::new(scalar(text), self.span(start, self.at - 1)));
                    if end == '}' {
                        break;
                    }
                }
            }
        }
        let span = self.span(start, self.at);
        if self.text[self.at..].starts_with(',') {
            self.at += 1;
        }
        Ok(Value::new(Kind::List(List::new(items)), span))
    }

    /// The text up to one of `stop`, which is passed and given; a backslash takes a character for itself.
    fn until(&mut self, stop: &[char]) -> (CompactString, Option<char>) {
        let mut out = CompactString::default();
        let mut rest = self.text[self.at..].chars();
        while let Some(c) = rest.next() {
            self.at += c.len_utf8();
            if stop.contains(&c) {
                return (out, Some(c));
            }
            let literal = if c == '\\' { rest.next() } else { Some(c) };
            if let Some(literal) = literal {
                out.push(literal);
                if c == '\\' {
                    self.at += literal.len_utf8();
                }
            }
        }
        (out, None)
    }

    fn span(&self, start: usize, end: usize) -> Span {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span::new(self.file, offset(start), offset(end.max(start)))
    }
}

/// An empty name sets nothing.
fn put(map: &Map, name: CompactString, value: Value) {
    if !name.is_empty() {
        map.insert(name, value);
    }
}

/// Whole numbers, booleans and `null` are such; a number with leading zeros or a point is text.
fn scalar(text: CompactString) -> Kind {
    if text.eq_ignore_ascii_case("true") {
        Kind::Bool(true)
    } else if text.eq_ignore_ascii_case("false") {
        Kind::Bool(false)
    } else if text.eq_ignore_ascii_case("null") {
        Kind::Nil
    } else if text == "0" {
        Kind::Int(0)
    } else if let Some(number) = text.parse::<i64>().ok().filter(|_| !text.starts_with('0')) {
        Kind::Int(number)
    } else {
        Kind::Text(Text::new(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a text sets, in the order of keys; the forms are those that Helm's `--set` gave for the same texts.
    fn after(text: &str) -> String {
        let map = Map::default();
        let result = set(&map, FileId(0), text);
        let shown = show(&Value::computed(Kind::Map(map)));
        match result {
            Ok(()) => shown,
            Err(error) => format!("{shown} !{}", error.message),
        }
    }

    fn show(value: &Value) -> String {
        match &value.kind {
            Kind::Map(map) => {
                let map = map.borrow();
                let fields: Vec<String> = map.iter().map(|(key, value)| format!("{key}:{}", show(value))).collect();
                format!("{{{}}}", fields.join(" "))
            }
            Kind::List(list) => format!("[{}]", list.iter().map(show).collect::<Vec<_>>().join(" ")),
            Kind::Text(text) => format!("{:?}", text.as_str()),
            Kind::Int(number) => number.to_string(),
            Kind::Bool(value) => value.to_string(),
            _ => "nil".to_owned(),
        }
    }

    #[test]
    fn values() {
        assert_eq!(after("a=1,b=x,c=TRUE,d=null,e=1.5,f=007,g=0,h=-3,i="), {
            r#"{a:1 b:"x" c:true d:nil e:"1.5" f:"007" g:0 h:-3 i:""}"#
        });
        assert_eq!(after(r"a=x\,y,b\.c=z,d=\\"), r#"{a:"x,y" b.c:"z" d:"\\"}"#);
        assert_eq!(after("a={x,1,},b=2"), r#"{a:["x" 1 ""] b:2}"#);
        assert_eq!(after("a.b.c=1,a.b.d=2,e[1].f=3,e[0]=4,g[0][1]=5"), { "{a:{b:{c:1 d:2}} e:[4 {f:3}] g:[[nil 5]]}" });
        assert_eq!(after("a= x"), r#"{a:" x"}"#);
    }

    #[test]
    fn faults() {
        for text in
            ["a", "a,b=1", "a.b", "a[0=1", "a[x]=1", "a[-1]=1", "a[70000]=1", "a={x", "a[0]b=1", "a[0]", "a=1,a.b=2"]
        {
            assert!(after(text).contains('!'), "{text}: {}", after(text));
        }
        assert!(after(&"a.".repeat(1000)).contains('!'));
        assert!(after(&format!("a{}=1", "[0]".repeat(1000))).contains('!'));
    }

    #[test]
    fn places() {
        let map = Map::default();
        assert!(set(&map, FileId(7), "a=xy,b={1,2}").is_ok());
        let span = |key: &str| map.get(key).map(|value| value.span);
        assert_eq!(span("a"), Some(Span::new(FileId(7), 2, 4)));
        assert_eq!(span("b"), Some(Span::new(FileId(7), 7, 12)));
    }
}
