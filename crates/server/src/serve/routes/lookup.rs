//! Finds the route of a path before the handlers' router runs, without an allocation. Must agree with that router: a test compares
//! both.

use std::collections::BTreeMap;

use super::route::{Route, Surface};

/// Routes by the segments of their paths.
#[derive(Default)]
pub(super) struct Lookup {
    root: Node,
}

#[derive(Default)]
struct Node {
    literals: BTreeMap<String, Node>,
    parameter: Option<Box<Node>>,
    /// Index of the route that ends here.
    route: Option<usize>,
    /// Index of the route that matches any further segments.
    rest: Option<usize>,
    below: Below,
}

/// Surfaces of the routes at a node and below.
#[derive(Default, Clone, Copy)]
enum Below {
    #[default]
    None,
    One(Surface),
    Several,
}

impl Below {
    fn with(self, surface: Surface) -> Self {
        match self {
            Self::None => Self::One(surface),
            Self::One(other) if other == surface => self,
            Self::One(_) | Self::Several => Self::Several,
        }
    }
}

impl Lookup {
    pub fn new(routes: &[Route]) -> Self {
        let mut lookup = Self::default();
        for (index, route) in routes.iter().enumerate() {
            lookup.root.insert(&route.path, route.surface, index);
        }
        lookup
    }

    /// Index of the route that matches a path.
    pub fn find(&self, path: &str) -> Option<usize> {
        self.root.find(path.strip_prefix('/')?)
    }

    /// Surface of a path that no route matches: the surface that all routes below its longest known prefix share; `None` if they differ.
    pub fn surface_of_unknown(&self, path: &str) -> Option<Surface> {
        let mut node = &self.root;
        for segment in path.split('/').skip(1) {
            let Some(next) = node.literals.get(segment).or(node.parameter.as_deref()) else { break };
            node = next;
        }
        match node.below {
            Below::One(surface) => Some(surface),
            Below::None | Below::Several => None,
        }
    }
}

impl Node {
    fn insert(&mut self, pattern: &str, surface: Surface, index: usize) {
        let mut node = self;
        node.below = node.below.with(surface);
        for segment in pattern.split('/').skip(1) {
            if segment.starts_with('{') && segment.contains(':') {
                node.rest.get_or_insert(index);
                return;
            }
            node = if segment.starts_with('{') {
                node.parameter.get_or_insert_default()
            } else {
                node.literals.entry(segment.to_owned()).or_default()
            };
            node.below = node.below.with(surface);
        }
        node.route.get_or_insert(index);
    }

    fn find(&self, path: &str) -> Option<usize> {
        let (segment, rest) =
            path.split_once('/').map_or((path, None), |(segment, rest)| (segment, Some(rest)));
        let step = |node: &Self| rest.map_or(node.route, |rest| node.find(rest));
        let parameter = self.parameter.as_deref().filter(|_| !segment.is_empty());
        self.literals.get(segment).and_then(step).or_else(|| parameter.and_then(step)).or(self.rest)
    }
}
