//! The functions that Helm adds to Go's templates: sprig's, and its own.

mod arguments;
mod cases;
mod choice;
mod crypto;
mod dates;
mod decimal;
mod dicts;
mod duration;
mod encoding;
mod json;
mod json_read;
mod layout;
mod letters;
mod lists;
mod merge;
mod numbers;
mod paths;
mod pattern;
mod random;
mod regex;
mod semver;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod time_read;
mod toml;
mod types;
mod url;
mod wrap;
mod writing;
mod yaml;
mod yaml_read;
mod yaml_scalar;

use crate::call::Call;
use crate::value::Value;

/// A function: the arguments are counted already, not yet checked for their types.
///
/// An error is worded as Go words what stands after `error calling name: `.
pub(crate) type Function = fn(&mut Call<'_, '_>, &[Value]) -> Result<Value, String>;

/// A function, its name, and how many arguments it takes.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    /// The least number of arguments.
    pub(crate) min: usize,
    /// The largest number; `usize::MAX` where there is no end.
    pub(crate) max: usize,
    pub(crate) function: Function,
}

/// The function named `name`.
pub(crate) fn find(name: &str) -> Option<&'static Entry> {
    TABLE.binary_search_by(|entry| entry.name.cmp(name)).ok().and_then(|index| TABLE.get(index))
}

/// Any number of arguments.
const MANY: usize = usize::MAX;

const fn entry(name: &'static str, min: usize, max: usize, function: Function) -> Entry {
    Entry { name, min, max, function }
}

/// Every function, sorted by name.
static TABLE: &[Entry] = &[
    entry("abbrev", 2, 2, text::abbrev),
    entry("abbrevboth", 3, 3, text::abbrevboth),
    entry("add", 0, MANY, numbers::add),
    entry("add1", 1, 1, numbers::add1),
    entry("add1f", 1, 1, numbers::add1f),
    entry("addf", 0, MANY, numbers::addf),
    entry("adler32sum", 1, 1, encoding::adler32sum),
    entry("ago", 1, 1, dates::ago),
    entry("all", 0, MANY, choice::all),
    entry("any", 0, MANY, choice::any),
    entry("append", 2, 2, lists::append),
    entry("atoi", 1, 1, numbers::atoi),
    entry("b32dec", 1, 1, encoding::b32dec),
    entry("b32enc", 1, 1, encoding::b32enc),
    entry("b64dec", 1, 1, encoding::b64dec),
    entry("b64enc", 1, 1, encoding::b64enc),
    entry("base", 1, 1, paths::base),
    entry("bcrypt", 1, 1, random::bcrypt),
    entry("biggest", 1, MANY, numbers::max),
    entry("buildCustomCert", 2, 2, random::build_custom_cert),
    entry("camelcase", 1, 1, text::camelcase),
    entry("cat", 0, MANY, text::cat),
    entry("ceil", 1, 1, numbers::ceil),
    entry("chunk", 2, 2, lists::chunk),
    entry("clean", 1, 1, paths::clean),
    entry("coalesce", 0, MANY, choice::coalesce),
    entry("compact", 1, 1, lists::compact),
    entry("concat", 0, MANY, lists::concat),
    entry("contains", 2, 2, text::contains),
    entry("date", 2, 2, dates::date),
    entry("dateInZone", 3, 3, dates::date_in_zone),
    entry("dateModify", 2, 2, dates::date_modify),
    entry("date_in_zone", 3, 3, dates::date_in_zone),
    entry("date_modify", 2, 2, dates::date_modify),
    entry("decryptAES", 2, 2, crypto::decrypt_aes),
    entry("deepCopy", 1, 1, merge::deep_copy),
    entry("deepEqual", 2, 2, types::equal),
    entry("default", 1, MANY, choice::default),
    entry("derivePassword", 5, 5, crypto::derive_password),
    entry("dict", 0, MANY, dicts::dict),
    entry("dig", 0, MANY, dicts::dig),
    entry("dir", 1, 1, paths::dir),
    entry("div", 2, 2, numbers::div),
    entry("divf", 1, MANY, numbers::divf),
    entry("duration", 1, 1, dates::duration),
    entry("durationRound", 1, 1, dates::duration_round),
    entry("empty", 1, 1, choice::empty),
    entry("encryptAES", 2, 2, crypto::encrypt_aes),
    entry("ext", 1, 1, paths::ext),
    entry("fail", 1, 1, choice::fail),
    entry("first", 1, 1, lists::first),
    entry("float64", 1, 1, numbers::float64),
    entry("floor", 1, 1, numbers::floor),
    entry("fromJson", 1, 1, json::from_json),
    entry("fromJsonArray", 1, 1, json::from_json_array),
    entry("fromToml", 1, 1, toml::from_toml),
    entry("fromYaml", 1, 1, yaml_read::from_yaml),
    entry("fromYamlArray", 1, 1, yaml_read::from_yaml_array),
    entry("genCA", 2, 2, random::gen_ca),
    entry("genCAWithKey", 3, 3, random::gen_ca_with_key),
    entry("genPrivateKey", 1, 1, random::gen_private_key),
    entry("genSelfSignedCert", 4, 4, random::gen_self_signed_cert),
    entry("genSelfSignedCertWithKey", 5, 5, random::gen_self_signed_cert_with_key),
    entry("genSignedCert", 5, 5, random::gen_signed_cert),
    entry("genSignedCertWithKey", 6, 6, random::gen_signed_cert_with_key),
    entry("get", 2, 2, dicts::get),
    entry("getHostByName", 1, 1, choice::get_host_by_name),
    entry("has", 2, 2, lists::has),
    entry("hasKey", 2, 2, dicts::has_key),
    entry("hasPrefix", 2, 2, text::has_prefix),
    entry("hasSuffix", 2, 2, text::has_suffix),
    entry("hello", 0, 0, text::hello),
    entry("htmlDate", 1, 1, dates::html_date),
    entry("htmlDateInZone", 2, 2, dates::html_date_in_zone),
    entry("htpasswd", 2, 2, random::htpasswd),
    entry("include", 2, 2, choice::include),
    entry("indent", 2, 2, text::indent),
    entry("initial", 1, 1, lists::initial),
    entry("initials", 1, 1, text::initials),
    entry("int", 1, 1, numbers::int),
    entry("int64", 1, 1, numbers::int),
    entry("isAbs", 1, 1, paths::is_abs),
    entry("join", 2, 2, text::join),
    entry("kebabcase", 1, 1, text::kebabcase),
    entry("keys", 0, MANY, dicts::keys),
    entry("kindIs", 2, 2, types::kind_is),
    entry("kindOf", 1, 1, types::kind_of),
    entry("last", 1, 1, lists::last),
    entry("list", 0, MANY, lists::list),
    entry("lookup", 4, 4, choice::lookup),
    entry("lower", 1, 1, text::lower),
    entry("max", 1, MANY, numbers::max),
    entry("maxf", 1, MANY, numbers::maxf),
    entry("merge", 1, MANY, merge::merge),
    entry("mergeOverwrite", 1, MANY, merge::merge_overwrite),
    entry("min", 1, MANY, numbers::min),
    entry("minf", 1, MANY, numbers::minf),
    entry("mod", 2, 2, numbers::modulo),
    entry("mul", 1, MANY, numbers::mul),
    entry("mulf", 1, MANY, numbers::mulf),
    entry("mustAppend", 2, 2, lists::append),
    entry("mustChunk", 2, 2, lists::chunk),
    entry("mustCompact", 1, 1, lists::compact),
    entry("mustDateModify", 2, 2, dates::must_date_modify),
    entry("mustDeepCopy", 1, 1, merge::deep_copy),
    entry("mustFirst", 1, 1, lists::first),
    entry("mustFromJson", 1, 1, json::must_from_json),
    entry("mustHas", 2, 2, lists::has),
    entry("mustInitial", 1, 1, lists::initial),
    entry("mustLast", 1, 1, lists::last),
    entry("mustMerge", 1, MANY, merge::merge),
    entry("mustMergeOverwrite", 1, MANY, merge::merge_overwrite),
    entry("mustPrepend", 2, 2, lists::prepend),
    entry("mustPush", 2, 2, lists::append),
    entry("mustRegexFind", 2, 2, regex::must_regex_find),
    entry("mustRegexFindAll", 3, 3, regex::must_regex_find_all),
    entry("mustRegexMatch", 2, 2, regex::must_regex_match),
    entry("mustRegexReplaceAll", 3, 3, regex::must_regex_replace_all),
    entry("mustRegexReplaceAllLiteral", 3, 3, regex::must_regex_replace_all_literal),
    entry("mustRegexSplit", 3, 3, regex::must_regex_split),
    entry("mustRest", 1, 1, lists::rest),
    entry("mustReverse", 1, 1, lists::reverse),
    entry("mustSlice", 1, MANY, lists::slice),
    entry("mustToDate", 2, 2, dates::must_to_date),
    entry("mustToJson", 1, 1, json::must_to_json),
    entry("mustToPrettyJson", 1, 1, json::must_to_pretty_json),
    entry("mustToRawJson", 1, 1, json::to_raw_json),
    entry("mustToYaml", 1, 1, yaml::must_to_yaml),
    entry("mustUniq", 1, 1, lists::uniq),
    entry("mustWithout", 1, MANY, lists::without),
    entry("must_date_modify", 2, 2, dates::must_date_modify),
    entry("nindent", 2, 2, text::nindent),
    entry("nospace", 1, 1, text::nospace),
    entry("now", 0, 0, dates::now),
    entry("omit", 1, MANY, dicts::omit),
    entry("osBase", 1, 1, paths::base),
    entry("osClean", 1, 1, paths::clean),
    entry("osDir", 1, 1, paths::dir),
    entry("osExt", 1, 1, paths::ext),
    entry("osIsAbs", 1, 1, paths::is_abs),
    entry("pick", 1, MANY, dicts::pick),
    entry("pluck", 1, MANY, dicts::pluck),
    entry("plural", 3, 3, text::plural),
    entry("prepend", 2, 2, lists::prepend),
    entry("push", 2, 2, lists::append),
    entry("quote", 0, MANY, text::quote),
    entry("randAlpha", 1, 1, random::rand_alpha),
    entry("randAlphaNum", 1, 1, random::rand_alpha_num),
    entry("randAscii", 1, 1, random::rand_ascii),
    entry("randBytes", 1, 1, random::rand_bytes),
    entry("randInt", 2, 2, random::rand_int),
    entry("randNumeric", 1, 1, random::rand_numeric),
    entry("regexFind", 2, 2, regex::regex_find),
    entry("regexFindAll", 3, 3, regex::regex_find_all),
    entry("regexMatch", 2, 2, regex::regex_match),
    entry("regexQuoteMeta", 1, 1, regex::regex_quote_meta),
    entry("regexReplaceAll", 3, 3, regex::regex_replace_all),
    entry("regexReplaceAllLiteral", 3, 3, regex::regex_replace_all_literal),
    entry("regexSplit", 3, 3, regex::regex_split),
    entry("repeat", 2, 2, text::repeat),
    entry("replace", 3, 3, text::replace),
    entry("required", 2, 2, choice::required),
    entry("rest", 1, 1, lists::rest),
    entry("reverse", 1, 1, lists::reverse),
    entry("round", 2, MANY, numbers::round),
    entry("semver", 1, 1, semver::semver),
    entry("semverCompare", 2, 2, semver::semver_compare),
    entry("seq", 0, MANY, numbers::seq),
    entry("set", 3, 3, dicts::set),
    entry("sha1sum", 1, 1, encoding::sha1sum),
    entry("sha256sum", 1, 1, encoding::sha256sum),
    entry("sha512sum", 1, 1, encoding::sha512sum),
    entry("shuffle", 1, 1, random::shuffle),
    entry("slice", 1, MANY, lists::slice),
    entry("snakecase", 1, 1, text::snakecase),
    entry("sortAlpha", 1, 1, text::sort_alpha),
    entry("split", 2, 2, text::split),
    entry("splitList", 2, 2, text::split_list),
    entry("splitn", 3, 3, text::splitn),
    entry("squote", 0, MANY, text::squote),
    entry("sub", 2, 2, numbers::sub),
    entry("subf", 1, MANY, numbers::subf),
    entry("substr", 3, 3, text::substr),
    entry("swapcase", 1, 1, text::swapcase),
    entry("ternary", 3, 3, choice::ternary),
    entry("title", 1, 1, text::title),
    entry("toDate", 2, 2, dates::to_date),
    entry("toDecimal", 1, 1, numbers::to_decimal),
    entry("toJson", 1, 1, json::to_json),
    entry("toPrettyJson", 1, 1, json::to_pretty_json),
    entry("toRawJson", 1, 1, json::to_raw_json),
    entry("toString", 1, 1, text::to_string),
    entry("toStrings", 1, 1, text::to_strings),
    entry("toToml", 1, 1, toml::to_toml),
    entry("toYaml", 1, 1, yaml::to_yaml),
    entry("toYamlPretty", 1, 1, yaml::to_yaml_pretty),
    entry("tpl", 2, 2, choice::tpl),
    entry("trim", 1, 1, text::trim),
    entry("trimAll", 2, 2, text::trim_all),
    entry("trimPrefix", 2, 2, text::trim_prefix),
    entry("trimSuffix", 2, 2, text::trim_suffix),
    entry("trimall", 2, 2, text::trim_all),
    entry("trunc", 2, 2, text::trunc),
    entry("tuple", 0, MANY, lists::list),
    entry("typeIs", 2, 2, types::type_is),
    entry("typeIsLike", 2, 2, types::type_is_like),
    entry("typeOf", 1, 1, types::type_of),
    entry("uniq", 1, 1, lists::uniq),
    entry("unixEpoch", 1, 1, dates::unix_epoch),
    entry("unset", 2, 2, dicts::unset),
    entry("until", 1, 1, numbers::until),
    entry("untilStep", 3, 3, numbers::until_step),
    entry("untitle", 1, 1, text::untitle),
    entry("upper", 1, 1, text::upper),
    entry("urlJoin", 1, 1, url::url_join),
    entry("urlParse", 1, 1, url::url_parse),
    entry("uuidv4", 0, 0, random::uuidv4),
    entry("values", 1, 1, dicts::values),
    entry("without", 1, MANY, lists::without),
    entry("wrap", 2, 2, text::wrap),
    entry("wrapWith", 3, 3, text::wrap_with),
];
