//! A *check* is one Markdown page under this folder, found by existing. Here they are embedded, with the native
//! functions that some of them name and the links between kinds that no text spells out.

mod native;

use stockade_engine::{Links, Page, Registry};
use stockade_source::FileId;

static PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

static LINKS: &str = include_str!("links.yaml");

/// The built-in pages, by path.
pub fn pages() -> Vec<Page> {
    PAGES.iter().map(|(path, text)| Page::new(*path, *text)).collect()
}

/// The built-in links between kinds.
///
/// # Panics
/// Never in a build that passed its tests: the table is part of the program.
pub fn links() -> Links {
    Links::parse(FileId(0), LINKS).expect("links.yaml is well-formed")
}

/// The registry of the built-in pages.
pub fn registry() -> Registry {
    with_pages(pages())
}

/// A registry of `pages`, with the built-in native functions and links.
pub fn with_pages(pages: Vec<Page>) -> Registry {
    Registry::new(pages, native::TABLE, links())
}

/// The names of the native functions, in order.
pub fn native_names() -> impl Iterator<Item = &'static str> {
    native::TABLE.iter().map(|(name, _)| *name)
}
