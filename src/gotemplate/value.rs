//! The values that templates work on.

use std::any::Any;
use std::cell::{Ref, RefCell, RefMut};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

use compact_str::CompactString;
use stockade_source::Span;

use crate::print;
use crate::text::{Place, Text};

/// A value, and the text of a values file that gave it.
#[derive(Clone, Debug)]
pub struct Value {
    /// What it is.
    pub kind: Kind,
    /// Where it stands in a values file; [`Span::NONE`] for what was computed.
    pub span: Span,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Go's `nil`, and what a missing key gives.
    Nil,
    /// A boolean.
    Bool(bool),
    /// Every integer of Go: `int`, `int64` and the rest are one here.
    Int(i64),
    /// `float64`, as every number of a values file is
    Float(f64),
    /// A text, with where it came from.
    Text(Text),
    /// A list; never changed once made.
    List(List),
    /// A map, shared by everything that holds it, as in Go.
    Map(Map),
    /// What only has fields and methods: `.Files`, a time, a version.
    Object(Rc<dyn Object>),
}

/// What has fields and methods of its own, such as `.Files` or a time.
pub trait Object: Any + fmt::Debug {
    /// Go's name of the type, as error messages give it: `engine.files`.
    fn type_name(&self) -> &str;

    /// The value of a field; `None` where there is no such field.
    fn field(&self, name: &str) -> Option<Value>;

    /// The result of a method; `None` where there is no such method.
    fn call(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>>;

    /// The plain value that stands for it in `range`, `len`, `index`, `toYaml` and printing; never an object.
    fn value(&self) -> Value;
}

impl Value {
    /// The value that is nothing.
    pub const NIL: Value = Value { kind: Kind::Nil, span: Span::NONE };

    /// A value that a values file gave.
    pub fn new(kind: Kind, span: Span) -> Value {
        Value { kind, span }
    }

    /// A value that was computed.
    pub fn computed(kind: Kind) -> Value {
        Value { kind, span: Span::NONE }
    }

    /// A list that was computed.
    pub fn list(items: Vec<Value>) -> Value {
        Value::computed(Kind::List(List::new(items)))
    }

    /// A map that was computed.
    pub fn map(entries: BTreeMap<CompactString, Value>) -> Value {
        Value::computed(Kind::Map(Map::new(entries)))
    }

    /// An object.
    pub fn object(object: impl Object + 'static) -> Value {
        Value::computed(Kind::Object(Rc::new(object)))
    }

    /// Whether it is [`Kind::Nil`].
    pub fn is_nil(&self) -> bool {
        matches!(self.kind, Kind::Nil)
    }

    /// Its characters, where it is a string; see [`Value::text`] for a text that keeps its places.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// The elements of a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match &self.kind {
            Kind::List(list) => Some(list),
            _ => None,
        }
    }

    /// The map.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.kind {
            Kind::Map(map) => Some(map),
            _ => None,
        }
    }

    /// A string as a text that knows the values file it came from; `None` for everything else.
    pub fn text(&self) -> Option<Text> {
        match &self.kind {
            Kind::Text(text) => Some(self.placed(text.clone())),
            _ => None,
        }
    }

    /// `text`, made from this value, as a text that knows the values file it came from.
    pub fn placed(&self, text: Text) -> Text {
        if self.span.is_none() || !text.marks().is_empty() {
            return text;
        }
        text.at(Rc::new(Place { data: self.span, ..Place::default() }))
    }

    /// What `fmt.Sprint` makes of it, with its places; an error where that would be too long or is without end.
    pub fn printed(&self) -> Result<Text, String> {
        match self.text() {
            Some(text) => Ok(text),
            None => Ok(self.placed(print::plain(self)?)),
        }
    }

    /// Whether `if` takes it for true.
    pub fn truth(&self) -> bool {
        match &self.kind {
            Kind::Nil => false,
            Kind::Bool(value) => *value,
            Kind::Int(value) => *value != 0,
            Kind::Float(value) => *value != 0.0,
            Kind::Text(value) => !value.is_empty(),
            Kind::List(value) => !value.is_empty(),
            Kind::Map(value) => !value.borrow().is_empty(),
            Kind::Object(object) => match object.value().kind {
                Kind::Map(map) if !map.is_struct() => !map.borrow().is_empty(),
                Kind::List(list) => !list.is_empty(),
                _ => true,
            },
        }
    }

    /// Go's name of its type, as `printf "%T"` and error messages give it.
    pub fn type_name(&self) -> &str {
        match &self.kind {
            Kind::Nil => "<nil>",
            Kind::Bool(_) => "bool",
            Kind::Int(_) => "int",
            Kind::Float(_) => "float64",
            Kind::Text(_) => "string",
            Kind::List(_) => "[]interface {}",
            Kind::Map(_) => "map[string]interface {}",
            Kind::Object(object) => object.type_name(),
        }
    }

    /// Go's name of its kind, as `kindOf` gives it.
    pub fn kind_name(&self) -> &'static str {
        match &self.kind {
            Kind::Nil => "invalid",
            Kind::Bool(_) => "bool",
            Kind::Int(_) => "int",
            Kind::Float(_) => "float64",
            Kind::Text(_) => "string",
            Kind::List(_) => "slice",
            Kind::Map(_) => "map",
            Kind::Object(object) => match object.value().kind {
                Kind::Map(map) if !map.is_struct() => "map",
                Kind::List(_) => "slice",
                _ => "struct",
            },
        }
    }
}

impl Default for Value {
    fn default() -> Self {
        Value::NIL
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::computed(Kind::Bool(value))
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::computed(Kind::Int(value))
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Value::computed(Kind::Float(value))
    }
}

impl From<Text> for Value {
    fn from(value: Text) -> Self {
        Value::computed(Kind::Text(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::from(Text::new(value))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::from(Text::new(value))
    }
}

/// The elements of a list, shared.
#[derive(Clone, Debug, Default)]
pub struct List(Rc<Vec<Value>>);

impl List {
    /// A list of `items`.
    pub fn new(items: Vec<Value>) -> Self {
        List(Rc::new(items))
    }

    /// Whether both are the same list in memory.
    pub fn same(&self, other: &List) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Deref for List {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.0
    }
}

impl From<Vec<Value>> for List {
    fn from(items: Vec<Value>) -> Self {
        List::new(items)
    }
}

impl Drop for List {
    fn drop(&mut self) {
        if let Some(items) = Rc::get_mut(&mut self.0)
            && items.iter().any(Value::nests)
        {
            release(std::mem::take(items).into_iter());
        }
    }
}

/// The entries of a map. Clones are the same map: a change through one is seen through all.
#[derive(Clone, Debug, Default)]
pub struct Map(Rc<Entries>);

#[derive(Debug, Default)]
struct Entries {
    map: RefCell<BTreeMap<CompactString, Value>>,
    fields: bool,
}

impl Map {
    /// A map of `entries`.
    pub fn new(entries: BTreeMap<CompactString, Value>) -> Self {
        Map(Rc::new(Entries { map: RefCell::new(entries), fields: false }))
    }

    /// The fields of a Go struct, as an [`Object`] gives them: true even when empty, no keys to range over.
    pub fn of_struct(fields: BTreeMap<CompactString, Value>) -> Self {
        Map(Rc::new(Entries { map: RefCell::new(fields), fields: true }))
    }

    /// Whether these are the fields of a Go struct.
    pub fn is_struct(&self) -> bool {
        self.0.fields
    }

    /// The entries. They must not be held while templates run or other maps are changed.
    pub fn borrow(&self) -> Ref<'_, BTreeMap<CompactString, Value>> {
        self.0.map.borrow()
    }

    /// The entries, to change them. Nothing else of this map may be borrowed: a map may hold itself.
    pub fn borrow_mut(&self) -> RefMut<'_, BTreeMap<CompactString, Value>> {
        self.0.map.borrow_mut()
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<Value> {
        self.borrow().get(key).cloned()
    }

    /// Sets a key.
    pub fn insert(&self, key: impl Into<CompactString>, value: Value) {
        let old = self.borrow_mut().insert(key.into(), value);
        // The old value may hold this map, so it goes only after the borrow has ended.
        drop(old);
    }

    /// Takes a key out.
    pub fn remove(&self, key: &str) -> Option<Value> {
        self.borrow_mut().remove(key)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.borrow().len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.borrow().is_empty()
    }

    /// Whether both are the same map in memory.
    pub fn same(&self, other: &Map) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        if let Some(entries) = Rc::get_mut(&mut self.0)
            && entries.map.get_mut().values().any(Value::nests)
        {
            release(std::mem::take(entries.map.get_mut()).into_values());
        }
    }
}

impl Value {
    fn nests(&self) -> bool {
        matches!(self.kind, Kind::List(_) | Kind::Map(_))
    }
}

thread_local! {
    /// Values that wait to be dropped, while one is being dropped.
    static DROPPING: RefCell<Option<Vec<Value>>> = const { RefCell::new(None) };
}

/// Drops values without recursion: a template can nest lists more deeply than a stack.
fn release(values: impl Iterator<Item = Value>) {
    let outermost = DROPPING.try_with(|queue| {
        let mut queue = queue.borrow_mut();
        let outermost = queue.is_none();
        queue.get_or_insert_default().extend(values);
        outermost
    });
    if outermost != Ok(true) {
        return;
    }
    while let Ok(Some(value)) = DROPPING.try_with(|queue| queue.borrow_mut().as_mut().and_then(Vec::pop)) {
        drop(value);
    }
    let _ = DROPPING.try_with(|queue| *queue.borrow_mut() = None);
}
