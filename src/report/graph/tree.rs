//! What a picture shows: cards for resources, within groups, and wires between cards.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use stockade_model::{Graph, Resource, ResourceId, Technology};
use stockade_source::Sources;

use super::GraphFilter;

/// More cards than this are not drawn.
pub(super) const BOUND: usize = 2_000;
/// As many as can be read, where not all are drawn anyway.
const AIM: usize = 500;
/// The names of edges that a card lists; more share the last line.
const ROWS: usize = 8;
/// Groups within groups; what lies deeper is in the last one.
const DEPTH: usize = 8;
/// More projects than this are grouped by their folders first.
const PROJECTS: usize = 200;
/// Items of views on the way from one to what it is an item of.
const STEPS: usize = 32;
/// Slashes of an address at which its play may end.
const SLASHES: usize = 64;

/// Cards and groups. Every group stands after the one it lies in; the first is the whole picture.
pub(super) struct Tree {
    pub(super) groups: Vec<Group>,
    pub(super) cards: Vec<Card>,
    pub(super) wires: Vec<Wire>,
}

/// Things that belong together.
pub(super) struct Group {
    pub(super) title: String,
    /// The group it lies in; itself for the first.
    pub(super) parent: usize,
    pub(super) depth: usize,
    pub(super) technology: Option<Technology>,
    /// The groups and cards directly in it, in the order of the graph.
    pub(super) items: Vec<Item>,
    /// The cards in it and in its groups.
    pub(super) count: usize,
}

/// Something that lies in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Item {
    Card(usize),
    Group(usize),
}

/// A resource.
pub(super) struct Card {
    pub(super) id: ResourceId,
    pub(super) group: usize,
    /// The labels of its edges, one line each.
    pub(super) rows: Vec<String>,
}

/// An edge.
pub(super) struct Wire {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) label: String,
    /// The line of its card where it begins.
    pub(super) row: usize,
}

impl Tree {
    /// The picture of what `filter` keeps of `graph`.
    pub(super) fn new(graph: &Graph, sources: &Sources, filter: &GraphFilter) -> Tree {
        let whole = Group { title: String::new(), parent: 0, depth: 0, technology: None, items: vec![], count: 0 };
        let mut tree = Tree { groups: vec![whole], cards: vec![], wires: vec![] };
        let mut named: HashMap<(usize, String), usize> = HashMap::new();
        let plays: HashSet<_> =
            graph.of_kind("play").iter().map(|id| graph.resource(*id)).map(|r| (r.project, &*r.address)).collect();
        let kept: Vec<(ResourceId, &Resource)> = graph.resources().filter(|(_, r)| filter.keeps(graph, r)).collect();
        let folders = folders(kept.iter().map(|(_, r)| &*graph.project(r.project).path));
        let mut cards: HashMap<ResourceId, usize> = HashMap::new();
        for (id, resource) in kept {
            let project = &*graph.project(resource.project).path;
            let mut path: Vec<String> = folders.as_ref().map(|folders| folders.of(project)).into_iter().collect();
            path.push(project.to_owned());
            path.extend(within(resource, sources, |play| plays.contains(&(resource.project, play))));
            path.truncate(DEPTH);
            let mut group = 0;
            for title in path {
                group = *named.entry((group, title)).or_insert_with_key(|(parent, title)| {
                    let depth = tree.groups[*parent].depth + 1;
                    let at = tree.groups.len();
                    tree.groups[*parent].items.push(Item::Group(at));
                    let title = title.clone();
                    tree.groups.push(Group {
                        title,
                        parent: *parent,
                        depth,
                        technology: None,
                        items: vec![],
                        count: 0,
                    });
                    at
                });
            }
            let technology = &mut tree.groups[group].technology;
            *technology = technology.or(Some(resource.technology));
            let card = tree.cards.len();
            tree.groups[group].items.push(Item::Card(card));
            tree.cards.push(Card { id, group, rows: vec![] });
            cards.insert(id, card);
        }
        for at in (1..tree.groups.len()).rev() {
            let of_its_own = tree.groups[at].items.iter().filter(|item| matches!(item, Item::Card(_))).count();
            tree.groups[at].count += of_its_own;
            let (count, technology, parent) =
                (tree.groups[at].count, tree.groups[at].technology, tree.groups[at].parent);
            let parent = &mut tree.groups[parent];
            parent.count += count;
            parent.technology = parent.technology.or(technology);
        }
        tree.connect(graph, &cards);
        tree
    }

    fn connect(&mut self, graph: &Graph, cards: &HashMap<ResourceId, usize>) {
        let joins = joins(graph, cards);
        for from in 0..self.cards.len() {
            let own = graph.outgoing(self.cards[from].id).map(|edge| (&*edge.label, edge.to));
            let joins = joins.get(&from).into_iter().flatten().copied();
            let edges = own.chain(joins).filter_map(|(label, to)| Some((label, *cards.get(&to)?)));
            let mut labels: Vec<(&str, Vec<usize>)> = vec![];
            let mut known: HashMap<&str, usize> = HashMap::new();
            for (label, to) in edges {
                let at = *known.entry(label).or_insert(labels.len());
                match labels.get_mut(at) {
                    Some((_, targets)) => targets.push(to),
                    None => labels.push((label, vec![to])),
                }
            }
            let shown = if labels.len() > ROWS { ROWS - 1 } else { labels.len() };
            let mut rows: Vec<String> = labels.iter().take(shown).map(|(label, _)| (*label).to_owned()).collect();
            if labels.len() > shown {
                rows.push(format!("and {} more", labels.len() - shown));
            }
            for (row, (label, targets)) in labels.into_iter().enumerate() {
                let row = row.min(shown);
                self.wires.extend(targets.into_iter().map(|to| Wire { from, to, label: label.to_owned(), row }));
            }
            self.cards[from].rows = rows;
        }
    }

    /// The groups around an item, from the innermost to the whole picture.
    pub(super) fn around(&self, card: usize) -> Vec<usize> {
        let mut group = self.cards[card].group;
        let mut out = vec![group];
        while group != 0 {
            group = self.groups[group].parent;
            out.push(group);
        }
        out
    }

    /// Which groups are shown as a number: none where all cards are no more than [`BOUND`], else so many that about [`AIM`] cards and
    /// such groups are drawn. The deepest are folded first, of them the fullest.
    pub(super) fn folded(&self) -> Vec<bool> {
        let mut folded = vec![false; self.groups.len()];
        if self.cards.len() <= BOUND {
            return folded;
        }
        // What is drawn of each group as things stand.
        let mut drawn: Vec<usize> = self.groups.iter().map(|group| group.count).collect();
        let mut order: Vec<usize> = (1..self.groups.len()).collect();
        order.sort_by_key(|at| (std::cmp::Reverse((self.groups[*at].depth, self.groups[*at].count)), *at));
        for at in order {
            if drawn[0] <= AIM {
                break;
            }
            folded[at] = true;
            let saved = drawn[at].saturating_sub(1);
            drawn[at] -= saved;
            let mut around = at;
            while around != 0 {
                around = self.groups[around].parent;
                drawn[around] -= saved;
            }
        }
        folded
    }
}

/// The edges to other projects that items of views have which are not shown, by the cards of what they are items of: it is the image of a
/// container that is built by a stage, and the workload is what is shown of it.
fn joins<'g>(graph: &'g Graph, cards: &HashMap<ResourceId, usize>) -> BTreeMap<usize, BTreeSet<(&'g str, ResourceId)>> {
    let mut out: BTreeMap<usize, BTreeSet<(&str, ResourceId)>> = BTreeMap::new();
    for (id, resource) in graph.resources().filter(|(id, resource)| resource.view && !cards.contains_key(id)) {
        for edge in graph.outgoing(id) {
            if graph.resource(edge.to).project == resource.project || !cards.contains_key(&edge.to) {
                continue;
            }
            if let Some(card) = owner(graph, id, cards) {
                out.entry(card).or_default().insert((&edge.label, edge.to));
            }
        }
    }
    out
}

/// What an item of a view is an item of: the first thing shown that it leads to within its project.
fn owner(graph: &Graph, view: ResourceId, cards: &HashMap<ResourceId, usize>) -> Option<usize> {
    let project = graph.resource(view).project;
    let mut seen = vec![view];
    let mut at = 0;
    while let Some(view) = seen.get(at).copied() {
        at += 1;
        for edge in graph.outgoing(view).take(STEPS) {
            let to = graph.resource(edge.to);
            if to.project != project {
                continue;
            }
            if let Some(card) = cards.get(&edge.to) {
                return Some(*card);
            }
            if to.view && seen.len() < STEPS && !seen.contains(&edge.to) {
                seen.push(edge.to);
            }
        }
    }
    None
}

/// The groups of a resource within its project, the outermost first.
fn within(resource: &Resource, sources: &Sources, is_play: impl Fn(&str) -> bool) -> Vec<String> {
    let address = &*resource.address;
    match resource.technology {
        Technology::Terraform => modules(address),
        Technology::Kubernetes => {
            let mut parts = address.split('/');
            match (parts.next(), parts.next(), parts.next()) {
                (Some(kind), Some(_), Some(_)) if CLUSTER_WIDE.contains(&kind) => vec!["cluster-wide".into()],
                (Some(_), Some(namespace), Some(_)) => vec![format!("namespace {namespace}")],
                _ => vec![],
            }
        }
        Technology::Dockerfile => match address.strip_prefix("stage.") {
            Some(rest) => vec![format!("stage {}", rest.split('/').next().unwrap_or(rest))],
            None => vec![],
        },
        Technology::Compose => vec![],
        Technology::Ansible => {
            let file = sources.path(resource.span.file);
            let role = file.split('/').zip(file.split('/').skip(1)).find(|(folder, _)| *folder == "roles");
            let play =
                address.match_indices('/').take(SLASHES).map(|(at, _)| &address[..at]).filter(|at| is_play(at)).last();
            let play = play.or_else(|| is_play(address).then_some(address));
            match (role, play, address.split_once('#')) {
                (Some((_, role)), _, _) => vec![format!("role {role}")],
                (_, Some(play), _) => vec![format!("play {}", play.replacen('#', ": ", 1))],
                (_, _, Some((file, _))) => vec![file.to_owned()],
                _ => vec![],
            }
        }
    }
}

/// Kinds without a namespace.
const CLUSTER_WIDE: [&str; 14] = [
    "APIService",
    "CertificateSigningRequest",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "RuntimeClass",
    "StorageClass",
    "ValidatingWebhookConfiguration",
];

/// The module calls that an address of Terraform goes through.
fn modules(address: &str) -> Vec<String> {
    let mut out = vec![];
    let mut rest = address;
    while let Some(call) = rest.strip_prefix("module.") {
        let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
        let end = call.char_indices().find(|(_, c)| {
            match c {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                '[' if !quoted => depth += 1,
                ']' if !quoted => depth = depth.saturating_sub(1),
                '.' if !quoted && depth == 0 => return true,
                _ => {}
            }
            false
        });
        // Without more behind it, this is the call itself, which stands where it is written.
        let Some((end, _)) = end else { break };
        out.push(format!("module {}", &call[..end]));
        rest = &call[end + 1..];
    }
    out
}

/// The folders under which a great many projects lie.
struct Folders<'a> {
    common: &'a str,
}

impl Folders<'_> {
    fn of(&self, project: &str) -> String {
        let inside = project.strip_prefix(self.common).and_then(|rest| rest.find('/'));
        inside.map_or(project, |at| &project[..self.common.len() + at]).to_owned()
    }
}

fn folders<'a>(projects: impl Iterator<Item = &'a str>) -> Option<Folders<'a>> {
    let projects: HashSet<&str> = projects.collect();
    if projects.len() <= PROJECTS {
        return None;
    }
    let (first, last) = (projects.iter().min()?, projects.iter().max()?);
    let shared = first.bytes().zip(last.bytes()).take_while(|(a, b)| a == b).count();
    let common = &first[..first.floor_char_boundary(shared)];
    Some(Folders { common: common.rfind('/').map_or("", |at| &common[..=at]) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_of_an_address() {
        assert_eq!(modules("aws_x.b"), Vec::<String>::new());
        assert_eq!(modules("module.a"), Vec::<String>::new());
        assert_eq!(modules(r#"module.a["x.\"]."].module.b[0].aws_x.c"#), [r#"module a["x.\"]."]"#, "module b[0]"]);
    }

    #[test]
    fn many_projects_lie_in_folders() {
        let paths: Vec<String> = (0..PROJECTS + 1).map(|n| format!("live/{}/p{n}", n % 7)).collect();
        let folders = folders(paths.iter().map(String::as_str)).unwrap();
        assert_eq!(folders.of("live/3/p3"), "live/3");
        assert_eq!(folders.of("live/x"), "live/x");
    }
}
