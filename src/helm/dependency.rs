//! Which dependencies of a chart are there, under which names, and what they give to its values.

use compact_str::CompactString;
use stockade_gotemplate::{Kind, Map, Value};
use stockade_source::{Span, SyntaxError};

use crate::chart::{Chart, MAX_CHARTS, MAX_NESTING};
use crate::expression::evaluate;
use crate::metadata::{Dependency, record};
use crate::values::{at_path, coalesce, coalesce_tables, copy_map, table};

/// Names, switches off and fills in the dependencies of `chart` for the values that the user gave.
pub(crate) fn resolve(chart: &mut Chart, given: &Map) -> Resolved {
    let mut resolving = Resolving { missing: None, errors: Vec::new(), charts: 0 };
    resolving.enable(chart, given, "", 0);
    if let Err(message) = import_values(chart) {
        resolving.fault(chart, message);
    }
    Resolved { errors: resolving.errors, missing: resolving.missing }
}

/// What went wrong with the dependencies.
pub(crate) struct Resolved {
    pub(crate) errors: Vec<SyntaxError>,
    /// Which of them is the first that names a dependency that is switched on but not there.
    pub(crate) missing: Option<usize>,
}

struct Resolving {
    missing: Option<usize>,
    errors: Vec<SyntaxError>,
    charts: usize,
}

impl Resolving {
    /// Keeps the dependencies that are switched on, one for every entry of `Chart.yaml`, under their aliases.
    ///
    /// Conditions are looked up in the values of all the charts above, at the path of names that leads here.
    fn enable(&mut self, chart: &mut Chart, given: &Map, path: &str, depth: usize) {
        if chart.metadata.dependencies.is_empty() || depth > MAX_NESTING {
            return;
        }
        let present = std::mem::take(&mut chart.dependencies);
        let fits = |dependency: &Dependency, chart: &Chart| {
            dependency.name == chart.metadata.name && compatible(&dependency.version, &chart.metadata.version)
        };
        let mut kept: Vec<Chart> = present
            .iter()
            .filter(|there| !chart.metadata.dependencies.iter().any(|wanted| fits(wanted, there)))
            .cloned()
            .collect();
        let mut missing = Vec::new();
        for wanted in &mut chart.metadata.dependencies {
            if !present.iter().any(|there| there.metadata.name == wanted.name) {
                missing.push((wanted.span, wanted.name.clone()));
            }
            if let Some(found) = present.iter().find(|there| fits(wanted, there)) {
                self.charts += 1 + found.dependencies.len();
                if self.charts > MAX_CHARTS {
                    let message = "there are more charts in this chart than the limit";
                    self.errors.push(SyntaxError::new(wanted.span, message));
                    return;
                }
                let mut found = found.clone();
                if !wanted.alias.is_empty() {
                    found.metadata.name = wanted.alias.clone();
                }
                kept.push(found);
            }
            if !wanted.alias.is_empty() {
                wanted.name = wanted.alias.clone();
            }
            wanted.enabled = true;
        }
        chart.dependencies = kept;
        let all = copy_map(given);
        if let Err(message) = coalesce(chart, &all, false) {
            self.fault(chart, message);
        }
        for dependency in &mut chart.metadata.dependencies {
            dependency.enabled = is_enabled(dependency, &all, path);
            // Helm looks for the dependencies of the chart itself alone.
            if let Some((span, name)) = missing.iter().find(|(span, _)| dependency.enabled && *span == dependency.span)
                && depth == 0
            {
                self.missing(*span, name, &dependency.repository);
            }
        }
        let off: Vec<CompactString> = chart
            .metadata
            .dependencies
            .iter()
            .filter(|dependency| !dependency.enabled)
            .map(|dependency| dependency.name.clone())
            .collect();
        chart.dependencies.retain(|there| !off.contains(&there.metadata.name));
        chart.metadata.dependencies.retain(|dependency| !off.contains(&dependency.name));
        for there in &mut chart.dependencies {
            let path = format!("{path}{}.", there.metadata.name);
            self.enable(there, &all, &path, depth + 1);
        }
    }

    fn missing(&mut self, span: Span, name: &str, repository: &str) {
        let from = if repository.is_empty() { String::new() } else { format!(" (from {repository})") };
        let message = format!("the dependency `{name}`{from} is not in the folder `charts`");
        self.missing.get_or_insert(self.errors.len());
        self.errors.push(SyntaxError::new(span, message));
    }

    fn fault(&mut self, chart: &Chart, message: String) {
        let span = chart.metadata.dependencies.first().map(|dependency| dependency.span);
        let span = span.unwrap_or(chart.metadata.span);
        self.errors.push(SyntaxError::new(span, message));
    }
}

/// The first condition that is a boolean decides, else the tags.
fn is_enabled(dependency: &Dependency, values: &Map, path: &str) -> bool {
    for condition in dependency.condition.trim().split(',').filter(|condition| !condition.is_empty()) {
        if let Some(Value { kind: Kind::Bool(value), .. }) = at_path(values, &format!("{path}{condition}")) {
            return value;
        }
    }
    let Some(tags) = table(values, "tags") else { return true };
    let set: Vec<bool> = dependency
        .tags
        .iter()
        .filter_map(
            |tag| if let Some(Kind::Bool(on)) = tags.get(tag).map(|value| value.kind) { Some(on) } else { None },
        )
        .collect();
    set.is_empty() || set.contains(&true)
}

/// Brings what `import-values` names from the dependencies' values into those of the chart, which win.
fn import_values(chart: &mut Chart) -> Result<(), String> {
    for dependency in &mut chart.dependencies {
        import_values(dependency)?;
    }
    if chart.metadata.dependencies.is_empty() {
        return Ok(());
    }
    let all = Map::default();
    coalesce(chart, &all, true)?;
    let imported = Map::default();
    for dependency in &chart.metadata.dependencies {
        for import in &dependency.imports {
            let Some(found) = table(&all, &format!("{}.{}", dependency.name, import.child)) else { continue };
            let found = copy_map(&found);
            let found = if import.parent == "." {
                found
            } else {
                import.parent.rsplit('.').fold(found, |inner, step| {
                    let outer = Map::default();
                    outer.insert(step, Value::computed(Kind::Map(inner)));
                    outer
                })
            };
            coalesce_tables(&imported, &found, true);
        }
    }
    coalesce_tables(&all, &imported, true);
    chart.values = all;
    Ok(())
}

/// Whether a version lies in a range, as Helm's templates compare them.
fn compatible(range: &str, version: &str) -> bool {
    if range == version && !range.is_empty() {
        return true;
    }
    let data = record([("range", Value::from(range)), ("version", Value::from(version))]);
    evaluate("{{ semverCompare .range .version }}", &data).is_some_and(|text| text.as_str() == "true")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        for (range, version) in [("1.x.x", "1.2.3"), ("*", "0.1.0"), (">=1.0.0 <3", "2.1.0"), ("~1.2", "1.2.9")] {
            assert!(compatible(range, version), "{range} {version}");
        }
        for (range, version) in [("1.x.x", "2.0.0"), ("*", "1.0.0-beta"), ("", ""), ("x y", "1.0.0")] {
            assert!(!compatible(range, version), "{range} {version}");
        }
    }
}
