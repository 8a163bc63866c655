//! URLs as Go's `net/url` reads and writes them.

use std::collections::BTreeMap;

use super::arguments::{Arguments, lossy, unknown_function};
use crate::call::Call;
use crate::print;
use crate::text::Text;
use crate::value::Value;

type Result = std::result::Result<Value, String>;

/// The part of a URL that a text stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Host,
    Path,
    User,
    Fragment,
}

#[derive(Default)]
struct Url {
    scheme: String,
    opaque: String,
    user: Option<(String, Option<String>)>,
    host: String,
    path: String,
    query: Option<String>,
    fragment: String,
}

fn is_escaped(byte: u8, part: Part) -> bool {
    match byte {
        b'-' | b'_' | b'.' | b'~' => false,
        byte if byte.is_ascii_alphanumeric() => false,
        b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' | b':' | b'[' | b']' | b'<'
        | b'>' | b'"'
            if part == Part::Host =>
        {
            false
        }
        b'$' | b'&' | b'+' | b',' | b'/' | b':' | b';' | b'=' | b'?' | b'@' => match part {
            Part::Path => byte == b'?',
            Part::User => matches!(byte, b'@' | b'/' | b'?' | b':'),
            Part::Host => true,
            Part::Fragment => false,
        },
        b'!' | b'(' | b')' | b'*' => part != Part::Fragment,
        _ => true,
    }
}

fn escaped(text: &str, part: Part) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() && !is_escaped(c as u8, part) {
            out.push(c);
        } else {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                out.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    out
}

fn unescaped(text: &str, part: Part) -> std::result::Result<String, String> {
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if *byte == b'%' {
            let digit = |index: usize| bytes.get(index).and_then(|byte| char::from(*byte).to_digit(16));
            let code = digit(at + 1).zip(digit(at + 2)).and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
            // In a host, only what is not ASCII may be escaped.
            match code.filter(|code| part != Part::Host || *code >= 0x80 || *code == b'%') {
                Some(code) => out.push(code),
                None => {
                    let shown = lossy(&bytes[at..(at + 3).min(bytes.len())]);
                    return Err(format!("invalid URL escape {}", print::quoted(&shown, false)));
                }
            }
            at += 3;
            continue;
        }
        if part == Part::Host && byte.is_ascii() && is_escaped(*byte, part) {
            let shown = print::quoted(&char::from(*byte).to_string(), false);
            return Err(format!("invalid character {shown} in host name"));
        }
        out.push(*byte);
        at += 1;
    }
    Ok(lossy(&out).into_owned())
}

/// The scheme at the start of a URL and what follows.
fn scheme(text: &str) -> std::result::Result<(&str, &str), String> {
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok((&text[..at], &text[at + 1..])),
            _ => break,
        }
    }
    Ok(("", text))
}

impl Url {
    fn parse(text: &str) -> std::result::Result<Url, String> {
        let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
        let wrong = |error: String| format!("parse {}: {error}", print::quoted(text, false));
        let mut url = Url::without_fragment(text).map_err(wrong)?;
        url.fragment = unescaped(fragment, Part::Fragment).map_err(wrong)?;
        Ok(url)
    }

    fn without_fragment(text: &str) -> std::result::Result<Url, String> {
        let mut url = Url::default();
        if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
            return Err("net/url: invalid control character in URL".to_owned());
        }
        let (scheme, rest) = scheme(text)?;
        url.scheme = scheme.to_ascii_lowercase();
        let (mut rest, query) = match rest.split_once('?') {
            Some((rest, query)) => (rest, Some(query.to_owned())),
            None => (rest, None),
        };
        url.query = query;
        if !rest.starts_with('/') {
            if !url.scheme.is_empty() {
                url.opaque = rest.to_owned();
                return Ok(url);
            }
            if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
                return Err("first path segment in URL cannot contain colon".to_owned());
            }
        }
        if let Some(after) = rest.strip_prefix("//")
            && (!url.scheme.is_empty() || !rest.starts_with("///"))
        {
            let end = after.find('/').unwrap_or(after.len());
            url.authority(&after[..end])?;
            rest = &after[end..];
        }
        url.path = unescaped(rest, Part::Path)?;
        Ok(url)
    }

    fn authority(&mut self, text: &str) -> std::result::Result<(), String> {
        let (user, host) = match text.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, text),
        };
        let port = match (host.starts_with('['), host.rfind(']'), host.rfind(':')) {
            (true, None, _) => return Err("missing ']' in host".to_owned()),
            (true, Some(end), _) => &host[end + 1..],
            (false, _, Some(colon)) => &host[colon..],
            (false, _, None) => "",
        };
        let digits = port.strip_prefix(':');
        if !port.is_empty() && !digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err(format!("invalid port {} after host", print::quoted(port, false)));
        }
        self.host = unescaped(host, Part::Host)?;
        let Some(user) = user else { return Ok(()) };
        let valid = |c: char| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c);
        if !user.chars().all(valid) {
            return Err("net/url: invalid userinfo".to_owned());
        }
        let (name, password) = match user.split_once(':') {
            Some((name, password)) => (name, Some(unescaped(password, Part::User)?)),
            None => (user, None),
        };
        self.user = Some((unescaped(name, Part::User)?, password));
        Ok(())
    }

    fn user(&self) -> String {
        match &self.user {
            None => String::new(),
            Some((name, None)) => escaped(name, Part::User),
            Some((name, Some(password))) => {
                format!("{}:{}", escaped(name, Part::User), escaped(password, Part::User))
            }
        }
    }

    /// The host without its port and brackets.
    fn hostname(&self) -> &str {
        let colon = self.host.rfind(':').filter(|at| self.host[at + 1..].bytes().all(|byte| byte.is_ascii_digit()));
        let host = colon.map_or(self.host.as_str(), |at| &self.host[..at]);
        host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
    }

    fn show(&self) -> String {
        let mut out = String::new();
        if !self.scheme.is_empty() {
            out.push_str(&self.scheme);
            out.push(':');
        }
        if self.opaque.is_empty() {
            self.show_hierarchy(&mut out);
        } else {
            out.push_str(&self.opaque);
        }
        if let Some(query) = &self.query {
            out.push('?');
            out.push_str(query);
        }
        if !self.fragment.is_empty() {
            out.push('#');
            out.push_str(&escaped(&self.fragment, Part::Fragment));
        }
        out
    }

    fn show_hierarchy(&self, out: &mut String) {
        let authority = !self.host.is_empty() || self.user.is_some();
        if authority || !self.scheme.is_empty() && !self.path.is_empty() {
            out.push_str("//");
            if self.user.is_some() {
                out.push_str(&self.user());
                out.push('@');
            }
            out.push_str(&escaped(&self.host, Part::Host));
        }
        if !self.path.is_empty() && !self.path.starts_with('/') && !self.host.is_empty() {
            out.push('/');
        }
        if out.is_empty() && self.path.split('/').next().is_some_and(|segment| segment.contains(':')) {
            out.push_str("./");
        }
        out.push_str(&escaped(&self.path, Part::Path));
    }
}

pub(super) fn url_parse(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let text = Arguments(args).text(0)?;
    let url = Url::parse(text.as_str()).map_err(|error| format!("unable to parse url: {error}"))?;
    let part = |part: &str| Value::from(text.derived(part));
    Ok(Value::map(BTreeMap::from([
        ("scheme".into(), part(&url.scheme)),
        ("host".into(), part(&url.host)),
        ("hostname".into(), part(url.hostname())),
        ("path".into(), part(&url.path)),
        ("query".into(), part(url.query.as_deref().unwrap_or_default())),
        ("opaque".into(), part(&url.opaque)),
        ("fragment".into(), part(&url.fragment)),
        ("userinfo".into(), part(&url.user())),
    ])))
}

pub(super) fn url_join(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let map = Arguments(args).map(0)?;
    let mut unknown = None;
    let mut part = |key: &str| match map.get(key) {
        None => Ok(String::new()),
        Some(value) => {
            if unknown.is_none() {
                unknown = unknown_function(&value).cloned();
            }
            let text = value.as_str().map(str::to_owned);
            text.ok_or_else(|| {
                format!("unable to parse {key} key, must be of type string, but {} found", value.type_name())
            })
        }
    };
    let mut url = Url {
        scheme: part("scheme")?,
        host: part("host")?,
        path: part("path")?,
        query: Some(part("query")?).filter(|query| !query.is_empty()),
        opaque: part("opaque")?,
        fragment: part("fragment")?,
        user: None,
    };
    let user = part("userinfo")?;
    if !user.is_empty() {
        let parsed = Url::parse(&format!("proto://{user}@host"));
        url.user = parsed.map_err(|error| format!("unable to parse userinfo in dict: {error}"))?.user;
    }
    Ok(match unknown {
        Some(function) => Text::unknown(url.show(), &function).into(),
        None => url.show().into(),
    })
}
