//! [Bake files](https://docs.docker.com/build/bake/reference/): targets with their tags.

use stockade_hcl::{Body, Expr, ExprKind, Item, TemplatePart};
use stockade_source::{FileId, Span};

use super::Build;
use super::reference::Reference;

/// How long a chain of `inherits` may be.
const MAX_INHERITED: usize = 16;

/// The builds of one file.
pub(super) fn builds(id: FileId, path: &str, text: &str) -> Vec<Build> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let targets = if path.ends_with(".json") { from_json(id, text) } else { from_hcl(id, text) };
    targets
        .iter()
        .filter_map(|target| {
            let context = field(&targets, target, |target| target.context.clone()).unwrap_or_else(|| ".".to_owned());
            let dockerfile = field(&targets, target, |target| target.dockerfile.clone());
            let tags = field(&targets, target, |target| Some(target.tags.clone()).filter(|tags| !tags.is_empty()));
            let mut build = Build::new(folder, &context, dockerfile.as_deref(), target.span)?;
            build.target = field(&targets, target, |target| target.stage.clone());
            build.names = tags?.iter().filter_map(|tag| Reference::parse(tag)).collect();
            Some(build)
        })
        .collect()
}

#[derive(Debug)]
struct Target {
    name: String,
    context: Option<String>,
    dockerfile: Option<String>,
    stage: Option<String>,
    tags: Vec<String>,
    inherits: Vec<String>,
    span: Span,
}

/// What a target says, or else the last one that it inherits from.
fn field<T>(targets: &[Target], target: &Target, get: impl Fn(&Target) -> Option<T>) -> Option<T> {
    fn look<T>(targets: &[Target], target: &Target, get: &dyn Fn(&Target) -> Option<T>, depth: usize) -> Option<T> {
        get(target).or_else(|| {
            let inherited = target.inherits.iter().rev().filter(|_| depth > 0);
            inherited
                .filter_map(|name| targets.iter().find(|one| one.name == *name))
                .find_map(|one| look(targets, one, get, depth - 1))
        })
    }
    look(targets, target, &get, MAX_INHERITED)
}

fn from_hcl(id: FileId, text: &str) -> Vec<Target> {
    let (body, _) = stockade_hcl::parse(id, text);
    let blocks = body.items.iter().filter_map(|item| match item {
        Item::Block(block) if block.kind.text == "target" => Some(block),
        _ => None,
    });
    blocks
        .map(|block| Target {
            name: block.labels.first().map(|label| label.text.to_string()).unwrap_or_default(),
            context: attribute(&block.body, "context").and_then(text_of),
            dockerfile: attribute(&block.body, "dockerfile").and_then(text_of),
            stage: attribute(&block.body, "target").and_then(text_of),
            tags: attribute(&block.body, "tags").map(list_of).unwrap_or_default(),
            inherits: attribute(&block.body, "inherits").map(list_of).unwrap_or_default(),
            span: block.head,
        })
        .collect()
}

fn attribute<'a>(body: &'a Body, name: &str) -> Option<&'a Expr> {
    body.items.iter().find_map(|item| match item {
        Item::Attribute(attribute) if attribute.key.text == name => Some(&attribute.value),
        _ => None,
    })
}

/// A text; what it interpolates is written `${}`.
fn text_of(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Template(template) => Some(
            template
                .parts
                .iter()
                .map(|part| match part {
                    TemplatePart::Literal(text, _) => text.as_str(),
                    _ => "${}",
                })
                .collect(),
        ),
        ExprKind::Paren(inner) => text_of(inner),
        _ => None,
    }
}

fn list_of(expr: &Expr) -> Vec<String> {
    match &expr.kind {
        ExprKind::Tuple(items) => items.iter().filter_map(text_of).collect(),
        _ => vec![],
    }
}

fn from_json(id: FileId, text: &str) -> Vec<Target> {
    let (document, _) = stockade_yaml::parse_json(id, text);
    let Some(targets) = document.root.as_ref().and_then(|root| root.get("target")) else { return vec![] };
    let list = |node: Option<&stockade_yaml::Node>| -> Vec<String> {
        node.map(|node| node.elements().iter().filter_map(|one| one.as_str().map(str::to_owned)).collect())
            .unwrap_or_default()
    };
    targets
        .entries()
        .iter()
        .map(|entry| {
            let text = |key| entry.value.get(key).and_then(stockade_yaml::Node::as_str).map(str::to_owned);
            Target {
                name: entry.key.as_str().unwrap_or_default().to_owned(),
                context: text("context"),
                dockerfile: text("dockerfile"),
                stage: text("target"),
                tags: list(entry.value.get("tags")),
                inherits: list(entry.value.get("inherits")),
                span: entry.key.span,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_inherit() {
        let text = "target \"_base\" {\n  context = \"./app\"\n  tags = [\"org/app:1\", \"${R}/app:2\"]\n}\n\
                    target \"dev\" {\n  inherits = [\"_base\"]\n  dockerfile = \"Dockerfile.dev\"\n  target = \"dev\"\n}\n\
                    group \"default\" { targets = [\"dev\"] }\ntarget \"far\" { context = \"https://x/y.git\" tags = [\"z\"] }\n";
        let builds = builds(FileId(0), "ci/docker-bake.hcl", text);
        let files: Vec<&str> = builds.iter().map(|build| build.dockerfile.as_str()).collect();
        assert_eq!(files, ["ci/app/Dockerfile", "ci/app/Dockerfile.dev"]);
        assert_eq!(builds[1].names, [Reference::parse("org/app:1").unwrap()]);
        assert_eq!(builds[1].target.as_deref(), Some("dev"));
        let json = r#"{"target": {"a": {"context": ".", "tags": ["x/y"]}}}"#;
        assert_eq!(super::builds(FileId(0), "docker-bake.json", json)[0].dockerfile, "Dockerfile");
    }
}
