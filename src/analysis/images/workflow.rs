//! GitHub workflows: `docker/build-push-action` and `docker build` in scripts.

use stockade_source::FileId;
use stockade_yaml::{Node, NodeKind};

use super::Build;
use super::reference::Reference;

/// The builds of one file.
pub(super) fn builds(id: FileId, text: &str) -> Vec<Build> {
    let (documents, _) = stockade_yaml::parse(id, text);
    let root = documents.iter().find_map(|document| document.root.as_ref());
    let jobs = root.and_then(|root| root.get("jobs")).map_or(&[][..], Node::entries);
    let mut out = vec![];
    for step in jobs.iter().filter_map(|job| job.value.get("steps")).flat_map(Node::elements) {
        let uses = step.get("uses").and_then(Node::as_str).unwrap_or_default();
        if uses.starts_with("docker/build-push-action@") {
            out.extend(step.get("with").and_then(action));
        }
        if let Some(script) = step.get("run").filter(|script| matches!(script.kind, NodeKind::Scalar(_))) {
            let folder = step.get("working-directory").and_then(Node::as_str).unwrap_or("");
            out.extend(commands(script, folder));
        }
    }
    out
}

/// The inputs of the action, which runs at the root of the repository.
fn action(with: &Node) -> Option<Build> {
    let text = |key| with.get(key).and_then(Node::as_str);
    // Without a context the action takes the repository itself; the file is relative to the repository either way.
    let context = text("context").unwrap_or(".");
    let file = text("file").map(str::to_owned).unwrap_or_else(|| format!("{context}/Dockerfile"));
    let mut build = Build::new("", ".", Some(&file.replace("${{ github.workspace }}/", "")), with.span)?;
    build.target = text("target").map(str::to_owned);
    build.names = text("tags")?.split(['\n', ',']).filter_map(Reference::parse).collect();
    Some(build)
}

fn commands(script: &Node, folder: &str) -> Vec<Build> {
    let text = script.as_str().unwrap_or_default();
    if !text.contains("docker") {
        return vec![];
    }
    let Ok(commands) = stockade_shell::commands(text) else { return vec![] };
    let builds = commands.iter().filter(|command| matches!(command.program(), Some("docker" | "podman" | "buildah")));
    builds
        .filter_map(|command| {
            let words: Vec<Option<&str>> = command.words.iter().skip(1).map(stockade_shell::Word::known).collect();
            let raw = |at: usize| {
                command.words.get(at + 1).and_then(|word| text.get(word.span.clone())).unwrap_or("$").trim_matches('"')
            };
            let start = match words.as_slice() {
                [Some("build" | "bud"), ..] => 1,
                [Some("buildx" | "image" | "builder"), Some("build"), ..] => 2,
                _ => return None,
            };
            let (mut tags, mut file, mut target, mut context) = (vec![], None, None, None);
            let mut at = start;
            while at < words.len() {
                let word = raw(at);
                let (flag, value) = match word.split_once('=') {
                    Some((flag, value)) if flag.starts_with("--") => (flag, Some(value)),
                    _ => (word, None),
                };
                let takes = TAKES_VALUE.contains(&flag);
                let value = value.or_else(|| takes.then(|| raw(at + 1)));
                match (flag, value) {
                    ("-t" | "--tag", Some(value)) => tags.push(value.to_owned()),
                    ("-f" | "--file", Some(value)) => file = Some(value.to_owned()),
                    ("--target", Some(value)) => target = Some(value.to_owned()),
                    (word, None) if !word.starts_with('-') => context = Some(word.to_owned()),
                    _ => {}
                }
                at += if takes && !word.contains('=') { 2 } else { 1 };
            }
            let context = context.filter(|context| !context.contains('$'))?;
            // The command takes its file from where it runs, not from its context.
            let file = file.unwrap_or_else(|| format!("{context}/Dockerfile"));
            let mut build = Build::new(
                folder,
                ".",
                Some(&file).filter(|file| !file.contains('$')).map(String::as_str),
                script.span,
            )?;
            build.target = target;
            build.names = tags.iter().filter_map(|tag| Reference::parse(tag)).collect();
            (!build.names.is_empty()).then_some(build)
        })
        .collect()
}

/// The flags of `docker build` that take the next word.
const TAKES_VALUE: &[&str] = &[
    "-t",
    "--tag",
    "-f",
    "--file",
    "--target",
    "--build-arg",
    "--platform",
    "--label",
    "--secret",
    "--ssh",
    "--cache-from",
    "--cache-to",
    "-o",
    "--output",
    "--progress",
    "--network",
    "--build-context",
    "--builder",
    "--iidfile",
    "--metadata-file",
    "--add-host",
    "-m",
    "--memory",
    "--shm-size",
    "--ulimit",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_and_scripts_name_images() {
        let text = "on: push\njobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          context: web\n          \
                    tags: |\n            ghcr.io/org/web:latest\n            ghcr.io/org/web:${{ github.sha }}\n      - run: |\n          docker build --pull -t org/api:1 \
                    -f api/Dockerfile.prod --build-arg A=b api\n          docker push org/api:1\n      - run: docker build -t $IMAGE .\n      - working-directory: x\n        run: docker buildx build . --tag=org/x --push\n";
        let builds = builds(FileId(0), text);
        let files: Vec<&str> = builds.iter().map(|build| build.dockerfile.as_str()).collect();
        assert_eq!(files, ["web/Dockerfile", "api/Dockerfile.prod", "x/Dockerfile"]);
        assert_eq!(builds[0].names.len(), 2);
        assert_eq!(builds[0].names[1].tag, None);
        assert_eq!(builds[2].names[0].repository, "org/x");
    }
}
