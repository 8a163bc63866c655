//! Writing values as text that keeps the places of what it shows.

use std::rc::Rc;

use super::time::Time;
use crate::call::Call;
use crate::text::{Place, Text};
use crate::value::{Kind, Value};

/// How deep values are written; a map may hold itself.
pub(super) const DEPTH: usize = 200;

/// A text in the making. What is put belongs to the place that was set last.
pub(super) struct Writer<'c, 'a, 't> {
    call: &'c mut Call<'a, 't>,
    out: Text,
    part: String,
    place: Option<Rc<Place>>,
}

impl<'c, 'a, 't> Writer<'c, 'a, 't> {
    pub(super) fn new(call: &'c mut Call<'a, 't>) -> Self {
        Writer { call, out: Text::default(), part: String::new(), place: None }
    }

    /// What is put from now on comes from `value`.
    pub(super) fn at(&mut self, value: &Value) {
        let place = place(value);
        if place.is_some() || self.place.is_some() {
            self.flush();
            self.place = place;
        }
    }

    pub(super) fn put(&mut self, text: &str) {
        self.part.push_str(text);
    }

    pub(super) fn put_char(&mut self, c: char) {
        self.part.push(c);
    }

    /// Pays for one more value; an error where the text is too long.
    pub(super) fn pay(&mut self) -> Result<(), String> {
        self.call.text_fits(self.out.len() + self.part.len())?;
        self.call.charge(1)
    }

    fn flush(&mut self) {
        match &self.place {
            Some(place) => self.out.push_at(&self.part, place),
            None => self.out.push_str(&self.part),
        }
        self.part.clear();
    }

    pub(super) fn finish(mut self) -> Result<Text, String> {
        self.flush();
        self.call.text_fits(self.out.len())?;
        Ok(self.out)
    }
}

/// Where a value came from. An unknown part speaks for the whole text.
fn place(value: &Value) -> Option<Rc<Place>> {
    if let Kind::Text(text) = &value.kind {
        let marks = text.marks();
        let mark = marks.iter().find(|mark| mark.place.unknown.is_some()).or_else(|| marks.first());
        if let Some(mark) = mark {
            return Some(Rc::clone(&mark.place));
        }
    }
    (!value.span.is_none()).then(|| Rc::new(Place { data: value.span, ..Place::default() }))
}

/// The value that stands for an object where it is marshalled.
pub(super) fn marshalled(value: &Value) -> Value {
    let Kind::Object(object) = &value.kind else { return value.clone() };
    match (&**object as &dyn std::any::Any).downcast_ref::<Time>() {
        Some(time) => time.marshalled(),
        None => object.value(),
    }
}
