//! Terraform's functions.

mod charsets;
mod clusters;
mod codepages;
mod collection;
mod dates;
mod encoding;
mod files;
mod format;
mod hashes;
mod lists;
mod network;
mod number;
mod pattern;
mod sets;
mod text;
mod yaml;

pub(crate) use files::{is_one as is_file_function, split_pattern};

use encoding::base64;
use hashes::of as digest;

use std::sync::Arc;

use stockade_model::Why;
use stockade_source::Span;

use crate::convert::convert;
use crate::number::Number;
use crate::types::Ty;
use crate::value::{K, Seq, Val};

/// A function.
#[derive(Clone, Copy)]
pub(crate) struct Function {
    pub(crate) min: usize,
    pub(crate) max: usize,
    pub(crate) mode: Mode,
    returns: Returns,
    pub(crate) run: fn(&[Val], Span) -> Outcome,
}

/// How a function takes what is unknown, and what its result owes to its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Every argument is wholly known, and the result comes by way of all of them.
    Scalar,
    /// Every argument is wholly known; what the result holds brings its own way along.
    Whole,
    /// The function sees to both itself.
    Lax,
}

#[derive(Clone, Copy)]
enum Returns {
    Text,
    Number,
    Bool,
    Any,
}

/// Why a function gives no value.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Terraform would refuse the arguments.
    Invalid,
    Unknown(Arc<Why>),
    /// Terraform gives a value, but it is not worked out here.
    Unsupported,
    Limit,
}

pub(crate) type Outcome = Result<Val, Fault>;

impl Function {
    pub(crate) fn result(&self) -> Ty {
        match self.returns {
            Returns::Text => Ty::Text,
            Returns::Number => Ty::Number,
            Returns::Bool => Ty::Bool,
            Returns::Any => Ty::Any,
        }
    }
}

const MANY: usize = usize::MAX;

/// The function of a name; `None` for those that are not evaluated: what depends on the time or on
/// chance, hashes, and what Terraform does not have.
pub(crate) fn find(name: &str) -> Option<Function> {
    use Mode::{Lax, Scalar, Whole};
    use Returns::{Any, Bool, Number, Text};
    type Run = fn(&[Val], Span) -> Outcome;
    let (min, max, mode, returns, run): (usize, usize, Mode, Returns, Run) = match name {
        "abs" => (1, 1, Scalar, Number, number::abs),
        "ceil" => (1, 1, Scalar, Number, number::ceil),
        "floor" => (1, 1, Scalar, Number, number::floor),
        "log" => (2, 2, Scalar, Number, number::log),
        "max" => (1, MANY, Scalar, Number, number::max),
        "min" => (1, MANY, Scalar, Number, number::min),
        "parseint" => (2, 2, Scalar, Number, number::parseint),
        "pow" => (2, 2, Scalar, Number, number::pow),
        "signum" => (1, 1, Scalar, Number, number::signum),
        "sum" => (1, 1, Lax, Number, number::sum),

        "chomp" => (1, 1, Scalar, Text, text::chomp),
        "endswith" => (2, 2, Lax, Bool, text::endswith),
        "format" => (1, MANY, Lax, Text, format::format),
        "formatlist" => (1, MANY, Whole, Any, format::formatlist),
        "indent" => (2, 2, Scalar, Text, text::indent),
        "join" => (1, MANY, Lax, Text, text::join),
        "lower" => (1, 1, Scalar, Text, text::lower),
        "regex" => (2, 2, Scalar, Any, text::regex),
        "regexall" => (2, 2, Scalar, Any, text::regexall),
        "replace" => (3, 3, Scalar, Text, text::replace),
        "split" => (2, 2, Scalar, Any, text::split),
        "startswith" => (2, 2, Lax, Bool, text::startswith),
        "strcontains" => (2, 2, Scalar, Bool, text::strcontains),
        "strrev" => (1, 1, Scalar, Text, text::strrev),
        "substr" => (3, 3, Scalar, Text, text::substr),
        "title" => (1, 1, Scalar, Text, text::title),
        "trim" => (2, 2, Scalar, Text, text::trim),
        "trimprefix" => (2, 2, Scalar, Text, text::trimprefix),
        "trimspace" => (1, 1, Scalar, Text, text::trimspace),
        "trimsuffix" => (2, 2, Scalar, Text, text::trimsuffix),
        "upper" => (1, 1, Scalar, Text, text::upper),
        "basename" => (1, 1, Scalar, Text, text::basename),
        "dirname" => (1, 1, Scalar, Text, text::dirname),
        "pathexpand" => (1, 1, Scalar, Text, text::pathexpand),

        "alltrue" => (1, 1, Lax, Bool, collection::alltrue),
        "anytrue" => (1, 1, Lax, Bool, collection::anytrue),
        "coalesce" => (1, MANY, Lax, Any, collection::coalesce),
        "contains" => (2, 2, Lax, Bool, collection::contains),
        "keys" => (1, 1, Lax, Any, collection::keys),
        "length" => (1, 1, Lax, Number, collection::length),
        "lookup" => (2, 3, Lax, Any, collection::lookup),
        "merge" => (0, MANY, Lax, Any, collection::merge),
        "transpose" => (1, 1, Whole, Any, collection::transpose),
        "values" => (1, 1, Lax, Any, collection::values),
        "zipmap" => (2, 2, Lax, Any, collection::zipmap),
        "one" => (1, 1, Lax, Any, collection::one),

        "chunklist" => (2, 2, Whole, Any, lists::chunklist),
        "coalescelist" => (1, MANY, Lax, Any, lists::coalescelist),
        "compact" => (1, 1, Lax, Any, lists::compact),
        "concat" => (1, MANY, Lax, Any, lists::concat),
        "distinct" => (1, 1, Whole, Any, lists::distinct),
        "element" => (2, 2, Lax, Any, lists::element),
        "flatten" => (1, 1, Lax, Any, lists::flatten),
        "index" => (2, 2, Lax, Number, lists::index),
        "matchkeys" => (3, 3, Lax, Any, lists::matchkeys),
        "range" => (1, 3, Scalar, Any, lists::range),
        "reverse" => (1, 1, Lax, Any, lists::reverse),
        "slice" => (3, 3, Lax, Any, lists::slice),
        "sort" => (1, 1, Whole, Any, lists::sort),

        "setintersection" => (1, MANY, Lax, Any, sets::intersection),
        "setproduct" => (1, MANY, Lax, Any, sets::product),
        "setsubtract" => (2, 2, Lax, Any, sets::subtract),
        "setunion" => (1, MANY, Lax, Any, sets::union),

        "tobool" => (1, 1, Lax, Bool, |args, _| to(args, &Ty::Bool)),
        "tolist" => (1, 1, Lax, Any, |args, _| to(args, &Ty::List(Arc::new(Ty::Any)))),
        "tomap" => (1, 1, Lax, Any, |args, _| to(args, &Ty::Map(Arc::new(Ty::Any)))),
        "tonumber" => (1, 1, Lax, Number, |args, _| to(args, &Ty::Number)),
        "toset" => (1, 1, Lax, Any, |args, _| to(args, &Ty::Set(Arc::new(Ty::Any)))),
        "tostring" => (1, 1, Lax, Text, |args, _| to(args, &Ty::Text)),
        "sensitive" => (1, 1, Lax, Any, |args, _| Ok(Val { sensitive: true, ..first(args)?.clone() })),
        "ephemeralasnull" => (1, 1, Lax, Any, |args, _| Ok(first(args)?.clone())),
        "nonsensitive" => (1, 1, Lax, Any, |args, _| Ok(Val { sensitive: false, ..first(args)?.clone() })),
        "issensitive" => (1, 1, Lax, Bool, issensitive),

        "base64decode" => (1, 1, Scalar, Text, encoding::base64decode),
        "base64encode" => (1, 1, Scalar, Text, encoding::base64encode),
        "csvdecode" => (1, 1, Scalar, Any, encoding::csvdecode),
        "jsondecode" => (1, 1, Lax, Any, encoding::jsondecode),
        "jsonencode" => (1, 1, Lax, Text, encoding::jsonencode),
        "urlencode" => (1, 1, Scalar, Text, encoding::urlencode),
        "yamldecode" => (1, 1, Scalar, Any, yaml::yamldecode),
        "yamlencode" => (1, 1, Lax, Text, encoding::yamlencode),

        "base64gzip" => (1, 1, Scalar, Text, charsets::base64gzip),
        "textdecodebase64" => (2, 2, Scalar, Text, charsets::textdecodebase64),
        "textencodebase64" => (2, 2, Scalar, Text, charsets::textencodebase64),
        "rsadecrypt" => (2, 2, Scalar, Text, encoding::rsadecrypt),

        "base64sha256" => (1, 1, Scalar, Text, hashes::base64sha256),
        "base64sha512" => (1, 1, Scalar, Text, hashes::base64sha512),
        "md5" => (1, 1, Scalar, Text, hashes::md5),
        "sha1" => (1, 1, Scalar, Text, hashes::sha1),
        "sha256" => (1, 1, Scalar, Text, hashes::sha256),
        "sha512" => (1, 1, Scalar, Text, hashes::sha512),
        "uuidv5" => (2, 2, Scalar, Text, hashes::uuidv5),

        "formatdate" => (2, 2, Scalar, Text, dates::formatdate),
        "timeadd" => (2, 2, Scalar, Text, dates::timeadd),
        "timecmp" => (2, 2, Scalar, Number, dates::timecmp),

        "cidrhost" => (2, 2, Scalar, Text, network::cidrhost),
        "cidrnetmask" => (1, 1, Scalar, Text, network::cidrnetmask),
        "cidrsubnet" => (3, 3, Scalar, Text, network::cidrsubnet),
        "cidrsubnets" => (1, MANY, Scalar, Any, network::cidrsubnets),
        _ => return None,
    };
    Some(Function { min, max, mode, returns, run })
}

/// Whether a mark on anything within its arguments marks all that a function gives.
pub(crate) fn marks_all(name: &str) -> bool {
    let lists = ["coalescelist", "compact", "distinct", "formatlist", "index", "matchkeys", "sort", "transpose"];
    lists.contains(&name) || matches!(name, "setintersection" | "setsubtract" | "setunion")
}

/// Whether a name is that of a function that is not worked out: it depends on the time, on chance or on the machine,
/// or belongs to a provider.
pub(crate) fn is_never_known(name: &str) -> bool {
    let names = ["abspath", "bcrypt", "plantimestamp", "timestamp", "uuid"];
    names.contains(&name) || name.starts_with("provider::")
}

fn issensitive(args: &[Val], span: Span) -> Outcome {
    match first(args)? {
        val if val.sensitive => Ok(K::Bool(true).at(span)),
        val if val.is_unknown() => Err(why(val)),
        _ => Ok(K::Bool(false).at(span)),
    }
}

fn first(args: &[Val]) -> Result<&Val, Fault> {
    args.first().ok_or(Fault::Invalid)
}

fn arg(args: &[Val], at: usize) -> Result<&Val, Fault> {
    args.get(at).ok_or(Fault::Invalid)
}

/// An argument of type string.
fn text_arg(args: &[Val], at: usize) -> Result<Arc<str>, Fault> {
    match to_kind(arg(args, at)?, &Ty::Text)? {
        K::Text(text) => Ok(text),
        _ => Err(Fault::Invalid),
    }
}

/// An argument of type number.
fn number_arg(args: &[Val], at: usize) -> Result<Number, Fault> {
    match to_kind(arg(args, at)?, &Ty::Number)? {
        K::Number(n) => Ok(n),
        _ => Err(Fault::Invalid),
    }
}

/// An argument that is a whole number.
fn int_arg(args: &[Val], at: usize) -> Result<i64, Fault> {
    number_arg(args, at)?.as_i64().ok_or(Fault::Invalid)
}

/// An argument that is a sequence without unknown length.
fn seq_arg(args: &[Val], at: usize) -> Result<&Seq, Fault> {
    let val = arg(args, at)?;
    match &val.kind {
        K::Seq(seq) => match &seq.open {
            Some(why) => Err(Fault::Unknown(why.clone())),
            None => Ok(seq),
        },
        _ => Err(why(val)),
    }
}

fn to_kind(val: &Val, ty: &Ty) -> Result<K, Fault> {
    match convert(val, ty).map_err(|_| Fault::Invalid)?.kind {
        K::Unknown(why, _) | K::Many(_, why) => Err(Fault::Unknown(why)),
        K::Template(_) | K::Resource(_) | K::Module(_) => Err(why(val)),
        kind => Ok(kind),
    }
}

fn to(args: &[Val], ty: &Ty) -> Outcome {
    convert(first(args)?, ty).map_err(|_| Fault::Invalid)
}

/// Why an argument of the wrong kind is of that kind: it is unknown, or else wrong.
fn why(val: &Val) -> Fault {
    match val.kind {
        K::Seq(_) | K::Map(_) => Fault::Invalid,
        _ => val.why().map_or(Fault::Invalid, Fault::Unknown),
    }
}

/// The type of a parameter, as far as something unknown can be of the wrong one.
pub(crate) fn parameter(name: &str, at: usize) -> Ty {
    match (name, at) {
        ("alltrue" | "anytrue" | "compact" | "concat" | "distinct" | "one" | "reverse" | "sort" | "zipmap", _)
        | ("matchkeys" | "setintersection" | "setproduct" | "setsubtract" | "setunion" | "tolist" | "toset", _)
        | ("chunklist" | "element" | "slice", 0)
        | ("join", 1..) => Ty::List(Arc::new(Ty::Any)),
        ("keys" | "merge" | "tomap" | "values", _) | ("lookup", 0) => Ty::Map(Arc::new(Ty::Any)),
        ("transpose", _) => Ty::Map(Arc::new(Ty::List(Arc::new(Ty::Text)))),
        ("coalesce" | "issensitive" | "jsonencode" | "length" | "nonsensitive" | "sensitive" | "yamlencode", _)
        | ("coalescelist" | "contains" | "ephemeralasnull" | "flatten" | "index" | "sum", _)
        | ("lookup", 2)
        | ("format" | "formatlist", 1..) => Ty::Any,
        _ => Ty::Text,
    }
}
