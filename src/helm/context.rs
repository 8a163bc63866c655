//! What templates see besides values: `.Release`, `.Capabilities`, `.Files`.

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use compact_str::CompactString;
use stockade_gotemplate::{Kind, Object, Place, Text, Value};
use stockade_source::Span;

use crate::chart::Content;
use crate::expression::evaluate;
use crate::glob;
use crate::metadata::record;
use crate::{DEFAULT_API_VERSIONS, Inputs};

/// `.Release` of an install.
pub(crate) fn release(inputs: &Inputs) -> Value {
    record([
        ("Name", Value::from(inputs.release.as_str())),
        ("Namespace", Value::from(inputs.namespace.as_str())),
        ("IsUpgrade", Value::from(false)),
        ("IsInstall", Value::from(true)),
        ("Revision", Value::from(1_i64)),
        ("Service", Value::from("Helm")),
    ])
}

/// `.Capabilities`
pub(crate) fn capabilities(inputs: &Inputs) -> Value {
    let versions = DEFAULT_API_VERSIONS.iter().map(|version| CompactString::new(*version));
    let versions = versions.chain(inputs.api_versions.iter().cloned()).collect();
    let helm = record([
        ("Version", Value::from(HELM_VERSION)),
        ("GitCommit", Value::from("")),
        ("GitTreeState", Value::from("clean")),
        ("GoVersion", Value::from("go1.25")),
    ]);
    record([
        ("KubeVersion", Value::object(KubeVersion::new(&inputs.kube_version))),
        ("APIVersions", Value::object(ApiVersions(versions))),
        ("HelmVersion", helm),
    ])
}

/// The Helm whose behaviour this crate has.
const HELM_VERSION: &str = "v4.1.4";

/// `.Capabilities.KubeVersion`: prints as the version, and has its parts.
#[derive(Debug)]
struct KubeVersion {
    version: CompactString,
    /// Without what a vendor adds: `v1.27.3` of `v1.27.3-gke.100`.
    plain: CompactString,
    major: CompactString,
    minor: CompactString,
}

impl KubeVersion {
    fn new(version: &str) -> Self {
        let numbers = version.trim_start_matches('v');
        let mut parts = numbers.split(['.', '-', '+']);
        let mut part = || CompactString::new(parts.next().unwrap_or("0"));
        let (major, minor) = (part(), part());
        let version: CompactString =
            if version.starts_with('v') { version.into() } else { format!("v{version}").into() };
        let plain = version.split(['-', '+']).next().unwrap_or_default().into();
        KubeVersion { version, plain, major, minor }
    }
}

impl Object for KubeVersion {
    fn type_name(&self) -> &'static str {
        "common.KubeVersion"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Version" => Some(Value::from(self.version.as_str())),
            "Major" => Some(Value::from(self.major.as_str())),
            "Minor" => Some(Value::from(self.minor.as_str())),
            _ => None,
        }
    }

    fn call(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        match name {
            "String" if args.is_empty() => Some(Ok(Value::from(self.plain.as_str()))),
            "GitVersion" if args.is_empty() => Some(Ok(Value::from(self.version.as_str()))),
            _ => None,
        }
    }

    fn value(&self) -> Value {
        Value::from(self.plain.as_str())
    }
}

/// `.Capabilities.APIVersions`
#[derive(Debug)]
struct ApiVersions(Vec<CompactString>);

impl Object for ApiVersions {
    fn type_name(&self) -> &'static str {
        "common.VersionSet"
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn call(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        match (name, args) {
            ("Has", [version]) => {
                let wanted = version.as_str().ok_or_else(|| "wrong type for value; expected string".to_owned());
                Some(wanted.map(|wanted| Value::from(self.0.iter().any(|there| there == wanted))))
            }
            ("Has", _) => Some(Err(format!("wrong number of args for Has: want 1 got {}", args.len()))),
            _ => None,
        }
    }

    fn value(&self) -> Value {
        Value::list(self.0.iter().map(|version| Value::from(version.as_str())).collect())
    }
}

/// `.Files`: what lies in the chart beside templates and values.
pub(crate) struct Files(pub(crate) Rc<BTreeMap<CompactString, Content>>);

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Files {
    fn get(&self, name: &str) -> Value {
        self.0.get(name).map_or_else(|| Value::from(""), contents)
    }

    fn glob(&self, pattern: &str) -> Files {
        let Some(pattern) = glob::pattern(pattern) else { return Files(Rc::clone(&self.0)) };
        let matching = self.0.iter().filter(|(name, _)| pattern.is_match(name));
        Files(Rc::new(matching.map(|(name, file)| (name.clone(), file.clone())).collect()))
    }

    /// The files by their last names, as a mapping in YAML.
    fn yaml(&self, show: fn(&Content) -> Value) -> Result<Value, String> {
        let name = |path: &str| CompactString::new(path.rsplit('/').next().unwrap_or(path));
        let map = Value::map(self.0.iter().map(|(path, file)| (name(path), show(file))).collect());
        let text = evaluate("{{ toYaml . }}", &map).ok_or("the files cannot be shown")?;
        // The places in it are those of the expression above, which nobody wrote.
        Ok(Value::from(text.as_str()))
    }

    fn lines(&self, name: &str) -> Value {
        let Some(file) = self.0.get(name) else { return Value::list(Vec::new()) };
        let text = file.text.strip_suffix('\n').unwrap_or(&file.text);
        Value::list(text.split('\n').map(Value::from).collect())
    }
}

impl Object for Files {
    fn type_name(&self) -> &'static str {
        "engine.files"
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.0.get(name).map(contents)
    }

    fn call(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        let result = match (name, args) {
            ("Get" | "GetBytes" | "Glob" | "Lines", [arg]) => match (name, arg.as_str()) {
                (_, None) => Err(format!("wrong type for value; expected string; got {}", arg.type_name())),
                ("Glob", Some(pattern)) => Ok(Value::object(self.glob(pattern))),
                ("Lines", Some(path)) => Ok(self.lines(path)),
                (_, Some(path)) => Ok(self.get(path)),
            },
            ("AsConfig", []) => self.yaml(contents),
            ("AsSecrets", []) => self.yaml(encoded),
            ("Get" | "GetBytes" | "Glob" | "Lines", _) => {
                Err(format!("wrong number of args for {name}: want 1 got {}", args.len()))
            }
            ("AsConfig" | "AsSecrets", _) => Err(format!("wrong number of args for {name}: want 0 got {}", args.len())),
            _ => return None,
        };
        Some(result)
    }

    fn value(&self) -> Value {
        Value::map(self.0.iter().map(|(path, file)| (path.clone(), contents(file))).collect())
    }
}

/// The text of a file, which knows the file that it came from.
fn contents(file: &Content) -> Value {
    placed(file, Text::new(&*file.text))
}

fn encoded(file: &Content) -> Value {
    placed(file, Text::new(base64(file.text.as_bytes())))
}

fn placed(file: &Content, text: Text) -> Value {
    let end = u32::try_from(file.text.len()).unwrap_or(u32::MAX);
    let data = Span::new(file.id, 0, end);
    Value::new(Kind::Text(text.at(Rc::new(Place { data, ..Place::default() }))), data)
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * at) & 63) as usize];
            out.push(if at <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_the_standard_one() {
        for (text, encoded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
            assert_eq!(base64(text.as_bytes()), encoded);
        }
    }

    #[test]
    fn kube_versions_have_parts() {
        let version = KubeVersion::new("1.27.3-gke.100");
        assert_eq!((&*version.version, &*version.major, &*version.minor), ("v1.27.3-gke.100", "1", "27"));
    }
}
