//! Every check page is held to its own examples, and to what other tools call it.

use std::collections::BTreeSet;
use std::fs;

use rayon::prelude::*;
use stockade_analysis::{Options, Variables};
use stockade_engine::{Page, Selection};
use stockade_report::{Report, Style};

use crate::command::root;

#[test]
fn every_page_passes_its_tests() {
    let failures: Vec<String> = stockade_checks::pages()
        .par_iter()
        .flat_map(|page| {
            let path = page.path.to_string();
            stockade_analysis::test_page(page)
                .into_iter()
                .map(move |failure| format!("checks/{path}:{failure}"))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn ids_are_unique_and_fit_their_paths() {
    let mut seen = BTreeSet::new();
    for page in stockade_checks::pages() {
        let path = page.path.strip_suffix(".md").unwrap().replace('/', "-").replace("kubernetes-", "k8s-");
        assert_eq!(page.id.as_str(), path);
        assert!(seen.insert(page.id.to_string()), "{path}");
    }
    assert!(seen.len() >= 70, "{} pages", seen.len());
}

/// The ids of other tools' checks, gathered from their published rule lists: `tool<TAB>id` a line.
#[test]
fn aliases_are_ids_that_other_tools_have() {
    let known = fs::read_to_string(root().join("tests/fixtures/peer-ids.tsv")).unwrap();
    let known: BTreeSet<(&str, &str)> = known.lines().filter_map(|line| line.split_once('\t')).collect();
    let registry = stockade_checks::registry();
    let mut missing = vec![];
    for check in registry.checks() {
        for (tool, ids) in &check.aliases {
            missing.extend(
                ids.iter()
                    .filter(|id| !known.contains(&(tool.as_str(), id.as_str())))
                    .map(|id| format!("{}: {tool}: {id}", check.id)),
            );
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn native_functions_and_pages_name_one_another() {
    let registry = stockade_checks::registry();
    let named: BTreeSet<String> = registry.checks().filter_map(|check| check.native().map(str::to_owned)).collect();
    let there: BTreeSet<String> = stockade_checks::native_names().map(str::to_owned).collect();
    assert_eq!(named, there);
}

/// The finding of the first example that has one, as a terminal shows it.
fn show(page: &Page) -> Option<String> {
    let registry = stockade_checks::with_pages(vec![page.clone()]);
    let options = Options { registry: &registry, selection: Selection::default(), variables: Variables::default() };
    stockade_analysis::page_examples(page).iter().find_map(|inputs| {
        let analysis = stockade_analysis::analyse(inputs, &options);
        let report = Report {
            sources: &analysis.sources,
            registry: &registry,
            findings: analysis.findings.get(..1)?,
            undetermined: &[],
            account: &analysis.account,
            disagreements: None,
        };
        Some(stockade_report::full(&report, Style { color: false, unicode: true, width: 100 }))
    })
}

#[test]
fn every_page_has_a_finding_to_show() {
    for page in stockade_checks::pages() {
        let shown = show(&page).unwrap_or_else(|| panic!("{} flags none of its examples", page.path));
        insta::with_settings!({ snapshot_path => "../snapshots/checks", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(page.id.as_str(), shown);
        });
    }
}
