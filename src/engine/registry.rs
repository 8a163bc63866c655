//! The registry: every page, each read when its kind first appears.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

use compact_str::CompactString;
use stockade_source::{FileId, SyntaxError};

use crate::spelling::hint;
use crate::{Check, Links, Native, Test, parse_page, scan};

/// A page that was not read yet.
#[derive(Clone, Debug)]
pub struct Page {
    /// The path, as in reports.
    pub path: Cow<'static, str>,
    /// The whole text.
    pub text: Cow<'static, str>,
    /// The id of its check.
    pub id: CompactString,
    /// The kinds that it is asked of.
    pub kinds: Vec<CompactString>,
}

impl Page {
    /// A page whose id and kinds are looked up in its text.
    pub fn new(path: impl Into<Cow<'static, str>>, text: impl Into<Cow<'static, str>>) -> Page {
        let text = text.into();
        let (id, kinds) = scan(&text);
        Page { path: path.into(), text, id, kinds }
    }
}

/// Every page, by id and by kind.
///
/// The spans of a page's faults name its file by its index here, not by an index of the scanned files.
#[derive(Debug)]
pub struct Registry {
    pages: Vec<Page>,
    checks: Vec<OnceLock<Result<Check, Vec<SyntaxError>>>>,
    by_id: HashMap<CompactString, usize>,
    by_kind: HashMap<CompactString, Vec<usize>>,
    natives: &'static [(&'static str, Native)],
    links: Links,
}

impl Registry {
    /// A registry of pages; of two with the same id, the later one counts.
    pub fn new(pages: Vec<Page>, natives: &'static [(&'static str, Native)], links: Links) -> Self {
        let mut by_id = HashMap::new();
        for (at, page) in pages.iter().enumerate() {
            by_id.insert(page.id.clone(), at);
        }
        let mut by_kind: HashMap<CompactString, Vec<usize>> = HashMap::new();
        for (at, page) in pages.iter().enumerate().filter(|(at, page)| by_id.get(&page.id) == Some(at)) {
            for kind in &page.kinds {
                let of_kind = by_kind.entry(kind.clone()).or_default();
                if of_kind.last() != Some(&at) {
                    of_kind.push(at);
                }
            }
        }
        let checks = pages.iter().map(|_| OnceLock::new()).collect();
        Registry { pages, checks, by_id, by_kind, natives, links }
    }

    /// The pages, in the order given.
    pub fn pages(&self) -> &[Page] {
        &self.pages
    }

    /// The links between kinds.
    pub fn links(&self) -> &Links {
        &self.links
    }

    /// The native functions.
    pub fn natives(&self) -> &'static [(&'static str, Native)] {
        self.natives
    }

    /// The check of an id, or what is wrong with its page; `None` where there is no such page.
    pub fn check(&self, id: &str) -> Option<Result<&Check, &[SyntaxError]>> {
        self.by_id.get(id).and_then(|at| self.at(*at))
    }

    /// The check at an index, or what is wrong with its page.
    pub fn at(&self, index: usize) -> Option<Result<&Check, &[SyntaxError]>> {
        let parsed = self.checks.get(index)?.get_or_init(|| self.parse(index));
        Some(parsed.as_ref().map_err(Vec::as_slice))
    }

    /// Every check whose page is sound, in the order of the pages.
    pub fn checks(&self) -> impl Iterator<Item = &Check> {
        (0..self.pages.len()).filter_map(|index| self.at(index)?.ok())
    }

    /// A registry of one check that comes from no page of its own: a mutant.
    pub fn of_check(check: Check, natives: &'static [(&'static str, Native)], links: Links) -> Self {
        let page = Page { path: "".into(), text: "".into(), id: check.id.clone(), kinds: check.on.clone() };
        let registry = Registry::new(vec![page], natives, links);
        let set = registry.checks[0].set(Ok(check));
        debug_assert!(set.is_ok(), "nothing has read the page yet");
        registry
    }

    /// The indices of the pages that are asked of a kind.
    pub fn of_kind(&self, kind: &str) -> &[usize] {
        self.by_kind.get(kind).map_or(&[], Vec::as_slice)
    }

    /// The native function of a name.
    pub fn native(&self, name: &str) -> Option<Native> {
        self.natives.iter().find(|(known, _)| *known == name).map(|(_, native)| *native)
    }

    fn parse(&self, index: usize) -> Result<Check, Vec<SyntaxError>> {
        let page = &self.pages[index];
        let file = FileId(u32::try_from(index).unwrap_or(u32::MAX - 1));
        let check = parse_page(file, &page.path, &page.text)?;
        if let Test::Native(name, span) = &check.condition
            && self.native(name).is_none()
        {
            let near = hint(name, self.natives.iter().map(|(known, _)| *known));
            return Err(vec![SyntaxError::new(*span, format!("there is no native function `{name}`{near}"))]);
        }
        Ok(check)
    }
}
