//! [Skaffold](https://skaffold.dev/docs/references/yaml/): artifacts with their images.

use stockade_source::FileId;
use stockade_yaml::Node;

use super::Build;
use super::reference::Reference;

/// The builds of one file.
pub(super) fn builds(id: FileId, path: &str, text: &str) -> Vec<Build> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let (documents, _) = stockade_yaml::parse(id, text);
    let roots = documents.iter().filter_map(|document| document.root.as_ref());
    let artifacts = roots.filter_map(|root| root.get("build")?.get("artifacts")).flat_map(Node::elements);
    artifacts
        .filter_map(|artifact| {
            let image = artifact.get("image")?;
            let context = artifact.get("context").and_then(Node::as_str).unwrap_or(".");
            let docker = artifact.get("docker");
            let text = |key| docker.and_then(|docker| docker.get(key)).and_then(Node::as_str);
            // Another builder than Docker's makes the image without a Dockerfile.
            let other = ["bazel", "buildpacks", "custom", "jib", "ko"].iter().any(|key| artifact.get(key).is_some());
            let mut build = Build::new(folder, context, text("dockerfile"), image.span).filter(|_| !other)?;
            build.target = text("target").map(str::to_owned);
            // Skaffold puts a tag of its own on what it builds.
            let name = Reference::parse(image.as_str()?)?;
            build.names = vec![Reference { tag: None, ..name }];
            Some(build)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn artifacts_name_their_dockerfile() {
        let text = "kind: Config\nbuild:\n  artifacts:\n    - image: org/web\n      context: web\n      docker: { dockerfile: d/File, target: run }\n    \
                    - image: org/jar\n      jib: {}\n";
        let builds = builds(FileId(0), "skaffold.yaml", text);
        assert_eq!(builds.len(), 1);
        assert_eq!((builds[0].dockerfile.as_str(), builds[0].target.as_deref()), ("web/d/File", Some("run")));
    }
}
