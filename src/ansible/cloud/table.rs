//! The tables: which module declares which Terraform resources, and what its arguments are called there.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;
use stockade_model::{Map, Value};
use stockade_source::Span;

/// A resource that a module declares.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Spec {
    /// The Terraform type.
    pub(crate) r#type: String,
    /// Arguments of which one must be given; without them the task changes something that is there already.
    #[serde(default)]
    pub(crate) needs: Vec<String>,
    /// Arguments of which none may be given.
    #[serde(default)]
    pub(crate) lacks: Vec<String>,
    /// Argument to the words of which it must be one.
    #[serde(default)]
    pub(crate) only: BTreeMap<String, Vec<String>>,
    /// Argument to the words that it must not be.
    #[serde(default)]
    pub(crate) unless: BTreeMap<String, Vec<String>>,
    /// What becomes of which argument.
    pub(crate) fields: Fields,
    /// Attribute to what the module takes, by its documentation, where nothing is given.
    #[serde(default)]
    pub(crate) given: BTreeMap<String, Constant>,
    /// Whether arguments that are not in `fields` are left out.
    #[serde(default)]
    pub(crate) only_fields: bool,
    /// One resource for every element of this list; an element that is no mapping is the argument `item`.
    pub(crate) each: Option<String>,
    /// What each of those has of the task's own arguments.
    #[serde(default)]
    pub(crate) with: BTreeMap<String, String>,
    /// The type of an earlier resource that this one belongs to, with `edge` as the label.
    pub(crate) of: Option<String>,
    #[serde(default)]
    pub(crate) edge: String,
}

/// Argument to what becomes of it; nothing does where there is no target.
pub(crate) type Fields = BTreeMap<String, Option<Target>>;

/// What becomes of an argument.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Target {
    /// It is this attribute. A dotted name stands in blocks, one that begins with `/` in the resource itself.
    Name(String),
    /// More than that.
    Shape(Box<Shape>),
    /// Several things.
    Several(Vec<Shape>),
}

/// How an argument becomes an attribute, in the order in which it happens.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Shape {
    /// The attribute, as in [`Target::Name`]; without it the one of the same name.
    pub(crate) to: Option<String>,
    /// The attribute is unknown where the argument is given: it names something else than Terraform does.
    pub(crate) unknown: bool,
    /// A field of a mapping that says whether the mapping means anything: `enabled`, or `type` that may be `None`.
    pub(crate) when: Option<String>,
    /// Elements are left out that have one of these.
    pub(crate) without: Vec<String>,
    /// Elements are left out whose field is not one of these words; without the field it is "".
    pub(crate) r#where: BTreeMap<String, Vec<String>>,
    /// Of a list the first element.
    pub(crate) first: bool,
    /// Of a mapping, or of each in a list, the first of these fields that is there.
    pub(crate) pick: Vec<String>,
    /// An element that is no mapping becomes one with this field.
    pub(crate) wrap: Option<String>,
    /// Each entry of a mapping becomes a block with two attributes, one for the key and one for the value.
    pub(crate) pairs: Option<[String; 2]>,
    /// Words and their translation; without one the attribute is left out.
    pub(crate) values: BTreeMap<String, Option<String>>,
    /// Words become upper case.
    pub(crate) upper: bool,
    /// `a, b` becomes a list.
    pub(crate) split: bool,
    /// A text becomes a boolean where no schema says so.
    pub(crate) bool: bool,
    /// A number is multiplied, for it is in a larger unit.
    pub(crate) times: Option<i64>,
    /// The attribute that a list belongs to instead.
    pub(crate) plural: Option<String>,
    /// What a rule of a firewall looks like in this module.
    pub(crate) native: Option<Native>,
    /// The fields stand in the block around.
    pub(crate) inline: bool,
    /// Fields may be more than the module documents.
    pub(crate) free: bool,
    /// What becomes of the fields of a mapping.
    pub(crate) fields: Fields,
}

/// Rules that are read by [`crate::security_group`].
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Native {
    /// Rules of security groups of AWS.
    Rules,
    /// Entries of network access lists of AWS.
    Acl,
}

/// A value that no text gives.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Constant {
    Bool(bool),
    Number(i64),
    Text(String),
    List(Vec<Constant>),
    Map(BTreeMap<String, Constant>),
}

impl Constant {
    /// The value; it has no place.
    pub(crate) fn value(&self) -> Value {
        match self {
            Constant::Bool(value) => Value::bool(*value, Span::NONE),
            Constant::Number(value) => Value::number(*value, Span::NONE),
            Constant::Text(text) => Value::text(text, Span::NONE),
            Constant::List(items) => Value::list(items.iter().map(Constant::value).collect(), Span::NONE),
            Constant::Map(fields) => {
                let mut map = Map::new(Span::NONE);
                for (name, constant) in fields {
                    map.set(name.as_str(), constant.value());
                }
                Value::map(map, Span::NONE)
            }
        }
    }
}

/// What the modules of one provider declare.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Provider {
    /// What becomes of arguments that many of its modules have.
    pub(crate) common: Fields,
    pub(crate) modules: HashMap<String, Vec<Spec>>,
}

/// What a module declares; `None` where it is not in the tables.
pub(crate) fn module(name: &str) -> Option<(&'static Provider, &'static [Spec])> {
    let provider = match name.rsplit_once('.')?.0 {
        "amazon.aws" | "community.aws" => &*AWS,
        "azure.azcollection" => &*AZURE,
        "google.cloud" => &*GOOGLE,
        _ => return None,
    };
    Some((provider, provider.modules.get(name)?))
}

static AWS: LazyLock<Provider> =
    LazyLock::new(|| serde_yaml::from_str(include_str!("aws.yaml")).expect("aws.yaml fits its type"));

static AZURE: LazyLock<Provider> =
    LazyLock::new(|| serde_yaml::from_str(include_str!("azure.yaml")).expect("azure.yaml fits its type"));

static GOOGLE: LazyLock<Provider> =
    LazyLock::new(|| serde_yaml::from_str(include_str!("gcp.yaml")).expect("gcp.yaml fits its type"));

#[cfg(test)]
pub(super) fn providers() -> [&'static Provider; 3] {
    [&AWS, &AZURE, &GOOGLE]
}
