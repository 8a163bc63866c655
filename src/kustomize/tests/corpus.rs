//! Every kustomization of real repositories, against `kubectl kustomize`: set `STOCKADE_DATA` to the folder that holds
//! `corpus/`.

use std::path::Path;

use super::judge::{self, Verdict};
use crate::{build, roots};

#[test]
fn real_kustomizations_build_as_kubectl_builds_them() {
    let Some(data) = std::env::var_os("STOCKADE_DATA") else {
        println!("skipped: STOCKADE_DATA is not set");
        return;
    };
    if !judge::is_there() {
        return;
    }
    let (mut all, mut same, mut refused, mut order, mut doubted, mut different) = (0, 0, 0, 0, 0, 0);
    let corpus = Path::new(&data).join("corpus");
    let mut repositories: Vec<_> = std::fs::read_dir(corpus).expect("a corpus").flatten().map(|e| e.path()).collect();
    repositories.sort();
    for root in repositories.iter().filter(|path| path.is_dir()) {
        let files = judge::files(root);
        let tree = judge::tree(&files);
        for folder in judge::folders(&files) {
            let answer = judge::judged(&root.join(&folder));
            all += 1;
            let name = format!("{}/{folder}", root.file_name().unwrap_or_default().to_string_lossy());
            match judge::compare(&answer, &build(&folder, &tree)) {
                Verdict::Same if answer.is_err() => refused += 1,
                Verdict::Same => same += 1,
                Verdict::Order => {
                    order += 1;
                    println!("ORDER {name}");
                }
                Verdict::Doubted(faults) => {
                    doubted += 1;
                    println!("DOUBTED {name}: {faults}");
                }
                Verdict::Different(what) => {
                    different += 1;
                    println!("DIFFERENT {name}: {what}");
                }
            }
        }
        if !judge::folders(&files).is_empty() {
            let roots = roots(&tree);
            println!("{}: {} kustomizations, {} of them roots", root.display(), roots.files.len(), roots.folders.len());
        }
    }
    println!(
        "{all} kustomizations: {same} the same, {refused} refused by both, {order} in another order, {doubted} the same but called incomplete, {different} different"
    );
    assert!(all > 300 && different == 0 && order == 0, "{different} different, {order} in another order");
}
