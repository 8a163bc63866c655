//! `Chart.yaml`.

use compact_str::{CompactString, ToCompactString, format_compact};
use stockade_gotemplate as template;
use stockade_model::{Kind, Value};
use stockade_source::{FileId, Span, SyntaxError};
use stockade_yaml::Schema;

/// What `Chart.yaml` says, with `requirements.yaml`.
#[derive(Clone, Debug)]
pub(crate) struct Metadata {
    /// The name; in a dependency with an alias, the alias.
    pub(crate) name: CompactString,
    pub(crate) version: CompactString,
    /// `v1`, `v2`; `v1` where nothing is said.
    pub(crate) api_version: CompactString,
    pub(crate) library: bool,
    pub(crate) dependencies: Vec<Dependency>,
    /// The start of the file.
    pub(crate) span: Span,
    /// The document itself.
    document: Option<Value>,
}

/// An entry of `dependencies`.
#[derive(Clone, Debug)]
pub(crate) struct Dependency {
    /// The name; the alias once the dependency has been found.
    pub(crate) name: CompactString,
    pub(crate) version: CompactString,
    pub(crate) repository: CompactString,
    pub(crate) condition: CompactString,
    pub(crate) tags: Vec<CompactString>,
    pub(crate) alias: CompactString,
    pub(crate) imports: Vec<Import>,
    pub(crate) enabled: bool,
    /// Where its name stands.
    pub(crate) span: Span,
}

/// An entry of `import-values`: a path in the dependency's values, and where they go in the parent's.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    pub(crate) child: CompactString,
    pub(crate) parent: CompactString,
}

impl Metadata {
    /// Reads `Chart.yaml`.
    pub(crate) fn read(file: FileId, text: &str, errors: &mut Vec<SyntaxError>) -> Metadata {
        let document = document(file, text, errors);
        let field = |key| document.as_ref().map(|document| text_of(document.get(key))).unwrap_or_default();
        let api_version = match field("apiVersion") {
            version if version.is_empty() => "v1".into(),
            version => version,
        };
        Metadata {
            name: field("name"),
            version: field("version"),
            api_version,
            library: field("type") == "library",
            dependencies: document.as_ref().map(dependencies).unwrap_or_default(),
            span: Span::new(file, 0, 0),
            document,
        }
    }

    /// Takes the dependencies from a `requirements.yaml`, as charts had it before `apiVersion: v2`.
    pub(crate) fn read_requirements(&mut self, file: FileId, text: &str, errors: &mut Vec<SyntaxError>) {
        if let Some(document) = document(file, text, errors)
            && document.get("dependencies").is_some()
        {
            self.dependencies = dependencies(&document);
        }
    }

    /// `.Chart`: the fields under Go's names, those that are not written included.
    pub(crate) fn value(&self, root: bool) -> template::Value {
        let text = |key: &str| match self.document.as_ref().and_then(|document| document.get(key)) {
            Some(value) => {
                template::Value::new(template::Kind::Text(template::Text::new(text_of(Some(value)))), value.span)
            }
            None => template::Value::from(""),
        };
        let list = |key: &str| {
            let items = self.document.as_ref().and_then(|document| document.get(key)).map_or(&[][..], Value::items);
            let texts = items.iter().map(|item| {
                template::Value::new(template::Kind::Text(template::Text::new(text_of(Some(item)))), item.span)
            });
            template::Value::list(texts.collect())
        };
        let fields = [
            ("APIVersion", template::Value::from(self.api_version.as_str())),
            ("Annotations", self.annotations()),
            ("AppVersion", text("appVersion")),
            ("Condition", text("condition")),
            ("Dependencies", template::Value::list(self.dependencies.iter().map(Dependency::value).collect())),
            ("Deprecated", template::Value::from(self.flag("deprecated"))),
            ("Description", text("description")),
            ("Home", text("home")),
            ("Icon", text("icon")),
            ("IsRoot", template::Value::from(root)),
            ("Keywords", list("keywords")),
            ("KubeVersion", text("kubeVersion")),
            ("Maintainers", self.maintainers()),
            ("Name", template::Value::from(self.name.as_str())),
            ("Sources", list("sources")),
            ("Tags", text("tags")),
            ("Type", text("type")),
            ("Version", text("version")),
        ];
        record(fields)
    }

    fn flag(&self, key: &str) -> bool {
        self.document.as_ref().and_then(|document| document.get(key)).and_then(Value::as_bool).unwrap_or(false)
    }

    fn annotations(&self) -> template::Value {
        let map = self.document.as_ref().and_then(|document| document.get("annotations")).and_then(Value::as_map);
        let Some(map) = map else { return template::Value::NIL };
        let entries = map.iter().map(|(key, field)| {
            let text = template::Text::new(text_of(Some(&field.value)));
            (key.clone(), template::Value::new(template::Kind::Text(text), field.value.span))
        });
        template::Value::map(entries.collect())
    }

    fn maintainers(&self) -> template::Value {
        let people = self.document.as_ref().and_then(|document| document.get("maintainers"));
        let people = people.map_or(&[][..], Value::items).iter().map(|person| {
            let text = |key| template::Value::from(text_of(person.get(key)).as_str());
            record([("Name", text("name")), ("Email", text("email")), ("URL", text("url"))])
        });
        template::Value::list(people.collect())
    }
}

impl Dependency {
    fn value(&self) -> template::Value {
        let text = |text: &CompactString| template::Value::from(text.as_str());
        let import = |import: &Import| record([("child", text(&import.child)), ("parent", text(&import.parent))]);
        record([
            ("Name", text(&self.name)),
            ("Version", text(&self.version)),
            ("Repository", text(&self.repository)),
            ("Condition", text(&self.condition)),
            ("Tags", template::Value::list(self.tags.iter().map(text).collect())),
            ("Alias", text(&self.alias)),
            ("Enabled", template::Value::from(self.enabled)),
            ("ImportValues", template::Value::list(self.imports.iter().map(import).collect())),
        ])
    }
}

/// A map of these fields.
pub(crate) fn record<const N: usize>(fields: [(&str, template::Value); N]) -> template::Value {
    template::Value::map(fields.into_iter().map(|(key, value)| (CompactString::new(key), value)).collect())
}

/// The first document of a text, where it is a mapping.
fn document(file: FileId, text: &str, errors: &mut Vec<SyntaxError>) -> Option<Value> {
    let (documents, faults) = stockade_yaml::parse(file, text);
    errors.extend(faults);
    let root = documents.iter().find_map(|document| document.root.as_ref())?;
    let (value, faults) = stockade_yaml::to_value(root, Schema::Kubernetes);
    errors.extend(faults);
    if value.as_map().is_none() {
        errors.push(SyntaxError::new(root.span, "this is no mapping"));
        return None;
    }
    Some(value)
}

fn dependencies(document: &Value) -> Vec<Dependency> {
    let entries = document.get("dependencies").map_or(&[][..], Value::items);
    entries.iter().filter(|entry| entry.as_map().is_some()).map(dependency).collect()
}

fn dependency(entry: &Value) -> Dependency {
    let texts = |key| entry.get(key).map_or(&[][..], Value::items).iter();
    let imports = texts("import-values").filter_map(|import| match &import.kind {
        Kind::Map(_) => Some(Import { child: text_of(import.get("child")), parent: text_of(import.get("parent")) }),
        Kind::Text(name) => Some(Import { child: format_compact!("exports.{name}"), parent: ".".into() }),
        _ => None,
    });
    Dependency {
        name: text_of(entry.get("name")),
        version: text_of(entry.get("version")),
        repository: text_of(entry.get("repository")),
        condition: text_of(entry.get("condition")),
        tags: texts("tags").map(|tag| text_of(Some(tag))).collect(),
        alias: text_of(entry.get("alias")),
        imports: imports.collect(),
        enabled: true,
        span: entry.get("name").map_or(entry.span, |name| name.span),
    }
}

/// A scalar as Go puts it into a string field: `appVersion: 1.10` is `1.1`.
fn text_of(value: Option<&Value>) -> CompactString {
    match value.map(|value| &value.kind) {
        Some(Kind::Text(text)) => text.clone(),
        Some(Kind::Number(number)) => number.to_compact_string(),
        Some(Kind::Bool(value)) => value.to_compact_string(),
        _ => CompactString::default(),
    }
}
