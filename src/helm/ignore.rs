//! `.helmignore`: which files of a chart's folder are no part of the chart.

/// The patterns of a `.helmignore`, with the one that always holds.
pub(crate) struct Rules {
    patterns: Vec<Pattern>,
}

struct Pattern {
    glob: String,
    negated: bool,
    folders_only: bool,
    /// A pattern without a slash is held against the last part of a path alone.
    last_part: bool,
}

impl Rules {
    /// Reads a `.helmignore`; Helm refuses a chart with a pattern that it cannot read, here such a pattern ignores
    /// nothing.
    pub(crate) fn new(text: &str) -> Rules {
        let mut rules = Rules { patterns: text.lines().filter_map(Pattern::new).collect() };
        rules.patterns.extend(Pattern::new("templates/.?*"));
        rules
    }

    /// Whether the file at `path`, or a folder that it lies in, is ignored.
    pub(crate) fn ignore(&self, path: &str) -> bool {
        let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        folders.into_iter().any(|folder| self.matches(folder, true)) || self.matches(path, false)
    }

    /// The first pattern that decides does. A negated one ignores whatever it does not match, as in Helm.
    fn matches(&self, path: &str, folder: bool) -> bool {
        for pattern in &self.patterns {
            let fits = (folder || !pattern.folders_only) && pattern.matches(path);
            if fits != pattern.negated {
                return true;
            }
        }
        false
    }
}

impl Pattern {
    fn new(line: &str) -> Option<Pattern> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') || line.contains("**") {
            return None;
        }
        let (negated, rest) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
        let (folders_only, rest) = rest.strip_suffix('/').map_or((false, rest), |rest| (true, rest));
        let last_part = !rest.contains('/');
        let glob = rest.strip_prefix('/').unwrap_or(rest).to_owned();
        Some(Pattern { glob, negated, folders_only, last_part })
    }

    fn matches(&self, path: &str) -> bool {
        let path = if self.last_part { path.rsplit('/').next().unwrap_or(path) } else { path };
        glob(self.glob.as_bytes(), path.as_bytes())
    }
}

/// Go's `filepath.Match`. Bytes stand for characters: only `?` and classes could tell, and only for names that are
/// not ASCII.
fn glob(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    // After the last `*`: where the pattern goes on, and where the name does.
    let mut star: Option<(usize, usize)> = None;
    loop {
        if pattern.get(p) == Some(&b'*') {
            p += 1;
            star = Some((p, n));
            continue;
        }
        if p == pattern.len() && n == name.len() {
            return true;
        }
        let step = name.get(n).and_then(|byte| one(&pattern[p..], *byte));
        if let Some(len) = step {
            p += len;
            n += 1;
            continue;
        }
        match star {
            // `*` takes one more byte, but never a slash.
            Some((after, from)) if name.get(from).is_some_and(|byte| *byte != b'/') => {
                star = Some((after, from + 1));
                (p, n) = (after, from + 1);
            }
            _ => return false,
        }
    }
}

/// How much of the pattern matches the byte; `None` where it does not.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match *pattern.first()? {
        b'?' => (byte != b'/').then_some(1),
        b'\\' => (*pattern.get(1)? == byte).then_some(2),
        b'[' => {
            let negated = pattern.get(1) == Some(&b'^');
            let mut at = if negated { 2 } else { 1 };
            let mut found = false;
            let mut first = true;
            while first || *pattern.get(at)? != b']' {
                first = false;
                let low = class_byte(pattern, &mut at)?;
                let high = if pattern.get(at) == Some(&b'-') {
                    at += 1;
                    class_byte(pattern, &mut at)?
                } else {
                    low
                };
                found |= (low..=high).contains(&byte);
            }
            (found != negated).then_some(at + 1)
        }
        literal => (literal == byte).then_some(1),
    }
}

fn class_byte(pattern: &[u8], at: &mut usize) -> Option<u8> {
    if pattern.get(*at) == Some(&b'\\') {
        *at += 1;
    }
    let byte = *pattern.get(*at)?;
    *at += 1;
    Some(byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let rules = Rules::new("# no\n*.bak\n/top.txt\ndir/\na/b?.[xy]\ncharts/*/ci\n");
        for ignored in ["x.bak", "a/b/x.bak", "top.txt", "q/dir/x", "a/b1.x", "charts/z/ci/f", "templates/.git"] {
            assert!(rules.ignore(ignored), "{ignored}");
        }
        for kept in ["x.ba", "a/top.txt", "dir", "a/b1.z", "a/b12.x", "charts/a/z/ci", "templates/a/.b", "# no"] {
            assert!(!rules.ignore(kept), "{kept}");
        }
    }

    #[test]
    fn a_negated_pattern_ignores_what_it_does_not_match() {
        let rules = Rules::new("!*.yaml");
        assert!(rules.ignore("a.txt"));
        assert!(!rules.ignore("a.yaml"));
    }

    #[test]
    fn many_stars_end() {
        assert!(!glob("*a".repeat(40).as_bytes(), "a".repeat(39).as_bytes()));
        assert!(!glob("a*".repeat(4000).as_bytes(), "b".repeat(40000).as_bytes()));
        assert!(glob(b"*.tgz", b"a.tgz") && !glob(b"*.tgz", b"a/b.tgz"));
    }
}
